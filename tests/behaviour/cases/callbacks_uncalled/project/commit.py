"""What a database does with the callbacks it is given."""


def on_commit(callback):
    callback()
