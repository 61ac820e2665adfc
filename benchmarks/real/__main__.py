"""The scoreboard of real projects.

`python -m benchmarks.real` fetches the pinned ones, `python -m benchmarks.real FOLDER...` takes
checkouts instead, which stay as they are. `--readme` writes the table into README.md.
`CELERY2DRAMATIQ_SDISTS` names a folder with sdists that were fetched before.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.real.projects import PROJECTS, copy, fetch, unpack
from benchmarks.real.run import Score, score
from benchmarks.real.table import details, put_into, table

README = Path(__file__).parents[2] / "README.md"


def main(arguments: list[str]) -> int:
    """Print the scoreboard; 0."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.real")
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--readme", action="store_true", help="write the table into README.md")
    asked = parser.parse_args(arguments)
    scores = list(_scores(asked.folders))
    for each in scores:
        print("\n".join(details(each)))
    print("\n".join(table(scores)))
    if asked.readme:
        text = README.read_text("utf-8")
        README.write_text(put_into(text, table(scores)), "utf-8")
    return 0


def _scores(folders: list[Path]) -> Iterator[Score]:
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        for number, folder in enumerate(folders):
            yield score(folder.resolve().name, copy(folder, work / str(number)))
        if not folders:
            for number, (title, (requirement, part)) in enumerate(PROJECTS.items()):
                target = work / str(number)
                target.mkdir()
                yield score(title, unpack(fetch(requirement), part, target))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
