"""Every language has every text, with the same values in it; and vendored files are what they were."""

from __future__ import annotations

import re
from hashlib import sha256

import pytest

from tests.console.texts import said
from vestibule.web.console.assets import VENDORED, assets
from vestibule.web.console.languages import languages, preferred

_VALUE = re.compile(r"\{\w+\}")
_OTHERS = [code for code in languages() if code != "en"]


@pytest.mark.parametrize("code", _OTHERS)
def test_a_message_file_has_every_text_and_no_other(code: str) -> None:
    texts = languages()[code]._texts
    missing = {text: where for text, where in said().items() if text not in texts}
    assert not missing
    assert not set(texts) - set(said()), "nobody says these any more"


@pytest.mark.parametrize("code", _OTHERS)
def test_a_text_has_the_same_values_in_every_language(code: str) -> None:
    for text, there in languages()[code]._texts.items():
        assert sorted(set(_VALUE.findall(text))) == sorted(set(_VALUE.findall(there))), text
        assert there.strip()


@pytest.mark.parametrize(
    ("accepted", "code"),
    [
        ("ja", "ja"),
        ("ja-JP,ja;q=0.9,en;q=0.8", "ja"),
        ("en-US,en;q=0.9,ja;q=0.8", "en"),
        ("fr,ja;q=0.5", "ja"),
        ("", "en"),
        ("xx;q=abc, *", "en"),
        ("a" * 5000, "en"),
    ],
)
def test_the_browsers_language_is_taken_where_there_is_one(accepted: str, code: str) -> None:
    assert preferred(accepted, languages()) == code


def test_vendored_files_are_what_the_registry_had() -> None:
    found = {name: sha256(asset.content).hexdigest() for name, asset in assets().items() if name in VENDORED}
    assert found == dict(VENDORED)
