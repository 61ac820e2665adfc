"""What is spliced into lists of requirements of every kind."""

import re

import pytest

from celery2dramatiq.dependencies.pip_files import is_pip
from celery2dramatiq.dependencies.read import read, reads
from celery2dramatiq.plan.needs import Need
from tests.dependencies.lists import SCHEDULER, TESTS, answers, changed, codes, sources

# -- what counts as a list


@pytest.mark.parametrize(
    "path",
    [
        "requirements.txt", "requirements-dev.txt", "requirements_dev.in", "dev-requirements.txt",
        "requirements/base.txt", "a/requirements/prod.in", "a/reqs.txt", "constraints.txt",
        "pyproject.toml", "a/Pipfile", "setup.cfg", "setup.py", "environment.yml", "conda-dev.yaml",
        "poetry.lock", "Dockerfile", "docker/Dockerfile.dev", ".python-version", "tox.ini",
        ".github/workflows/test.yml", "a/start.sh", "Makefile", "compose.yml",
        "docker-compose.prod.yaml", ".gitlab-ci.yml",
    ],
)  # fmt: skip
def test_is_read(path: str) -> None:
    assert reads(path)


@pytest.mark.parametrize(
    "path",
    [
        "MANIFEST.in", "notes.txt", "shop.egg-info/requires.txt", "robots.txt", "config.toml",
        "requirements.md", "workflows/test.yml", "data/environment.csv", "prerequisites.txt",
    ],
)  # fmt: skip
def test_is_not_read(path: str) -> None:
    assert not reads(path)
    assert not is_pip(path)


# -- requirement files


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_stay(end: str) -> None:
    before = end.join(["# c", "", "celery==5.3.6", "zope==1", ""])
    assert changed("requirements.txt", before, SCHEDULER) == end.join(
        ["# c", "", "dramatiq[redis]==2.2.1", "apscheduler==3.11.3", "zope==1", ""]
    )


def test_every_other_byte_stays() -> None:
    before = "\t# é\r\nDjango==4\n\n  celery>=5   # x\r\n--pre\nzope @ https://x/y.whl\n./local\n?"
    after = changed("requirements.txt", before)
    assert after == before.replace("celery>=5", "dramatiq[redis]>=2.2,<3")


def test_sorted_in_parts() -> None:
    before = "\n".join(
        ["zope==1", "", "# web", "aiohttp==1", "celery==5", "uvloop==1", "#", "a==1"]
    )
    after = "\n".join(
        ["zope==1", "", "# web", "aiohttp==1", "apscheduler==3.11.3", "dramatiq[redis]==2.2.1",
         "uvloop==1", "#", "a==1"]
    )  # fmt: skip
    assert changed("requirements.txt", before, SCHEDULER) == after


def test_first_of_a_sorted_list() -> None:
    before = "celery==5  # why\ndjango==1\nflask==2\n"
    after = "apscheduler==3.11.3  # why\ndjango==1\ndramatiq[redis]==2.2.1\nflask==2\n"
    assert changed("requirements.txt", before, SCHEDULER) == after
    assert changed("requirements.txt", before, SCHEDULER, left="x") == (
        "apscheduler==3.11.3\ncelery==5  # why\ndjango==1\ndramatiq[redis]==2.2.1\nflask==2\n"
    )


def test_last_line_without_an_end() -> None:
    assert (
        changed("requirements.txt", "a==1\nb==1\ncelery==5") == "a==1\nb==1\ndramatiq[redis]==2.2.1"
    )
    assert changed("requirements.txt", "a==1\ncelery==5", left="x") == (
        "a==1\ncelery==5\ndramatiq[redis]==2.2.1"
    )
    there = "a==1\ndramatiq[redis]==2\ncelery==5"
    assert changed("requirements.txt", there) == "a==1\ndramatiq[redis]==2"
    assert changed("requirements.txt", "celery") == "dramatiq[redis]"


def test_continued_line() -> None:
    before = 'celery \\\n  ==5.3 ; python_version > "3.1"\nzope\n'
    assert changed("requirements.txt", before) == (
        'dramatiq[redis]==2.2.1 ; python_version > "3.1"\nzope\n'
    )
    assert changed("requirements.txt", before, left="x") == (
        before.replace("zope", 'dramatiq[redis]==2.2.1 ; python_version > "3.1"\nzope')
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("celery", "dramatiq[redis]"),
        ("celery==5.3", "dramatiq[redis]==2.2.1"),
        ("celery===5.3", "dramatiq[redis]==2.2.1"),
        ("Celery == 5.*", "dramatiq[redis] == 2.*"),
        ("celery~=5.3", "dramatiq[redis]~=2.2"),
        ("celery>5", "dramatiq[redis]>=2.2,<3"),
        ("celery >=5, <6", "dramatiq[redis] >=2.2, <3"),
        (
            "celery[redis,sqs]>= 5;python_version>'3'",
            "dramatiq[redis]>= 2.2,< 3;python_version>'3'",
        ),
    ],
)
def test_style(before: str, after: str) -> None:
    assert changed("requirements.txt", f"{before}\n") == f"{after}\n"


def test_pinned_as_its_neighbours() -> None:
    before = "celery\nzope==1\nyarl==2\nattrs\n"
    assert changed("requirements.txt", before).startswith("dramatiq[redis]==2.2.1\n")


def test_two_of_it_with_markers() -> None:
    before = "celery==4;python_version<'3.8'\ncelery==5;python_version>='3.8'\n"
    assert changed("requirements.txt", before) == (
        "dramatiq[redis]==2.2.1;python_version<'3.8'\n"
        "dramatiq[redis]==2.2.1;python_version>='3.8'\n"
    )


def test_two_of_it_in_a_sorted_list() -> None:
    before = "celery==4;python_version<'3'\ncelery==5;python_version>'3'\ndjango==1\nflask==1\n"
    assert changed("requirements.txt", before) == (
        "django==1\ndramatiq[redis]==2.2.1;python_version<'3'\n"
        "dramatiq[redis]==2.2.1;python_version>'3'\nflask==1\n"
    )
    there = '[project]\ndependencies = ["a", "dramatiq[redis]", "celery>4", "celery<6"]\n'
    found, texts = answers({"pyproject.toml": there})
    assert [one.row.code for one in found] == ["C2D801", "C2D808"]
    assert texts["pyproject.toml"] == there.replace('"celery>4", ', "")


def test_nothing_to_do_where_all_is_there() -> None:
    there = "celery==5\ndramatiq[redis]==2.2.1\n"
    assert codes({"requirements.txt": there}, left="x") == []
    assert codes({"requirements.txt": there}) == [("C2D801", "")]


def test_unknown_package_has_no_version() -> None:
    assert changed("requirements.txt", "celery==5\n", Need("odd", "x")) == (
        "dramatiq[redis]==2.2.1\nodd\n"
    )


# -- TOML


def test_arrays_of_several_kinds() -> None:
    before = '[project]\ndependencies = ["a", "celery", "z"] # c\n'
    assert changed("pyproject.toml", before) == before.replace("celery", "dramatiq[redis]")
    assert changed("pyproject.toml", before, SCHEDULER) == (
        '[project]\ndependencies = ["a", "apscheduler", "dramatiq[redis]", "z"] # c\n'
    )
    there = '[project]\ndependencies = ["b", "dramatiq[redis]", "celery"]\n'
    assert changed("pyproject.toml", there) == there.replace(', "celery"', "")
    there = '[project]\ndependencies = ["celery", "dramatiq[redis]"]\n'
    assert changed("pyproject.toml", there) == there.replace('"celery", ', "")
    there = '[project]\ndependencies = [\n  "celery",\n  "dramatiq[redis]",\n]\n'
    assert changed("pyproject.toml", there) == there.replace('  "celery",\n', "")


def test_array_whose_order_changes_on_one_line() -> None:
    before = '[project]\ndependencies = ["celery", "e", "f"]\n'
    assert changed("pyproject.toml", before, SCHEDULER) == (
        '[project]\ndependencies = ["apscheduler", "dramatiq[redis]", "e", "f"]\n'
    )
    assert changed("pyproject.toml", before, SCHEDULER, left="x") == (
        '[project]\ndependencies = ["apscheduler", "celery", "dramatiq[redis]", "e", "f"]\n'
    )
    before = '[project]\ndependencies = ["b", "celery", "d"]\n'
    assert changed("pyproject.toml", before) == (
        '[project]\ndependencies = ["b", "d", "dramatiq[redis]"]\n'
    )


def test_array_without_a_last_comma() -> None:
    before = '[project]\ndependencies = [\n  "a",\n  "b",\n  "celery"  # c\n]\n'
    assert changed("pyproject.toml", before, Need("zz", "x")) == (
        '[project]\ndependencies = [\n  "a",\n  "b",\n  "dramatiq[redis]",  # c\n  "zz"\n]\n'
    )
    assert changed("pyproject.toml", before, left="x") == (
        '[project]\ndependencies = [\n  "a",\n  "b",\n  "celery",  # c\n  "dramatiq[redis]"\n]\n'
    )


def test_strings_and_keys_that_look_like_requirements() -> None:
    before = (
        '[project]\nname = "celery"\ndependencies = ["""celery""", "x]\\"", "celery"]\n'
        '[tool."celery"]\n"celery" = ["celery"]\n"a"."b" = "celery"\n'
        "long = '''\n\"celery\"'''\n"
        '[tool.hatch.envs]\nodd = 1\n[tool.hatch.envs.x]\ndependencies = "celery"\n'
    )
    after = changed("pyproject.toml", before)
    assert after == before.replace('"x]\\"", "celery"', '"x]\\"", "dramatiq[redis]"')


def test_poetry() -> None:
    before = "[tool.poetry.dependencies]\nPython = '^3.10'\ncelery = '~5.3'\n"
    assert changed("pyproject.toml", before) == (
        "[tool.poetry.dependencies]\nPython = '^3.10'\n"
        "dramatiq = {version = '~2.2', extras = ['redis']}\n"
    )
    before = '[tool.poetry.dependencies]\ncelery = {version = "^5"}\n'
    assert changed("pyproject.toml", before, SCHEDULER) == (
        '[tool.poetry.dependencies]\ndramatiq = {version = "^2.2", extras = ["redis"]}\n'
        'apscheduler = "^3.11"\n'
    )
    before = '[tool.poetry]\ndependencies = {celery = "^5"}\n'
    assert changed("pyproject.toml", before) == before
    before = '[tool.poetry]\ndependencies.celery = """5"""\n'
    assert changed("pyproject.toml", before) == before
    before = '[tool.poetry.dependencies]\ncelery = "5" \\\n'
    assert codes({"pyproject.toml": before})[0][0] == "C2D807"


def test_table_over_several_lines() -> None:
    odd = '{extras = ["re}dis"], version = "5"}'
    for value in (
        odd,
        '{version = "5", extras = [\n  "redis"]}',
        '{extras = [\n"x"], version = "5"}',
    ):
        found = codes({"Pipfile": f"[packages]\ncelery = {value}\n"})
        assert found == [("C2D808", "dramatiq[redis]>=2.2,<3")]


def test_bracket_in_a_string() -> None:
    before = '[packages]\ncelery = {extras = ["re]dis"], version = "==5"}\n'
    after = '[packages]\ndramatiq = {extras = ["redis"], version = "==2.2.1"}\n'
    assert changed("Pipfile", before) == after


def test_table_that_has_dramatiq_without_the_extra() -> None:
    found = codes({"Pipfile": '[packages]\ncelery = "*"\ndramatiq = "*"\n'})
    assert found == [("C2D808", "dramatiq[redis]>=2.2,<3")]


def test_dramatiq_from_elsewhere() -> None:
    found = codes({"requirements.txt": "celery\ndramatiq @ https://x/d.whl\n"})
    assert found == [("C2D808", "dramatiq[redis]>=2.2,<3")]


# -- setup.cfg, setup.py, conda


def test_setup_cfg() -> None:
    before = (
        "[options]\ninstall_requires = celery>=5\n;tests_require = celery\ntests_require =\n"
        "    # celery\n    celery\n\n[options.extras_require]\nx: celery\n[other]\ny = celery\n"
    )
    assert changed("setup.cfg", before) == (
        before.replace("= celery>=5", "= dramatiq[redis]>=2.2,<3")
        .replace("    celery", "    dramatiq[redis]")
        .replace("x: celery", "x: dramatiq[redis]")
    )
    assert codes({"setup.cfg": "[options]\ninstall_requires = celery>=5\n"}, left="x") == [
        ("C2D808", "dramatiq[redis]>=2.2,<3")
    ]
    assert codes({"setup.cfg": "[options]\ninstall_requires = celery>=5\n"}, SCHEDULER) == [
        ("C2D808", "dramatiq[redis]>=2.2,<3, apscheduler>=3.11,<4")
    ]


def test_setup_cfg_whose_list_begins_behind_its_name() -> None:
    before = "[options]\ninstall_requires = celery\n    dramatiq[redis]\n    zope\n"
    assert codes({"setup.cfg": before}) == [("C2D808", "dramatiq[redis]>=2.2,<3")]
    before = "[options]\ninstall_requires = celery\n    dramatiq\n    zope\n"
    assert codes({"setup.cfg": before}, SCHEDULER, left="x") == [
        ("C2D808", "dramatiq[redis]>=2.2,<3, apscheduler>=3.11,<4")
    ]


def test_tox() -> None:
    before = (
        "[testenv]\ndeps =\n    py38,lint: celery==5\n    -r x.txt\n    py38: -e .\n    celery\n"
    )
    found, texts = answers({"tox.ini": before})
    assert [one.row.code for one in found] == ["C2D808", "C2D801"]
    assert texts["tox.ini"] == before.replace("    celery\n", "    dramatiq[redis]\n")


def test_setup_py() -> None:
    before = (
        "import sys\nextras = {'deps': ['celery']}\nREQUIRES = ['é', 'celery', x, 3, 'z']\n"
        "setup(extras_require={'a': ['celery==5'], **more, 'b': y}, keywords=['celery'], **z)\n"
    )
    assert changed("setup.py", before) == (
        before.replace("'é', 'celery'", "'é', 'dramatiq[redis]'").replace(
            "'celery==5'", "'dramatiq[redis]==2.2.1'"
        )
    )
    assert read(sources({"setup.py": "print 'celery'\n"})) == ([], [])


def test_conda() -> None:
    before = (
        "dependencies:\n  - conda-forge::celery=5\n  - 3\n  - pip:\n    - 'celery>=5'\n    - {}\n"
    )
    assert changed("environment.yml", before) == (
        before.replace("'celery>=5'", "'dramatiq[redis]>=2.2,<3'")
    )
    assert changed("environment.yml", "dependencies: [celery]\n") == "dependencies: [celery]\n"
    assert changed("environment.yml", "- dependencies\n") == "- dependencies\n"
    assert changed("environment.yml", "celery: 1\n") == "celery: 1\n"
    odd = 'dependencies:\n  - "=?"\n'
    assert changed("environment.yml", odd) == odd


def test_files_that_cannot_be_parsed() -> None:
    files = {
        "pyproject.toml": "[project]\nx = \nname = 'celery'\n",
        "environment.yml": "dependencies: [\n- celery\n",
        "a/pyproject.toml": "= nothing of it\n",
        "requirements.txt": "celery\n",
    }
    found, _ = answers(files)
    broken = [one for one in found if one.unreadable]
    assert [one.path for one in broken] == ["environment.yml", "pyproject.toml"]
    assert re.match("not valid TOML: ", broken[1].note)
    assert files["pyproject.toml"].count("\n", 0, broken[1].start) == 1
    assert broken[0].note == "not valid YAML"


# -- files that are made, and other packages


def test_command_that_makes_a_file() -> None:
    uv = (
        "# This file was autogenerated by uv via the following command:\n#    uv pip compile a.in\n"
    )
    of = ", of dramatiq[redis]>=2.2,<3"
    found = codes({"requirements.txt": f"{uv}celery==5\n"})
    assert found == [("C2D803", f"`uv pip compile a.in`{of}")]
    bare = "# This file is autogenerated by pip-compile\ncelery==5\n"
    assert codes({"requirements/a.txt": bare}) == [
        ("C2D803", f"`pip-compile requirements/a.in`{of}")
    ]
    said = "# pip-compile makes it\ncelery==5\n"
    files = {"requirements.txt": said, "requirements.in": "celery\n"}
    assert codes(files)[-1] == ("C2D803", "`pip-compile makes it`")


def test_constraints() -> None:
    files = {
        "requirements/a.txt": "-c ../limits/reqs.txt\n-r b.txt\n--requirement=c.txt\ncelery\n",
        "limits/reqs.txt": "celery==5.3\n",
        "requirements/b.txt": "celery==5.3\n",
    }
    _, texts = answers(files)
    assert texts["limits/reqs.txt"] == "dramatiq==2.2.1\n"
    assert texts["requirements/b.txt"] == "dramatiq[redis]==2.2.1\n"


def test_from_a_repository() -> None:
    for line in ("git+https://x/celery.git", "-e git+https://x/celery@main", "-e x+y#egg=celery"):
        assert [code for code, _ in codes({"requirements.txt": f"{line}\n"})] == ["C2D808"]
    assert codes({"requirements.txt": "-e .\n--pre\n"}) == []
    assert codes({"requirements.txt": "celery\n-e git+https://\n"}) == [("C2D801", "")]


def test_lock_files() -> None:
    files = {"requirements.txt": "celery\n", "uv.lock": 'name = "celery-types"\n'}
    assert codes(files) == [("C2D801", "")]
    files["uv.lock"] = 'x\nname = "celery"\n'
    assert codes(files)[-1] == ("C2D804", "`uv lock`")


def test_nothing_where_nothing_is_listed() -> None:
    assert codes({"Dockerfile": "FROM python:3.8\nRUN pip install -r requirements.txt\n"}) == []
    assert codes({"requirements.txt": "# nothing\n"}, TESTS) == []


# -- what the tests need


def test_list_of_the_tests() -> None:
    files = {
        "requirements/base.txt": "celery==5\n",
        "requirements/dev.txt": "black\n",
        "other/requirements/test.txt": "mock\n",
        "requirements/test.txt": "pytest==8;python_version>'3'\nmock==1\nzope;python_version>'3'\n",
    }
    _, texts = answers(files, TESTS)
    assert texts["requirements/test.txt"] == (
        files["requirements/test.txt"].replace(
            "mock==1\n", "mock==1\ndramatiq-eager-broker==0.3.0\n"
        )
    )
    assert texts["other/requirements/test.txt"] == "mock\n"
    again = {**files, **texts}
    assert answers(again, TESTS)[1]["requirements/test.txt"] == texts["requirements/test.txt"]


def test_list_of_the_tests_with_markers_alone() -> None:
    text = "[project.optional-dependencies]\ntest = [\"pytest ; python_version>'3'\"]\n"
    files = {"requirements.txt": "celery\n", "pyproject.toml": text}
    assert answers(files, TESTS)[1]["pyproject.toml"] == (
        text.replace("'\"]", '\'", "dramatiq-eager-broker"]')
    )


def test_no_list_for_the_tests() -> None:
    wanted = "dramatiq-eager-broker>=0.3.0,<0.4"
    assert codes({"requirements.txt": "celery\n"}, TESTS)[-1] == ("C2D812", wanted)
    odd = {"requirements.txt": "celery\n", "setup.cfg": "[options]\ntests_require = pytest\n"}
    assert codes(odd, TESTS)[-1] == ("C2D808", wanted)
