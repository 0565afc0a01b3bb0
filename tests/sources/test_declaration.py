"""A source as a file: what is not known or missing is named, and a secret is never written down."""

from __future__ import annotations

from pathlib import Path

import pytest

from vestibule import registry
from vestibule.refused import Refused
from vestibule.sources.declaration import declared_source

KINDS = registry.members("vestibule.sources", "SOURCE")


def test_the_folder_is_the_list() -> None:
    assert list(KINDS) == ["csv", "json", "jsonl", "ldap", "scim", "sql"]


@pytest.mark.parametrize(
    ("where", "kind"),
    [
        ("a.json", "json"),
        ("a.jsonl", "jsonl"),
        ("a.ndjson", "jsonl"),
        ("https://x.test/scim/v2", "scim"),
        ("ldaps://x.test", "ldap"),
        (".", "csv"),
    ],
)
def test_an_address_tells_its_kind(where: str, kind: str) -> None:
    assert declared_source(where, KINDS).kind == kind


def test_a_declaration_with_settings_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "staff.toml"
    file.write_text(
        'name = "staff"\nkind = "scim"\n[settings]\nurl = "https://x.test/scim"\ntoken = "env:STAFF_TOKEN"\n'
    )
    found = declared_source(str(file), KINDS, given={"page_size": "50"})
    assert (found.name, found.kind, found.settings["page_size"]) == ("staff", "scim", "50")
    with pytest.raises(Refused, match="environment variable STAFF_TOKEN, which is not set"):
        KINDS["scim"].opened(found.settings)
    monkeypatch.setenv("STAFF_TOKEN", "t")
    KINDS["scim"].opened(found.settings)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('kind = "oracle"', "kind is 'oracle'. Allowed: csv, json, jsonl, ldap, scim, sql"),
        ('kind = "csv"\nfolder = "x"', "'folder' is not known. Allowed: name, kind, settings"),
        ('kind = "csv"\nname = "My Staff"', "cannot be named 'My Staff'"),
        ('kind = "csv"\nsettings = "x"', "settings is a table"),
        ("kind =", "is no TOML"),
    ],
)
def test_what_is_wrong_with_a_declaration_is_said(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "staff.toml"
    file.write_text(text)
    with pytest.raises(Refused, match=said):
        declared_source(str(file), KINDS)


@pytest.mark.parametrize(
    ("kind", "given", "said"),
    [
        ("json", {}, "the setting file is missing: the JSON file"),
        ("json", {"file": "x", "path": "y"}, "the setting 'path' is not known. There are: file"),
        ("json", {"file": 7}, "is a text; found: 7"),
        ("scim", {"url": "https://x.test", "token": "in-clear"}, "is a secret: say where it is"),
        ("scim", {"url": "https://x.test", "token": "file:/nowhere"}, "cannot be read"),
        (
            "scim",
            {"url": "https://x.test", "token": "env:T", "pages": "both"},
            "Allowed: auto, index, cursor",
        ),
        (
            "scim",
            {"url": "https://x.test", "token": "env:T", "page_size": "-1"},
            "is a whole number; found: '-1'",
        ),
        (
            "scim",
            {"url": "https://x.test", "token": "env:T", "groups": "no"},
            "is true or false; found: 'no'",
        ),
        ("ldap", {"url": "ldaps://x", "base": "dc=x", "attributes": "x"}, "is a table of texts"),
        ("csv", {"folder": ".", "changes": "x"}, "is a list of texts"),
    ],
)
def test_what_is_wrong_with_a_setting_is_said(
    monkeypatch: pytest.MonkeyPatch, kind: str, given: dict[str, object], said: str
) -> None:
    monkeypatch.setenv("T", "t")
    with pytest.raises(Refused, match=said):
        KINDS[kind].opened(given)


def test_what_is_of_no_kind_is_told_how_to_say_it() -> None:
    with pytest.raises(Refused, match="what kind of source is that"):
        declared_source(__file__, KINDS)
    with pytest.raises(Refused, match="what kind of source is that"):
        declared_source("ftp://x.test/people", KINDS)
    with pytest.raises(Refused, match="nowhere/at-all: there is no such file or folder"):
        declared_source("nowhere/at-all", KINDS)
    with pytest.raises(Refused, match="There is no kind of source 'x'"):
        declared_source("nowhere", KINDS, kind="x")
