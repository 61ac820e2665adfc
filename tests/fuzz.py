"""Random input: no crash, no silent edit, valid output, and nothing to do for a second run.

Run as a script it takes as many inputs as it is told, and says what came of them:
`python -m tests.fuzz --number 10000 [--seed N] [FOLDER ...]`. FOLDERs hold more files to mutate.
"""

import argparse
import random
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from celery2dramatiq.codemod import Options
from celery2dramatiq.files import Found, Refused, Source, Unreadable, decode
from celery2dramatiq.plan import Plan
from celery2dramatiq.project import Project
from celery2dramatiq.run import Run

FIXTURES = Path(__file__).parent / "fixtures"
Files = dict[str, bytes]

# What a mutation puts in: what Python and Celery's users write, and what neither expects.
PIECES = (
    *(b"\n", b"\r", b"\r\n", b"\x0c", b"\t", b" ", b"\\\n", b"\0", b"\xff", b"\xef\xbb\xbf", b"#"),
    *(b"(", b")", b"[", b"]", b"{", b"}", b"*", b"**", b",", b":", b"=", b".", b"@", b"'", b'"""'),
    *(
        b"lambda: ",
        b"await ",
        b"async ",
        b"yield ",
        b"del ",
        b"not ",
        b"if x else y",
        b"for x in y",
    ),
    *(b".delay", b".apply_async", b"@app.task", b"@shared_task", b"bind=True", b"countdown=None"),
    *(b"self.retry()", b"retry", b"**kwargs", b"*args", b"f'{", b"}'", b"import ", b"from . "),
    *(
        "\N{GREEK SMALL LETTER PI}".encode(),
        "\u2028".encode(),
        b"# coding: latin-1\n",
        b"if True:\n",
    ),
)


def projects(folders: Sequence[Path] = ()) -> list[Files]:
    """Return small projects to mutate: the fixtures, and each file of the folders alone."""
    found = [_read(folder) for folder in sorted(FIXTURES.rglob("before"))]
    for folder in folders:
        paths = sorted(folder.rglob("*.py"))
        found += [
            {path.name: path.read_bytes()} for path in paths if b"celery" in path.read_bytes()
        ]
    return [files for files in found if files]


def _read(folder: Path) -> Files:
    paths = (path for path in sorted(folder.rglob("*.py")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def mutated(files: Files, chance: random.Random) -> Files:
    """Return the files with a few bytes of one of them changed."""
    path = chance.choice(sorted(files))
    data = bytearray(files[path])
    for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
        start = chance.randrange(len(data) + 1)
        kind = chance.randrange(5)
        if kind == 0:
            data[start:start] = chance.choice(PIECES)
        elif kind == 1:
            del data[start : start + chance.choice((1, 1, 2, 5, 20))]
        elif kind == 2:
            data[start : start + 1] = bytes([chance.randrange(256)])
        elif kind == 3:  # a stretch of it once more
            other = chance.randrange(len(data) + 1)
            data[start:start] = data[other : other + chance.randrange(60)]
        else:  # two of its lines change places
            lines = data.split(b"\n")
            one, two = chance.randrange(len(lines)), chance.randrange(len(lines))
            lines[one], lines[two] = lines[two], lines[one]
            data = bytearray(b"\n".join(lines))
    return {**files, path: bytes(data)}


def programs(number: int, chance: random.Random) -> Iterator[str]:
    """Yield random programs, of Python's grammar and nothing else."""
    import hypothesmith
    from hypothesis import HealthCheck, Phase, given, seed, settings

    found: list[str] = []

    @seed(chance.randrange(2**32))
    @settings(
        max_examples=number,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(hypothesmith.from_grammar())
    def collect(program: str) -> None:
        found.append(program)

    collect()
    yield from found[:number]


SENDER = b"from celery import Celery\n\napp = Celery('m', broker='redis://localhost:6379/0')\n\n\n"
TASK = b"@app.task\ndef add(x, y):\n    return x + y\n\n\nadd.delay(1, 2)\n"


def around(program: str) -> Files:
    """Return a project in which a program stands between an app and a task."""
    return {"m.py": SENDER + program.encode("utf-8", "replace") + b"\n" + TASK}


def check(files: Files, root: Path) -> str:
    """Migrate in memory; return what came of it. Raises AssertionError, or whatever went wrong."""
    read = [decode(path, data) for path, data in files.items()]
    sources = {each.path: each for each in read if isinstance(each, Source)}
    unreadable = tuple(each for each in read if isinstance(each, Unreadable))
    project = Project(root, Found(tuple(sorted(files)), (), 0), sources, unreadable)
    run = Run(project, Options())
    try:
        run.compute()  # the output is valid, and a second run has nothing to do, or it raises
    except Refused:
        return "refused, with the reason"
    lost = [reason for reason in run.draft.unwritable.values() if "process" in reason]
    assert not lost, lost
    silent = {change.path for change in run.changes} - set(_spoken_of(run.plan))
    assert not silent, f"changed without a word: {silent}"
    if unreadable or any(file.status == "unreadable" for file in run.plan.index.files):
        return "a file could not be read"
    return "files changed" if run.changes else "nothing to do"


def _spoken_of(plan: Plan) -> Iterator[str]:
    """Yield the files that the report says something about, or about what made them change."""
    yield from (site.place.path for site in plan.sites)
    yield from (finding.place.path for finding in plan.findings)
    yield from (*plan.helpers, *plan.created)
    used = {task.task.wrapper for task in plan.moving}  # spoken of where they declare tasks
    yield from (one.path for one in plan.index.wrappers if one.id in used)
    if any(app.goes for app in plan.apps):
        yield from (edit.path for edit in plan.edits if not edit.specs)  # they imported it
    if plan.index.django is not None and any(one.row.code == "C2D680" for one in plan.findings):
        yield from plan.index.django.settings


def inputs(number: int, seed: int, folders: Sequence[Path] = ()) -> Iterator[Files]:
    """Yield so many inputs: a third random programs, the rest mutations."""
    chance = random.Random(seed)
    for program in programs(number // 3, chance):
        yield around(program)
    found = projects(folders)
    for _ in range(number - number // 3):
        yield mutated(chance.choice(found), chance)


def run(number: int, seed: int, folders: Sequence[Path] = ()) -> tuple[Counter[str], list[Files]]:
    """Check so many inputs; return how often what came of them, and those that failed."""
    counts: Counter[str] = Counter()
    failed = []
    with warnings.catch_warnings(), tempfile.TemporaryDirectory() as root:
        warnings.simplefilter("ignore")
        for files in inputs(number, seed, folders):
            outcome, failure = _outcome(files, Path(root))
            counts[outcome] += 1
            failed += [files] if failure else []
    return counts, failed


def _outcome(files: Files, root: Path) -> tuple[str, bool]:
    try:
        return check(files, root), False
    except Exception as error:  # noqa: BLE001 - this is what is looked for
        return f"{type(error).__name__}: {error}"[:200], True


def main() -> None:
    """Check, print, and write what failed into a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--number", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--failed", type=Path, default=Path("fuzz-failed"))
    parser.add_argument("folders", type=Path, nargs="*")
    given = parser.parse_args()
    started = time.monotonic()
    counts, failed = run(given.number, given.seed, given.folders)
    print(f"{given.number} inputs, seed {given.seed}, {time.monotonic() - started:.0f} s")
    for what, count in counts.most_common():
        print(f"{count:7}  {what}")
    for place, files in enumerate(failed):
        for path, data in files.items():
            target = given.failed / str(place) / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
