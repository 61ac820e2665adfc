"""Which Python decides the releases."""

import pytest

from celery2dramatiq.dependencies.pythons import lowest
from celery2dramatiq.dependencies.read import read
from celery2dramatiq.dependencies.versions import RELEASES, release
from tests.dependencies.lists import TESTS, codes, sources


def python(files: dict[str, str]) -> tuple[int, int] | None:
    read_files = sources(files)
    found = lowest(read_files, read(read_files)[0])
    return found.python if found is not None else None


@pytest.mark.parametrize(
    ("path", "text", "wanted"),
    [
        ("pyproject.toml", '[project]\nrequires-python = ">=3.8,<3.13"\n', (3, 8)),
        ("pyproject.toml", '[project]\nrequires-python = "<3.13, !=3.7.*, >=3.9.1"\n', (3, 9)),
        ("pyproject.toml", '[project]\nrequires-python = ">=3"\n', None),
        ("pyproject.toml", '[tool.poetry.dependencies]\npython = "^3.9 || ^3.8"\n', (3, 8)),
        ("pyproject.toml", '[tool.ruff]\ntarget-version = "py39"\n', (3, 9)),
        ("pyproject.toml", "[tool.black]\ntarget-version = [\n  'py38',\n  'py310',\n]\n", (3, 8)),
        ("pyproject.toml", '[tool.mypy]\npython_version = "3.9"\n', (3, 9)),
        ("pyproject.toml", '[project]\nname = "x"\n', None),
        ("ruff.toml", 'target-version = "py37"\n', (3, 7)),
        ("setup.cfg", "[options]\npython_requires = >=3.7\n", (3, 7)),
        ("setup.cfg", "x =\n    Programming Language :: Python :: 3.8\n", (3, 8)),
        ("setup.py", "setup(python_requires='>=3.7, <4')\n", (3, 7)),
        ("setup.py", "x = ['Programming Language :: Python :: 3.9']\n", (3, 9)),
        ("Pipfile", '[requires]\npython_version = "3.9"\n', (3, 9)),
        (".python-version", "3.8.18\n3.12\n", (3, 8)),
        ("runtime.txt", "python-3.9.1", (3, 9)),
        (".python-version", "", None),
        ("tox.ini", "[tox]\nenvlist = py{37,310}-django\n    lint\n", (3, 7)),
        ("tox.ini", "[tox]\nenv_list = py38, py312\n", (3, 8)),
        ("tox.ini", "[tox]\nenvlist = lint, 3.9\n", (3, 9)),
        ("noxfile.py", "@nox.session(python=['3.8', '3.9'])\ndef x(s): pass\n", (3, 8)),
        ("Dockerfile", "FROM a/python:3.9-slim\nRUN pip install -r requirements.txt\n", (3, 9)),
        ("Dockerfile", "ARG V=3.8\nFROM python:${V}\nRUN poetry install\n", (3, 8)),
        ("Dockerfile", "FROM python:$NONE\nFROM python:3\nRUN pip install .\n", None),
        ("Dockerfile", "FROM x/uv:python3.11-slim\nRUN uv sync\n", (3, 11)),
        ("Dockerfile", "FROM python:3.8\nRUN pip install mkdocs\n", None),
        ("Containerfile", "from python:3.9\nrun pip install -e .\n", (3, 9)),
        ("compose.yml", "services:\n  web:\n    image: python:3.9-slim\n", (3, 9)),
        ("compose.yml", "services:\n  web:\n    image: redis:3.9\n", None),
        (".github/workflows/a.yml", "python: [3.8, '3.10']\n- run: tox\n", (3, 8)),
        (".github/workflows/a.yml", "python-version:\n  - 3.9\n  - 3.11\n- run: nox\n", (3, 9)),
        (".github/workflows/a.yml", "python-version: ${{ matrix.x }}\n- run: nox\n", None),
        (".github/workflows/a.yml", "python-version: 3.6\n- run: pip install mkdocs\n", None),
    ],
)
def test_lowest(path: str, text: str, wanted: tuple[int, int] | None) -> None:
    assert python({path: text}) == wanted


def test_what_is_declared_counts_before_classifiers_and_tools() -> None:
    files = {
        "pyproject.toml": '[project]\nrequires-python = ">=3.10"\nclassifiers = [\n'
        '  "Programming Language :: Python :: 3.8",\n]\n[tool.ruff]\ntarget-version = "py37"\n'
    }
    assert python(files) == (3, 10)


@pytest.mark.parametrize(
    ("celery", "wanted"),
    [
        ("celery==5.7.0", None),
        ("celery>=5.6", (3, 9)),
        ("celery==5.3.6", (3, 8)),
        ("celery==5.2.7", (3, 7)),
        ("celery", (3, 7)),
    ],
)
def test_python_that_cannot_have_the_projects_celery(
    celery: str, wanted: tuple[int, int] | None
) -> None:
    files = {
        "requirements.txt": f"{celery}\n",
        "Dockerfile": "".join(f"FROM python:3.{minor}\n" for minor in (7, 8, 9))
        + "RUN pip install -r requirements.txt\n",
    }
    assert python(files) == wanted


def test_releases_are_in_order() -> None:
    for releases in RELEASES.values():
        pythons = [one.python for one in releases]
        assert pythons == sorted(set(pythons), reverse=True)


def test_no_release() -> None:
    assert release("dramatiq", (3, 6)) is None
    assert release("odd", (3, 12)) is None
    files = {"requirements.txt": "celery\n", ".python-version": "3.9\n"}
    assert ("C2D811", "dramatiq-eager-broker (Python 3.9)") in codes(files, TESTS)


def test_pins_that_dramatiq_refuses() -> None:
    files = {"requirements.txt": "celery\nredis==3.5.3\npika==0.9\n", ".python-version": "3.12\n"}
    assert codes(files)[1:] == [("C2D810", "redis==3.5.3 is not redis>=4,<9")]
    files = {"requirements.txt": "celery\nredis==3.*\nredis>=3\ndramatiq[redis]==2.2.0\n"}
    assert codes(files) == [("C2D801", "")]
