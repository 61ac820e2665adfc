"""What `--dev-only` has put into a project, taken out again, in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from celery2dramatiq.development import undo
from celery2dramatiq.development.marks import is_generated, without_marked
from celery2dramatiq.draft import Wrong
from celery2dramatiq.files import Change, Refused
from celery2dramatiq.malformed import invalid_python

if TYPE_CHECKING:
    from celery2dramatiq.files import Source
    from celery2dramatiq.project import Project

Texts = dict[str, str | None]  # by path; None where there is to be no file


def taken_out(project: Project) -> Texts:
    """Return the files that are as they were before. Raises files.Refused."""
    found: Texts = undo.undone(project)
    for path, source in (project.sources | project.texts).items():
        if path in found:
            continue
        if is_generated(path, source.text):
            found[path] = None
        elif (before := without_marked(source.text)) != source.text:
            found[path] = before
    return found


def with_texts(project: Project, texts: Texts) -> Project:
    """Return the project as it is with these files."""
    return replace(
        project,
        sources=dict(_changed(project.sources, texts)),
        texts=dict(_changed(project.texts, texts)),
        gone=project.gone | {path for path, text in texts.items() if text is None},
    )


def _changed(sources: Mapping[str, Source], texts: Texts) -> Iterator[tuple[str, Source]]:
    for path, source in sources.items():
        text = texts.get(path, source.text)
        if text is not None:
            yield path, replace(source, text=text, data=source.encode(text))


def changes(project: Project, texts: Texts) -> Iterator[Change]:
    """Yield the changes, in order of path. Raises Wrong for our mistakes."""
    present = project.sources | project.texts
    for path, text in sorted(texts.items()):
        source = present.get(path)
        before = source.data if source is not None else _on_disk(project, path)
        encode = source.encode if source is not None else _encoded
        after = encode(text) if text is not None else None
        if path.endswith(".py") and after and invalid_python(after):
            raise Wrong(f"{path}: the edit is no valid Python")
        if after != before:
            yield Change(path, before, after)


def finishing(project: Project, made: Iterable[Change]) -> Iterator[Change]:
    """Yield changes of the project as it lies there, for those of the one without our doing."""
    present = project.sources | project.texts
    after = {change.path: change.after for change in made}
    for path, text in taken_out(project).items():
        source = present.get(path)
        was = None if text is None else source.encode(text) if source is not None else None
        after.setdefault(path, was)
    for path, data in sorted(after.items()):
        before = present[path].data if path in present else _on_disk(project, path)
        if data != before:
            yield Change(path, before, data)


def _on_disk(project: Project, path: str) -> bytes | None:
    """Return the bytes of a file that is not read otherwise, as far as there is one."""
    try:
        return (project.root / path).read_bytes()
    except OSError:
        return None


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def check_free(bare: Project, paths: Iterable[str]) -> None:
    """Raise files.Refused where something lies that is not ours."""
    for path in paths:
        if bare.has(path):
            raise Refused(f"{path} is there already, and is not ours; rename it")
