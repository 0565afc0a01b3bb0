"""Filters and paths made by the rules of ``grammar.abnf`` are read; what is near one is read, or refused with its place."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path as File

import pytest
from hypothesis import event, given

import vestibule.scim.filter.parse as parser
from tests.grammar.abnf import Grammar
from tests.reference.effort import examples
from tests.reference.worlds import Chooser, made_by
from vestibule.scim.errors import InvalidFilter, InvalidPath
from vestibule.scim.filter.parse import parse_filter
from vestibule.scim.filter.tree import Filter, Path
from vestibule.scim.path import parse_path

GRAMMAR = Grammar(File(parser.__file__).with_name("grammar.abnf").read_text("utf-8"))
READERS: dict[str, Callable[[str], Filter | Path]] = {"filter": parse_filter, "path": parse_path}
REFUSALS = {"filter": InvalidFilter, "path": InvalidPath}
_PLACE = re.compile(r"at character (\d+): (?:expected .+, found .+|.+)", re.DOTALL)
#: What the grammar allows and no text or number of ours can be (RFC 8259 §8.2, §6).
_BEYOND = re.compile("U\\+0000 and lone surrogates are no text|the number is too long")
#: A value path does not stand in another (RFC 7644 §3.4.2.2).
_NEVER = {"value-path": "value-test"}
_PIECES = [
    *'()[]".: \t\\/-_$%0a',
    *(
        " and ",
        " or ",
        "not ",
        "not(",
        " pr",
        " eq ",
        " EQ",
        "true",
        "null",
        "1e",
        '""',
        '"\\u12',
        "\0",
        "é",
        "😀",
    ),
    *("urn:", "http://", "..", "\ud800", "\u00a0", "\n", " is ", "]."),
]


def a_text(rule: str) -> Callable[[Chooser], str]:
    return lambda choose: GRAMMAR.text(rule, choose, never_within=_NEVER)


def a_mutation(rule: str) -> Callable[[Chooser], str]:
    """A text with one to three faults, or none where they cancel out."""

    def mutated(choose: Chooser) -> str:
        faults = [
            (choose.below(5), choose.below(256), choose.one_of(_PIECES)) for _ in range(1 + choose.below(3))
        ]
        text = a_text(rule)(choose)
        for kind, place, piece in faults:
            at = place * (len(text) + 1) // 256
            match kind:
                case 0:
                    text = text[:at] + piece + text[at:]
                case 1:
                    text = text[:at] + text[at + 1 :]
                case 2:
                    text = text[:at] + piece + text[at + 1 :]
                case 3:
                    text = text[:at]
                case _:
                    text = text[:at] + text[at // 2 : at] + text[at:]
        return text

    return mutated


def placed(refusal: InvalidFilter | InvalidPath, text: str) -> None:
    """It says where, within the text or at its end."""
    found = _PLACE.search(refusal.detail)
    assert found, refusal.detail
    assert 1 <= int(found[1]) <= len(text) + 1, refusal.detail


@pytest.mark.requirement("R92", "R109", "R110", "R143")
@pytest.mark.parametrize("rule", READERS)
@examples(800)
@given(data=made_by(lambda choose: choose, 300))
def test_what_the_grammar_makes_is_read_and_printed_back(rule: str, data: Chooser) -> None:
    text = a_text(rule)(Chooser(data.data))
    try:
        tree = READERS[rule](text)
    except REFUSALS[rule] as refusal:
        event("beyond a limit")
        if _BEYOND.search(refusal.detail):
            return
        raise
    printed = str(tree)
    assert READERS[rule](printed) == tree, f"{text!r} is printed as {printed!r}"
    assert str(READERS[rule](printed)) == printed


@pytest.mark.requirement("R85", "R109", "R119", "R143")
@pytest.mark.parametrize("rule", READERS)
@examples(1500)
@given(data=made_by(lambda choose: choose, 300))
def test_what_is_near_it_is_read_or_refused_with_its_place(rule: str, data: Chooser) -> None:
    text = a_mutation(rule)(Chooser(data.data))
    try:
        tree = READERS[rule](text)
    except REFUSALS[rule] as refusal:
        event("refused")
        placed(refusal, text)
        str(refusal).encode()
        return
    event("read")
    assert READERS[rule](str(tree)) == tree


HUGE = {
    "2,000 terms": " or ".join(f'title eq "t{number}"' for number in range(2_000)),
    "2,000 short terms": " or ".join(["a pr"] * 2_000),
    "3,000 brackets": "(" * 3_000 + "a pr" + ")" * 3_000,
    "3,000 negations": "not(" * 3_000 + "a pr" + ")" * 3_000,
    "3,000 brackets never closed": "emails[" + "(" * 3_000,
    "1 MB of text": 'a eq "' + "x" * 2**20 + '"',
    "1 MB of a name": "a" * 2**20,
    "1 MB of dots": "a" + ".a" * 2**19,
    "1 MB of colons": "urn" + ":a" * 2**19,
    "1 MB of spaces": " " * 2**20,
    "1 MB of backslashes": 'a eq "' + "\\\\" * 2**19,
    "1 MB of digits": "a eq " + "1" * 2**20,
    "spaces up to the limit": "a" + " " * 16_000 + "pr",
    "backslashes up to the limit": 'a eq "' + "\\" * 16_000,
    "digits up to the limit": "a eq " + "1" * 16_000,
    "an exponent": "a eq 1e999999999",
    "colons up to the limit": ":" * 16_000,
    "a string never closed, with escapes": 'a eq "' + "\\u00e9x" * 2_000,
}


@pytest.mark.requirement("R85", "R109")
@pytest.mark.parametrize("rule", READERS)
@pytest.mark.parametrize("text", HUGE.values(), ids=HUGE.keys())
def test_what_is_huge_is_settled_at_once(rule: str, text: str) -> None:
    started, said = time.process_time(), ""
    try:
        READERS[rule](text)
    except REFUSALS[rule] as refusal:
        said = refusal.detail
    assert len(said) < 500
    assert time.process_time() - started < 1
