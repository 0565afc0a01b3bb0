"""Functions with a step for each declared name (``vestibule.scim.unrolled``)."""

from __future__ import annotations

import gc
import linecache
import traceback
from typing import Any

import pytest

from vestibule.scim.attribute import Attribute, Type
from vestibule.scim.findings import Findings
from vestibule.scim.unrolled import Row, _compiled, object_folder, object_reader, section_reader
from vestibule.scim.values import element_reader

#: What would be code, an escape or a placeholder if it came into the source as it is.
ODD_NAMES = [
    "'] = exit() #",
    '"',
    "a\nb",
    "\\",
    "{name}",
    "{0}",
    "%s",
    "\ud800",
    "名前",
    "f0",
    "out",
    "",
    "'''",
]


def _kept(value: Any, findings: Findings) -> Any:
    return None if value == "nothing" else ("read", value)


def _wrong(*given: Any) -> None:
    raise AssertionError(given)


@pytest.mark.parametrize("name", ODD_NAMES)
@pytest.mark.parametrize("plain", ["", "value is True or value is False"])
def test_a_name_is_never_code(name: str, plain: str) -> None:
    rows, names = [Row(name, plain, _kept), Row("next", "", _kept)], {name, "next"}
    cleared: list[tuple[str, Any]] = []

    def unassigned(name: str, value: Any, findings: Findings) -> None:
        cleared.append((name, value))

    read_object = object_reader(rows, names, unassigned, _wrong)
    read_section = section_reader(rows, unassigned)
    findings = Findings(False)
    out: dict[str, Any] = {"schemas": []}
    assert read_object({"next": 2, name: 1}, findings) == {name: ("read", 1), "next": ("read", 2)}
    assert read_object({name: True}, findings) == {name: True if plain else ("read", True)}
    read_section({"next": 2, name: "nothing", "stray": 3}, {"next": 2}, findings, out)
    assert out == {"schemas": [], "next": 2}
    assert read_object({"next": None}, findings) is None
    assert cleared == [(name, "nothing"), ("next", None)]
    folded = object_folder([name], [("next", lambda value: value + 1)], fills_primary=True)
    assert folded({"next": 2, name: "ÄB", "C": "D"}) == {"next": 3, name: "äb", "C": "D", "primary": False}
    assert folded({"primary": True}) == {"primary": True}


def test_what_comes_out_is_in_the_order_of_the_rows_or_as_it_was_folded() -> None:
    rows = [Row(name, "type(value) is str", _kept) for name in "abc"]
    read = object_reader(rows, set("abc"), _wrong, _wrong)
    assert list(read({"c": "1", "b": 2, "a": "3"}, Findings(False)).items()) == [
        ("a", "3"),
        ("b", ("read", 2)),
        ("c", "1"),
    ]
    folded = object_folder("abc", [], fills_primary=False)
    assert list(folded({"c": "X", "z": "Y", "a": "Z"}).items()) == [("c", "x"), ("z", "Y"), ("a", "z")]


def test_neither_reader_nor_folder_changes_what_it_is_given() -> None:
    given = {"a": "X", "b": None}
    rows = [Row("a", "", lambda value, _: value * 2), Row("b", "", _kept)]
    object_reader(rows, {"a", "b"}, lambda *_: None, _wrong)(given, Findings(False))
    object_folder(["a"], [], fills_primary=True)(given)
    assert given == {"a": "X", "b": None}


def test_attributes_of_one_shape_share_their_code() -> None:
    def reader_of(name: str) -> Any:
        parts = (Attribute("value"), Attribute("kind"))
        return element_reader(Attribute(name, Type.COMPLEX, sub_attributes=parts), name)

    one, other = reader_of("badges"), reader_of("keys")
    assert one is not other
    assert one.__code__ is other.__code__
    findings = Findings(False)
    assert one({"kind": None}, findings) is other({"value": ""}, findings) is None
    assert findings.cleared == {"badges.kind", "keys.value"}


def test_a_traceback_shows_the_line_for_as_long_as_the_code_is_kept() -> None:
    def fails(value: Any, findings: Findings) -> Any:
        raise ZeroDivisionError

    read = object_reader([Row("shown in a traceback", "", fails)], set(), _wrong, _wrong)
    with pytest.raises(ZeroDivisionError) as caught:
        read({"shown in a traceback": 1}, Findings(False))
    linecache.checkcache()
    lines = [frame.line or "" for frame in traceback.extract_tb(caught.value.__traceback__)]
    assert any("f0(value, findings)" in line for line in lines), lines
    file = read.__code__.co_filename
    assert file in linecache.cache
    del read, caught
    _compiled.cache_clear()
    gc.collect()
    assert file not in linecache.cache
