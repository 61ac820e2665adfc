"""Carries out one file's edit: text in, text out, one LibCST walk, then the imports."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst
from libcst.metadata import ByteSpanPositionProvider, MetadataWrapper

from celery2dramatiq.rewrite.errors import Unprintable
from celery2dramatiq.rewrite.imports import tidy
from celery2dramatiq.rewrite.walk import Walk

if TYPE_CHECKING:
    from celery2dramatiq.specs import FileEdit

__all__ = ["Unprintable", "rewrite", "rewrite_module"]


def rewrite(text: str, edit: FileEdit) -> str:
    """Return the module's new text.

    Raises Unprintable if LibCST does not give the text back as it was, or if a spec finds no node
    at its place; libcst.ParserSyntaxError if LibCST cannot parse it.
    """
    module = cst.parse_module(text)
    if module.code != text:
        raise Unprintable(f"{edit.path}: LibCST does not give the file back byte for byte")
    return rewrite_module(module, edit).code


def rewrite_module(module: cst.Module, edit: FileEdit) -> cst.Module:
    """Return the module as the edit wants it. Raises Unprintable as `rewrite` does."""
    wrapper = MetadataWrapper(module, unsafe_skip_copy=True)
    walk = Walk(wrapper.resolve(ByteSpanPositionProvider), edit, module)
    try:
        changed = module.visit(walk)
    except cst.CSTValidationError as error:
        raise Unprintable(f"{edit.path}: the edit is no valid Python ({error})") from error
    walk.places.check()
    return tidy(changed, module.code, edit)
