"""Finds the program among what launches it: assignments, wrappers, `sh -c "..."`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from celery2dramatiq.commands.shell import Line, Unbalanced, Word, lines, only_line, words_of

PROGRAMS = ("celery", "celeryd", "celerybeat", "celerymon", "djcelery")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\+?=")
_VARIABLE = re.compile(r"\$[{(]?\w*celery\w*[)}]?", re.IGNORECASE)
_KEYWORDS = words_of("if then else elif while until do ! { time exec nohup command builtin")
_SHELLS = words_of("sh bash dash ash zsh ksh")
_PYTHON = re.compile(r"(python|pypy)[\d.]*|\$\(?\{?PYTHON\}?\)?")

# Programs that run another one: the options that have a value, and how many words follow those.
_WRAPPERS: dict[str, tuple[frozenset[str], int]] = {
    name: (words_of(options), count)
    for name, options, count in (
        ("env", "-u -C --chdir --unset", 0),
        ("sudo", "-u -g -h -p --user --group", 0),
        ("doas", "-u", 0),
        ("nice", "-n --adjustment", 0),
        ("ionice", "-c -n -p", 0),
        ("timeout", "-k -s --kill-after --signal", 1),
        ("stdbuf", "-i -o -e", 0),
        ("setsid", "", 0),
        ("gosu", "", 1),
        ("su-exec", "", 1),
        ("setpriv", "", 0),
        ("chpst", "-u -U -b -e -n -l -L", 0),
        ("s6-setuidgid", "", 1),
        ("s6-env", "", 0),
        ("with-contenv", "", 0),
        ("tini", "-p -e", 0),
        ("dumb-init", "", 0),
        ("catchsegv", "", 0),
        ("newrelic-admin", "", 1),
        ("ddtrace-run", "", 0),
        ("opentelemetry-instrument", "--traces_exporter --metrics_exporter --service_name", 0),
        ("sentry-cli", "", 0),
        ("scout-apm", "", 0),
        ("dotenv", "-f --file", 1),
        ("honcho", "-e --env", 1),
        ("chamber", "", 2),
        ("doppler", "-p -c --project --config", 1),
        ("aws-vault", "", 2),
        ("infisical", "--env --path", 1),
        ("poetry", "-C --directory -P --project", 1),
        ("pipenv", "", 1),
        ("pdm", "-p --project", 1),
        ("rye", "", 1),
        ("hatch", "-e --env", 1),
        ("pixi", "-e --environment --manifest-path", 1),
        ("uv", "--with --extra --group --python -p --env-file --project --directory --package", 1),
        ("conda", "-n --name -p --prefix", 1),
        ("micromamba", "-n --name -p --prefix", 1),
        ("docker-compose", "-f --file -p --env-file -e --env -u --user -w --workdir", 2),
        ("docker", "-f --file -p --env-file -e --env -u --user -w --workdir --name --network", 2),
        ("podman", "-f --file -p --env-file -e --env -u --user -w --workdir --name --network", 2),
        ("watchmedo", "-d --directory -p --pattern --patterns -i --ignore-patterns --signal "
         "--ignore-pattern --interval --kill-after", 1),
        ("nodemon", "-w --watch -e --ext -i --ignore --delay --signal", 0),
        ("watchexec", "-w --watch -e --exts -i --ignore -s --signal", 0),
        ("entr", "", 0),
        ("xvfb-run", "", 0),
        ("coverage", "--source --rcfile --omit --include", 1),
    )
}  # fmt: skip
# What is said or done to a thing of that name, and runs nothing.
_NO_RUNNERS = words_of(
    "echo printf cat grep egrep pgrep pkill killall kill ps pip pip3 apt apt-get apk brew dnf yum "
    "systemctl service supervisorctl cd cp mv mkdir rm touch chown chmod ln ls install useradd "
    "adduser addgroup groupadd docker-build logger alias export unset which type test [ [[ for "
    "case npm yarn git tar scp rsync heroku kubectl helm apm complete source . return exit "
    "eb curl wget sed awk tail head less su id tee read set local declare readonly"
)


@dataclass(frozen=True, slots=True)
class Launch:
    """A line of words with the place of Celery's program in it.

    program: index of the word. first, last: of the words that belong to the program's call.
    module: the word follows `python -m`. function: it is watchfiles' name of Celery's function.
    sure: whatever stands before it is known to run it. named: the program's name is written out,
    and not in a variable.
    """

    words: Line
    program: int
    module: bool = False
    function: bool = False
    sure: bool = True
    named: bool = True

    @property
    def arguments(self) -> Line:
        """The words behind the program."""
        return self.words[self.program + 1 :]


def launches(words: Line) -> Iterator[Launch]:
    """Yield each start of Celery in a command, and in the shell text that it runs."""
    if not words:
        return
    for word in words:
        yield from _assigned(word)
    at = _skip(words, 0)
    inner = _shell_text(words, at)
    if inner is not None:
        yield from _inside(inner)
        return
    if at < len(words) and _name(words[at]) == "watchfiles":
        yield from _watchfiles(words, at)
        return
    if at < len(words) and _VARIABLE.fullmatch(words[at].text):
        yield Launch(words, at, named=False)
        return
    known = at < len(words) and is_program(words[at])
    found = at if known else _mentioned(words, at)
    if found is None and at < len(words) and _name(words[at]) not in _NO_RUNNERS:
        yield from _given(words[at + 1 :])
    elif found is not None:
        module = found > 0 and words[found - 1].text == "-m"
        yield Launch(words, found, module=module, sure=known)


def is_program(word: Word) -> bool:
    """Tell whether a word is the name of a program of Celery's, with or without its folder."""
    folder, _, name = word.text.rpartition("/")
    return (
        name in PROGRAMS
        and re.search(r"(^|[/}])(s?bin|Scripts|\.)$|\}$", folder or "bin") is not None
    )


def _name(word: Word) -> str:
    return word.text.rstrip("/").rpartition("/")[2]


def _assigned(word: Word) -> Iterator[Launch]:
    """Yield what `NAME="celery ..."` starts, wherever the variable is run."""
    name = _ASSIGNMENT.match(word.text)
    if name is not None and re.search(r"celery\w*\s", word.text):
        yield from _inside(replace(word, value=word.value[name.end() :]))


def _given(words: Line) -> Iterator[Launch]:
    """Yield what stands, as one word, behind a program that may run it: `concurrently "..."`."""
    for word in words:
        if re.search(r"celery\w*\s", word.text):
            yield from (replace(launch, sure=False) for launch in _inside(word))


def _inside(text: Word) -> Iterator[Launch]:
    try:
        for line in lines(text.value):
            if len(line) > 1 or line[0].text != text.text:  # else it would go on for ever
                yield from launches(line)
    except Unbalanced:
        return


# -- what stands before


def _skip(words: Sequence[Word], at: int) -> int:
    """Return the index of the first word that launches nothing else."""
    while at < len(words):
        after = _one_wrapper(words, at)
        if after == at:
            return at
        at = after
    return at


def _one_wrapper(words: Sequence[Word], at: int) -> int:
    """Return the index behind the wrapper at `at`, or `at` if there is none."""
    word, name = words[at], _name(words[at])
    if _ASSIGNMENT.match(word.text) or word.text in _KEYWORDS or word.text == "--":
        return at + 1
    if re.fullmatch(r"wait[-_]?for([-_]it)?(\.sh|\.py)?|wait|dockerize", name):
        return _behind_dashes(words, at)
    if _PYTHON.fullmatch(name):
        return _behind_python(words, at)
    if name in ("kubectl", "oc"):
        return _behind_dashes(words, at)
    if name in _WRAPPERS:
        return _behind_options(words, at)
    return at


def _behind_dashes(words: Sequence[Word], at: int) -> int:
    for index in range(at, len(words)):
        if words[index].text == "--":
            return index + 1
    return at


def _behind_python(words: Sequence[Word], at: int) -> int:
    """Return the index of the module of `python -m module`; options may stand between."""
    for index in range(at + 1, len(words) - 1):
        if words[index].text == "-m":
            return index + 1
        if not words[index].text.startswith("-"):
            return at
    return at


def _behind_options(words: Sequence[Word], at: int) -> int:
    """Return the index behind a wrapper, its options and the words of its own."""
    options, own = _WRAPPERS[_name(words[at])]
    if _name(words[at]) in ("docker", "podman") and "compose" in (w.text for w in words[at:]):
        own += 1
    index = at + 1
    while index < len(words):
        text = words[index].text
        if text == "--":
            return index + 1
        if text.startswith("-"):
            index += 2 if text in options else 1
        elif _ASSIGNMENT.match(text):
            index += 1
        elif own:
            own, index = own - 1, index + 1
        else:
            break
    return index


def _mentioned(words: Sequence[Word], at: int) -> int | None:
    """Return the index of Celery's program behind a program that is not known."""
    if at < len(words) and _name(words[at]) in _NO_RUNNERS:
        return None
    return next((i for i in range(at + 1, len(words)) if is_program(words[i])), None)


# -- programs that are given another one as text


def _shell_text(words: Sequence[Word], at: int) -> Word | None:
    """Return the text of `sh -c "text"`, `su user -c "text"`, `nodemon --exec "text"`."""
    if at >= len(words):
        return None
    if _name(words[at]) in _SHELLS | {"su", "flock", "script", "runuser"}:
        for behind in range(at + 1, len(words) - 1):
            if re.fullmatch(r"-[a-z]*c|--command", words[behind].text):
                return words[behind + 1]
    several = [word for word in words[:at] if word.text in ("--exec", "-x", "--shell-command")]
    if several:
        index = words.index(several[-1])
        return words[index + 1] if " " in words[index + 1].text else None
    return words[at] if " " in words[at].text and "celery" in words[at].text else None


_WATCHFILES = words_of(
    "--ignore-paths --target-type --filter --args --sigint-timeout --grace-period "
    "--sigkill-timeout --ignore-permission-denied --verbosity"
)


def _watchfiles(words: Line, at: int) -> Iterator[Launch]:
    """Yield what watchfiles starts: a command as text, or the name of a function."""
    index = at + 1
    while index < len(words) and words[index].text.startswith("-"):
        index += 2 if words[index].text in _WATCHFILES else 1
    if index >= len(words):
        return
    if words[index].text.startswith("celery.") and words[index].text.endswith(".main"):
        yield from _function(words, index)
    else:
        yield from _inside(words[index])


def _function(words: Line, target: int) -> Iterator[Launch]:
    """Yield the words of `celery.__main__.main --args '...'` as those of a command."""
    given = [i for i in range(len(words) - 1) if words[i].text == "--args"]
    inner = only_line(words[given[0] + 1].value) if given else ()
    yield Launch((words[target], *inner), 0, function=True, sure=bool(inner))
