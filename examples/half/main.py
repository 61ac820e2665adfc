"""Write to all readers, then compute scores."""

from newsletter.tasks import score, welcome, write_to

READERS = ["ann", "bob", "cleo"]

for reader in READERS:
    write_to.delay(reader, issue=7)
welcome.apply_async(("dora",), countdown=2)
score.chunks(zip(READERS, [3, 4, 5]), 2).apply_async()
score.delay("dora", opened=1)
