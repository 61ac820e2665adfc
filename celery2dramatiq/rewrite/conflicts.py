"""Names that are to be imported, and are something else in the module."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celery2dramatiq.rewrite.errors import Unprintable
from celery2dramatiq.specs import BrokerSpec, FileEdit, Import

if TYPE_CHECKING:
    from celery2dramatiq.index.scopes import Binding
    from celery2dramatiq.rewrite.names import Names


def check(before: Names, after: Names, gone: set[tuple[int, str]], edit: FileEdit) -> None:
    """Raise Unprintable if a name that is to be imported is something else in the module."""
    for new in edit.imports:
        for binding in after.bound(bound_name(new)):
            made_by_edit = (after.number(binding), bound_name(new)) in gone
            if not made_by_edit and not _is_same(binding, new):
                raise _taken(edit, new, binding)
    for spec in edit.specs:
        names = {*spec.helpers, *map(bound_name, spec.imports)}
        for new in edit.imports:
            if bound_name(new) in names:
                for binding in before.inside(bound_name(new), spec.place.start):
                    if not _is_same(binding, new):
                        raise _taken(edit, new, binding)
        if isinstance(spec, BrokerSpec) and len(after.bound(spec.variable)) > 1:
            raise Unprintable(
                f"{edit.path}:{spec.place.line}: `{spec.variable}` is something else here, and "
                f"the broker needs the name"
            )


def bound_name(new: Import) -> str:
    """Return the name that an import binds."""
    return new.name or new.module.split(".")[0]


def code_of(new: Import) -> str:
    """Return an import as a statement."""
    if not new.name:
        return f"import {new.module}"
    return f"from {'.' * new.level}{new.module} import {new.name}"


def _is_same(binding: Binding, new: Import) -> bool:
    """Tell whether a binding is the import that is wanted."""
    if not new.name:
        return binding.kind == "import" and binding.module.split(".")[0] == bound_name(new)
    module = binding.module.rpartition(".")[2]  # given relatively or in full
    return (
        binding.kind == "from"
        and binding.name == new.name
        and module == new.module.rpartition(".")[2]
    )


def _taken(edit: FileEdit, new: Import, binding: Binding) -> Unprintable:
    line = getattr(binding.node, "lineno", 1)
    return Unprintable(
        f"{edit.path}:{line}: `{bound_name(new)}` is something else here, and "
        f"`{code_of(new)}` is needed"
    )
