"""The filter grammar of RFC 7644 §3.4.2.2 (R109, R110, R114, R119, R143)."""

from __future__ import annotations

import random
import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scim.filter_trees import filters
from vestibule.scim.errors import InvalidFilter
from vestibule.scim.filter.parse import MAX_DEPTH, MAX_LENGTH, MAX_TERMS, parse_filter
from vestibule.scim.filter.tree import And, AttributePath, Compare, Not, Operator, Or, Present, ValuePath

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def eq(name: str, value: object) -> Compare:
    return Compare(AttributePath(name), Operator.EQ, value)  # type: ignore[arg-type]


A, B, C = (Present(AttributePath(name)) for name in "abc")

READ = [
    pytest.param('userName eq "bjensen"', eq("userName", "bjensen"), id="the lookup"),
    pytest.param('userName  EQ  "bjensen" ', eq("userName", "bjensen"), id="runs of spaces, any case (R110)"),
    pytest.param("title pr", Present(AttributePath("title")), id="pr"),
    pytest.param("title PR", Present(AttributePath("title")), id="PR (R110)"),
    pytest.param(
        'name.familyName co "O\'Malley"',
        Compare(AttributePath("name", "familyName"), Operator.CO, "O'Malley"),
        id="sub-attribute",
    ),
    pytest.param(
        'urn:ietf:params:scim:schemas:core:2.0:User:userName sw "J"',
        Compare(
            AttributePath("userName", urn="urn:ietf:params:scim:schemas:core:2.0:User"), Operator.SW, "J"
        ),
        id="core URN with dots (R92)",
    ),
    pytest.param(
        f'{ENTERPRISE}:manager.value eq "26118915"',
        Compare(AttributePath("manager", "value", ENTERPRISE), Operator.EQ, "26118915"),
        id="extension URN with sub-attribute",
    ),
    pytest.param(
        'members.$ref ew "/26118915"',
        Compare(AttributePath("members", "$ref"), Operator.EW, "/26118915"),
        id="$ref",
    ),
    pytest.param("active eq true", eq("active", True), id="true"),
    pytest.param("active eq False", eq("active", False), id="false in another case"),
    pytest.param("title eq null", eq("title", None), id="null"),
    pytest.param("n eq -0", eq("n", 0), id="minus nought"),
    pytest.param("n eq -12", eq("n", -12), id="negative"),
    pytest.param("n eq 1.50", eq("n", Decimal("1.50")), id="fraction stays exact"),
    pytest.param("n eq 1e3", eq("n", Decimal("1e3")), id="exponent"),
    pytest.param("n eq -2.5E-7", eq("n", Decimal("-2.5E-7")), id="negative exponent"),
    pytest.param(r'a eq "say \"hi\" \\ \/ \t"', eq("a", 'say "hi" \\ / \t'), id="escapes"),
    pytest.param(r'a eq "\u00e9\ud83d\ude00"', eq("a", "é😀"), id="unicode escapes, a pair of surrogates"),
    pytest.param('a eq ""', eq("a", ""), id="empty text"),
    pytest.param('a eq "佐藤 and (b] or"', eq("a", "佐藤 and (b] or"), id="keywords and brackets in text"),
    pytest.param("a pr and b pr or c pr", Or((And((A, B)), C)), id="and before or (R114)"),
    pytest.param("a pr or b pr and c pr", Or((A, And((B, C)))), id="and before or, other way round"),
    pytest.param("a pr and (b pr or c pr)", And((A, Or((B, C)))), id="grouping before and"),
    pytest.param("not (a pr) and b pr", And((Not(A), B)), id="not before and"),
    pytest.param("NOT(a pr OR b pr)", Not(Or((A, B))), id="not without a space"),
    pytest.param("((a pr))", A, id="brackets without need"),
    pytest.param("( a pr )", A, id="spaces inside brackets"),
    pytest.param("(a pr and b pr) and c pr", And((And((A, B)), C)), id="grouping is kept"),
    pytest.param('not eq "x"', eq("not", "x"), id="an attribute called not"),
    pytest.param(
        'emails[type eq "work" and value co "@example.com"]',
        ValuePath(
            AttributePath("emails"),
            And((eq("type", "work"), Compare(AttributePath("value"), Operator.CO, "@example.com"))),
        ),
        id="value path",
    ),
    pytest.param(
        'emails[type eq "work"].value eq "x"',
        ValuePath(AttributePath("emails"), And((eq("type", "work"), eq("value", "x")))),
        id="sub-attribute after a value path (W18, K23)",
    ),
    pytest.param(
        "emails[a pr or b pr].c pr",
        ValuePath(AttributePath("emails"), And((Or((A, B)), C))),
        id="sub-attribute after an or",
    ),
    pytest.param(
        'userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")',
        And(
            (
                eq("userType", "Employee"),
                Or(
                    (
                        Compare(AttributePath("emails"), Operator.CO, "example.com"),
                        Compare(AttributePath("emails", "value"), Operator.CO, "example.org"),
                    )
                ),
            )
        ),
        id="the RFC's own example",
    ),
]


@pytest.mark.requirement("R92", "R109", "R110", "R114")
@pytest.mark.parametrize(("text", "tree"), READ)
def test_reads(text: str, tree: object) -> None:
    assert parse_filter(text) == tree


REFUSED = [
    pytest.param("", 1, "an attribute name, found the end", id="nothing"),
    pytest.param("userName", 9, "an operator (eq, ne, co,", id="no operator"),
    pytest.param('userName regex "a"', 10, "found 'regex'", id="unknown operator (R119)"),
    pytest.param('userName == "a"', 10, "an operator", id="sign for an operator"),
    pytest.param("userName eq", 12, "a space and a value, found the end", id="no value"),
    pytest.param("externalId eq jyoung", 15, 'text needs quotes: "jyoung"', id="text without quotes (W123)"),
    pytest.param("userName eq 'a'", 13, "text in double quotes", id="single quotes"),
    pytest.param('userName eq "a', 13, "closing quote", id="open text"),
    pytest.param('userName eq "a\nb"', 13, "control characters", id="line feed in text"),
    pytest.param(r'userName eq "\x41"', 13, "JSON string", id="escape JSON has not"),
    pytest.param(r'userName eq "\u0000"', 13, "U+0000", id="U+0000"),
    pytest.param(r'userName eq "\ud800"', 13, "lone surrogates", id="lone surrogate"),
    pytest.param("n eq 01", 7, "the end, found '1'", id="leading nought"),
    pytest.param("n eq 1.", 7, "found '.'", id="fraction without digits"),
    pytest.param("n eq +1", 6, "a value", id="plus sign"),
    pytest.param("n eq 1e9999", 6, "too long", id="endless exponent"),
    pytest.param("n eq " + "9" * 5000, 6, "too long", id="endless number"),
    pytest.param('userName eq"a"', 12, "a space and a value", id="no space before the value"),
    pytest.param("a pr and", 9, 'a space after "and"', id="nothing after and"),
    pytest.param("a pr and ", 10, "an attribute name", id="only a space after and"),
    pytest.param("a pr b pr", 6, '"and", "or" or the end', id="no conjunction"),
    pytest.param("a pr xor b pr", 6, '"and", "or" or the end', id="unknown conjunction"),
    pytest.param("(a pr", 6, '"and", "or" or ")"', id="open bracket"),
    pytest.param("a pr)", 5, '"and", "or" or the end', id="bracket too many"),
    pytest.param("()", 2, "an attribute name", id="empty group"),
    pytest.param("emails[]", 8, "an attribute name", id="empty value path"),
    pytest.param('emails[type eq "work"', 22, '"and", "or" or "]"', id="open value path"),
    pytest.param("a[b[c pr]]", 4, "does not hold another", id="value path in a value path"),
    pytest.param("a[b pr].c.d pr", 9, "the name of a sub-attribute", id="two subs after a value path"),
    pytest.param("a.b.c pr", 4, "an attribute path", id="three levels (R11)"),
    pytest.param("1a pr", 1, "an attribute name, found '1a'", id="name that begins with a digit (R1)"),
    pytest.param("urn: pr", 5, "an attribute path", id="URN of nothing"),
    pytest.param("not a pr", 5, "an operator", id="not without brackets"),
]


@pytest.mark.requirement("R109", "R119")
@pytest.mark.parametrize(("text", "position", "expected"), REFUSED)
def test_refuses_with_the_position(text: str, position: int, expected: str) -> None:
    with pytest.raises(InvalidFilter) as refusal:
        parse_filter(text)
    assert f"at character {position}: " in refusal.value.detail
    assert expected in refusal.value.detail
    assert len(refusal.value.detail) < 300


class TestLimits:
    """However the input is built, it is refused at once and without deep recursion."""

    @pytest.mark.parametrize(
        "text",
        [
            pytest.param("(" * 10_000 + "a pr" + ")" * 5_000, id="round brackets"),
            pytest.param("a[" * 8_000, id="square brackets"),
            pytest.param("not(" * 4_000, id="negations"),
            pytest.param(" or ".join(["a pr"] * 2_000), id="terms"),
            pytest.param("a" * 16_000, id="one long name"),
            pytest.param('a eq "' + "\\" * 16_000, id="one long text of escapes"),
            pytest.param(" " * 16_000, id="spaces"),
            pytest.param("a eq 1" + "0" * 16_000, id="one long number"),
            pytest.param("(" * 1_000_000, id="a million brackets"),
        ],
    )
    def test_refused_at_once(self, text: str) -> None:
        begin = time.perf_counter()
        with pytest.raises(InvalidFilter) as refusal:
            parse_filter(text)
        assert time.perf_counter() - begin < 0.05
        assert len(refusal.value.detail) < 300

    def test_depth_up_to_the_limit(self) -> None:
        parse_filter("(" * MAX_DEPTH + "a pr" + ")" * MAX_DEPTH)
        with pytest.raises(InvalidFilter, match=f"deeper than {MAX_DEPTH}"):
            parse_filter("(" * (MAX_DEPTH + 1) + "a pr" + ")" * (MAX_DEPTH + 1))

    def test_terms_up_to_the_limit(self) -> None:
        parse_filter(" or ".join(["a pr"] * MAX_TERMS))
        with pytest.raises(InvalidFilter, match=f"more than {MAX_TERMS} comparisons"):
            parse_filter(" or ".join(["a pr"] * (MAX_TERMS + 1)))

    def test_length(self) -> None:
        with pytest.raises(InvalidFilter, match=f"at most {MAX_LENGTH}"):
            parse_filter('a eq "' + "x" * MAX_LENGTH + '"')


@pytest.mark.requirement("R109", "R114")
@given(filters)
def test_a_tree_prints_itself_back(tree: object) -> None:
    assert parse_filter(str(tree)) == tree


@pytest.mark.requirement("R110")
@given(filters)
def test_letter_case_of_keywords_has_no_meaning(tree: object) -> None:
    words = str(tree).split(" ")
    shouted = " ".join(w.upper() if w in ("and", "or", "sw", "gt") else w for w in words)
    if '"' not in shouted:
        assert str(parse_filter(shouted)).lower() == str(tree).lower()


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse_filter(text)
    except InvalidFilter:
        return


@pytest.mark.requirement("R109")
def test_mutants_of_valid_filters_are_read_or_refused() -> None:
    """What a mutant is read as prints itself back; nothing but InvalidFilter is raised."""
    seeds = [str(parameters.values[0]) for parameters in READ]
    chance = random.Random(7)
    pieces = ['"', "(", ")", "[", "]", " ", ".", "\\", "and", "not", "eq", "pr", "1", "-", ":", "\0"]
    for _ in range(4000):
        text = list(chance.choice(seeds))
        for _ in range(chance.randint(1, 3)):
            at = chance.randrange(len(text) + 1)
            match chance.randrange(3):
                case 0:
                    text.insert(at, chance.choice(pieces))
                case 1:
                    del text[at : at + chance.randint(1, 3)]
                case _:
                    text[at : at + 1] = chance.choice(pieces)
        try:
            tree = parse_filter("".join(text))
        except InvalidFilter:
            continue
        assert parse_filter(str(tree)) == tree
