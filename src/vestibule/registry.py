"""Makes a folder its own list: what lies in it is offered, and nothing names it a second time.

``app.py`` and the command line read the folders with it and hand the lists in. Third parties
join by entry point: the group is the package's dotted name, e.g. ``vestibule.scim.dialects``.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import import_module, metadata, resources
from pathlib import PurePath
from pkgutil import iter_modules
from typing import Any


def entry_points(group: str) -> metadata.EntryPoints:
    """What installed packages offer under that name."""
    found: metadata.EntryPoints = _all_entry_points().select(group=group)
    return found


def module_names(package: str) -> tuple[str, ...]:
    """The names of a package's modules and sub-packages in alphabetical order, none of them imported."""
    return tuple(sorted(info.name for info in iter_modules(import_module(package).__path__)))


def members(
    package: str, attribute: str, *, third_parties: bool = True, folders_only: bool = False
) -> dict[str, Any]:
    """``attribute`` of every module in the folder that has it, by module name.

    ``folders_only`` passes single modules over, and does not import them: beside folders that are alike
    may stand modules that load half the house.
    An entry point of the group ``package`` adds one (it leads to the object itself); where it
    bears the name of one of ours, ours stays.
    """
    found: dict[str, Any] = {}
    for info in sorted(iter_modules(import_module(package).__path__), key=lambda info: info.name):
        if folders_only and not info.ispkg:
            continue
        name = info.name
        module = import_module(f"{package}.{name}")
        if hasattr(module, attribute):
            found[name] = getattr(module, attribute)
    if third_parties:
        for point in entry_points(group=package):
            if point.name not in found:
                found[point.name] = point.load()
    return found


def files(package: str, suffix: str) -> Iterator[tuple[str, str]]:
    """(name without suffix, text) of every file of that suffix in the folder, in alphabetical order.

    Entry points of the group ``package`` lead to a package whose files of that suffix are
    offered as well, after ours.
    """
    for folder in (package, *(point.value for point in entry_points(group=package))):
        for entry in sorted(resources.files(folder).iterdir(), key=lambda entry: entry.name):
            if entry.name.endswith(suffix):
                yield PurePath(entry.name).stem, entry.read_text("utf-8")


@cache
def _all_entry_points() -> Any:
    """Read once in a process: it takes the files of every installed package, longer than to open a database."""
    return metadata.entry_points()
