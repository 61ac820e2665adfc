"""The README begins with the two commands that `.ci/run` executes, and keeps its word."""

import re

from tests.packaging.commands import ROOT, run

README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def test_it_begins_with_two_commands() -> None:
    install, test = BLOCKS
    first_section = README.partition("\n## ")[0]
    assert install in first_section
    assert test in first_section
    assert all(len(block.splitlines()) == 1 for block in BLOCKS)


def test_first_command_installs_and_runs_on_the_sample_project() -> None:
    install = BLOCKS[0]
    assert "pip install ." in install
    (sample,) = re.findall(r"\bexamples/\w+", install)
    assert (ROOT / sample).is_dir()


def test_second_command_installs_the_test_dependencies_and_runs_the_tests() -> None:
    assert "pip install -e '.[test]'" in BLOCKS[1]
    assert BLOCKS[1].endswith("-m pytest\n")


def test_ci_finds_the_same_commands() -> None:
    printed = run("bash", ".ci/run", "--print-commands", cwd=ROOT)
    assert printed == "".join(BLOCKS)


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", README):
        assert (ROOT / target).exists(), target
