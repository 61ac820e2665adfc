"""An app's configuration: every place that writes a setting, and which of them Celery reads.

How Celery reads is told by celery/app/utils.py (`Settings`, `detect_settings`) and
celery/app/base.py (`_load_config`), and was run with celery 5.7.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from celery2dramatiq.index.model import MISSING, Arg, Place, Reading
from celery2dramatiq.index.setting_names import NEW_OF, OLD_OF

# Where Celery looks first: what the app was given, `add_defaults`, what `config_from_object` names.
_RANK = {"argument": 0, "conf": 0, "defaults": 1, "source": 2}
_SPELLINGS = ("namespaced", "new", "old")

NO_NAMESPACE = 'Celery reads this name only with `namespace="CELERY"`'
OVERRIDDEN = "another place gives the setting another value"
UNKNOWN_NAME = "Celery has no setting of that name"


@dataclass(frozen=True, slots=True)
class Setting:
    """One place that writes a setting.

    name: Celery's new lowercase name, "" where Celery has none. key: as written.
    spelling: `new`, `namespaced`, `old` or `unknown`.
    layer: `argument` (of `Celery(...)`), `conf`, `defaults` (`add_defaults`) or `source`
    (`config_from_object`).
    value: its expression; `value.place.path` is the file. statement: the whole statement.
    reading: how the app's module reads it; None if the value has to be written out there.
    settled: written whatever happens, where the app is made or in its source. always: there is a
    value whatever happens, if not this one (another branch writes it).
    environments: settings modules in which it is in force (`("",)` where there are no such).
    inert: why Celery never reads it; "" if it does.
    """

    name: str
    key: str
    spelling: str
    layer: str
    value: Arg
    statement: Place
    reading: Reading | None = None
    settled: bool = True
    always: bool = True
    environments: tuple[str, ...] = ("",)
    inert: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """What `config_from_object` names.

    kind: `module`, `class`, `object`, `dictionary`, `django` or `unknown`.
    place: of the call. name: the module's path, or "path::Class". namespace: as Celery sees it.
    paths: files in which its settings are written. open: star imports and the like that may bring
    more settings than can be seen.
    certain: it is named once, whatever happens.
    """

    kind: str
    place: Place
    name: str = ""
    namespace: str = ""
    paths: tuple[str, ...] = ()
    open: tuple[Place, ...] = ()
    certain: bool = True


@dataclass(frozen=True, slots=True)
class Configuration:
    """All that is known of the configuration of one app.

    app: its id. settings: every place that writes one, also the inert, in order of place.
    environments: dotted names of the settings modules (Django); `("",)` where there are no such.
    namespace: as it is given, "" if there is none.
    unknown: statements that give settings which cannot be told.
    error: why Celery refuses the configuration (`ImproperlyConfigured`); "" if it does not.
    """

    app: str
    source: Source | None = None
    settings: tuple[Setting, ...] = ()
    environments: tuple[str, ...] = ("",)
    namespace: str = ""
    unknown: tuple[Place, ...] = ()
    error: str = ""

    @property
    def inert(self) -> tuple[Setting, ...]:
        """The settings that Celery never reads."""
        return tuple(one for one in self.settings if one.inert)

    def of(self, name: str, environment: str | None = None) -> tuple[Setting, ...]:
        """Return what may be in force for a setting, by its new name.

        More than one if that depends on the environment or on a condition.
        """
        return tuple(
            one
            for one in self.settings
            if one.name == name
            and not one.inert
            and (environment is None or environment in one.environments)
        )

    def args(self) -> dict[str, Arg]:
        """Return the settings in force, by their new names, each as one value.

        The literal is MISSING where it differs; `optional` if it is not always written.
        """
        names = dict.fromkeys(one.name for one in self.settings if not one.inert)
        return {name: _summed(self.of(name), self.environments) for name in names}


def _summed(found: tuple[Setting, ...], environments: tuple[str, ...]) -> Arg:
    first = found[0]
    everywhere = {name for one in found if one.always for name in one.environments}
    always = everywhere.issuperset(environments)
    same = always and all(_equal(one.value.literal, first.value.literal) for one in found)
    readings = {one.reading for one in found}
    return replace(
        first.value,
        literal=first.value.literal if same else MISSING,
        names=first.value.names if len(found) == 1 else (),
        reading=first.reading if len(readings) == 1 else None,
        optional=not always,
        places=tuple(one.statement for one in found),
        several=len(found) > 1,
        movable=first.value.movable and len(found) == 1,
    )


def _equal(left: object, right: object) -> bool:
    return left is not MISSING and type(left) is type(right) and left == right


def spelled(key: str, namespace: str) -> tuple[str, str]:
    """Return the new name of the setting that a key means, and how it is spelled.

    With a namespace Celery looks for the name behind it, then for the plain new name, then for
    the old one (celery/utils/collections.py: `ConfigurationView._to_keys`).
    """
    prefix = prefix_of(namespace)
    rest = key.removeprefix(prefix).lower()
    if prefix and key == _cased(prefix + rest, prefix) and rest in OLD_OF:
        return rest, "namespaced"
    if key in OLD_OF:
        return key, "new"
    if key in NEW_OF:
        return NEW_OF[key], "old"
    return "", "unknown"


def prefix_of(namespace: str) -> str:
    """Return what stands before the names: one underscore, whether it was given or not."""
    prefix = f"{namespace.rstrip('_')}_" if namespace else ""
    return _cased(prefix, prefix)


def _cased(text: str, like: str) -> str:
    return text.upper() if like.isupper() else text.lower()


def mixed(keys: Iterable[str]) -> str:
    """Return why Celery refuses these keys; "" if it takes them (`detect_settings`)."""
    have = set(keys)
    new, old = have & OLD_OF.keys(), have & NEW_OF.keys()
    left: Mapping[str, str] = {key: NEW_OF[key] for key in old}
    if len(old) > len(new):
        left = {key: OLD_OF[key] for key in new}
    if not new or not old:
        return ""
    renames = ", ".join(f"{key} -> {left[key]}" for key in sorted(left) if left[key] not in have)
    return f"old and new names are mixed: {renames}" if renames else ""


def judged(settings: Sequence[Setting]) -> Iterator[Setting]:
    """Yield the settings, in the order in which they are written, with the beaten ones marked.

    Of two places the one wins in which Celery looks first, and of the same place the later one.
    """
    rivals = [(_order(one, at), one) for at, one in enumerate(settings) if not one.inert]
    for at, one in enumerate(settings):
        own = _order(one, at)
        better = [other for order, other in rivals if other.name == one.name and order < own]
        lost = {name for other in better if other.settled for name in other.environments}
        left = tuple(name for name in one.environments if name not in lost)
        if left or one.inert:
            yield replace(one, environments=left)
        else:
            yield replace(one, inert=OVERRIDDEN)


def _order(one: Setting, at: int) -> tuple[int, int, int]:
    known = _SPELLINGS.index(one.spelling) if one.spelling in _SPELLINGS else len(_SPELLINGS)
    return _RANK[one.layer], known, -at
