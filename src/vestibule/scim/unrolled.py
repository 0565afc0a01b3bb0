"""Functions over dicts with a step written out for each declared name, where a loop over the names costs a third more.

They are generated when a type is compiled. What a value is read or folded to is said elsewhere: an
expression says which values are plain and stay as they are, functions read the rest. So for a complex
attribute of two texts is made

    def made(unassigned, unusual, names, f0, f1):
        def read(raw, findings):
            if type(raw) is not dict:
                return unusual(raw, findings)
            out = {}
            if 'value' in raw:
                value = raw['value']
                if type(value) is str and value and len(value) <= 512 and value.isascii() and '\\0' not in value:
                    out['value'] = value
                elif (kept := None if value is None else f0(value, findings)) is not None:
                    out['value'] = kept
                else:
                    unassigned('value', value, findings)
            if 'type' in raw:
                ...
            if len(out) != len(raw) and not raw.keys() <= names:
                return unusual(raw, findings)
            return out or None
        return read

Names stand in it as their ``repr``. Attributes of the same shape share their code; the code and source of a
person's take 130 KB, and of a further profile that declares the same, none.
"""

from __future__ import annotations

import linecache
import weakref
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import count
from typing import Any, NamedTuple

from vestibule.scim.findings import Findings
from vestibule.scim.fold import fold
from vestibule.scim.simple_values import Reader

#: Told the name of an attribute whose value counts as unassigned, with that value.
Unassigned = Callable[[str, Any, Findings], None]
_numbers = count(1)


class Row(NamedTuple):
    """A name, what of a ``value`` stays as it is, as an expression ("" for nothing), and the function for the rest."""

    name: str
    plain: str
    read: Reader


def object_reader(
    rows: Sequence[Row], names: Collection[str], unassigned: Unassigned, unusual: Reader
) -> Reader:
    """The function for an object: what of ``rows`` is in it, in their order, or None for nothing.

    ``unusual`` is called for what is no object or has other names than ``names``.
    """
    lines = (
        "def read(raw, findings):",
        "    if type(raw) is not dict:",
        "        return unusual(raw, findings)",
        "    out = {}",
        *_steps(rows, "None if value is None else {read}(value, findings)"),
        "    if len(out) != len(raw) and not raw.keys() <= names:",
        "        return unusual(raw, findings)",
        "    return out or None",
    )
    read: Reader = _made("read", ("unassigned", "unusual", "names"), lines, rows)(
        unassigned, unusual, names, *(row.read for row in rows)
    )
    return read


def section_reader(rows: Sequence[Row], unassigned: Unassigned) -> Callable[..., None]:
    """The function of (raw, stored, findings, out) that puts what of ``rows`` is in ``raw`` into ``out``, in their order.

    What is not plain and equals what is ``stored`` is kept unread.
    """
    lines = (
        "def read(raw, stored, findings, out):",
        "    pass",
        *_steps(
            rows,
            "None if value is None else held if stored and (held := stored.get({name})) == value"
            " else {read}(value, findings)",
        ),
    )
    read: Callable[..., None] = _made("read", ("unassigned",), lines, rows)(
        unassigned, *(row.read for row in rows)
    )
    return read


def object_folder(
    texts: Iterable[str], others: Sequence[tuple[str, Callable[[Any], Any]]], fills_primary: bool
) -> Callable[[Any], Any]:
    """The function that gives a copy of an object with ``texts`` and ``others`` folded, ``primary`` filled in as false."""
    lines = ["def folded(value):", "    out = {**value}"]
    for name in map(repr, texts):
        lines += (
            f"    if {name} in out:",
            f"        text = out[{name}]",
            f"        out[{name}] = text.lower() if text.isascii() else fold(text)",
        )
    for number, (name, _) in enumerate(others):
        lines += (f"    if {name!r} in out:", f"        out[{name!r}] = f{number}(out[{name!r}])")
    if fills_primary:
        lines += ("    if 'primary' not in out:", "        out['primary'] = False")
    lines.append("    return out")
    made = _made("folded", ("fold",), lines, others)
    folded: Callable[[Any], Any] = made(fold, *(one for _, one in others))
    return folded


def _steps(rows: Iterable[Row], kept: str) -> Iterator[str]:
    for number, row in enumerate(rows):
        name = repr(row.name)
        yield f"    if {name} in raw:"
        yield f"        value = raw[{name}]"
        if row.plain:
            yield f"        if {row.plain}:"
            yield f"            out[{name}] = value"
        value = kept.format(name=name, read=f"f{number}")
        yield f"        {'elif' if row.plain else 'if'} (kept := {value}) is not None:"
        yield f"            out[{name}] = kept"
        yield "        else:"
        yield f"            unassigned({name}, value, findings)"


def _made(
    name: str, parameters: Sequence[str], lines: Iterable[str], functions: Sequence[Any]
) -> Callable[..., Any]:
    given = ", ".join((*parameters, *(f"f{number}" for number in range(len(functions)))))
    body = "\n".join(f"    {line}" for line in lines)
    return _compiled(f"def made({given}):\n{body}\n    return {name}\n")


@lru_cache(maxsize=256)
def _compiled(source: str) -> Callable[..., Any]:
    file = f"<unrolled {next(_numbers)}>"
    space: dict[str, Any] = {}
    exec(compile(source, file, "exec"), space)
    made: Callable[..., Any] = space["made"]
    # Tracebacks show these lines: an entry without a time of change is not looked for on the disk.
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    weakref.finalize(made, linecache.cache.pop, file, None)
    return made
