"""The search form of a value: what filters and sorting compare, as bytes (design: *served and search form*)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vestibule.scim.attribute import Attribute, Type
from vestibule.scim.fold import fold, instant

#: Gives the search form of a stored value; raises TypeError, ValueError or AttributeError for
#: one that the declaration no longer fits.
Folder = Callable[[Any], Any]


def folder(attribute: Attribute) -> Folder:
    """The function for the attribute as a whole: an array where it is multi-valued."""
    one = _complex(attribute) if attribute.type is Type.COMPLEX else (_simple(attribute) or _same)
    return _array(one) if attribute.multi_valued else one


def _sub(attribute: Attribute) -> Folder | None:
    one = _simple(attribute)
    return _array(one) if one and attribute.multi_valued else one


def _simple(attribute: Attribute) -> Folder | None:
    if attribute.type is Type.DATE_TIME:
        return instant
    if attribute.type in (Type.STRING, Type.REFERENCE) and not attribute.case_exact:
        return fold
    return None


def _same(value: Any) -> Any:
    return value


def _array(one: Folder) -> Folder:
    def folded(values: Any) -> Any:
        return [one(value) for value in values]

    return folded


def _complex(attribute: Attribute) -> Folder:
    folders = {sub.name: _sub(sub) for sub in attribute.sub_attributes}
    fills_primary = attribute.multi_valued and "primary" in folders
    texts = tuple(name for name, fold_part in folders.items() if fold_part is fold)
    others = tuple((name, fold_part) for name, fold_part in folders.items() if fold_part not in (fold, None))

    def folded(value: Any) -> Any:
        out = {**value}
        for name in texts:
            if name in out:
                text = out[name]
                out[name] = text.lower() if text.isascii() else fold(text)
        for name, fold_part in others:
            if name in out:
                out[name] = fold_part(out[name])
        if fills_primary and "primary" not in out:
            out["primary"] = False  # RFC 7643 §2.4: left out counts as false (R15)
        return out

    return folded
