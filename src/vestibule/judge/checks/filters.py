"""Filters: every operator, and that the right people are found, all of them and nobody else."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone

from vestibule.judge.bench import ENTERPRISE, Bench
from vestibule.judge.cast import cast, filtered
from vestibule.judge.check import EVERYBODY, Topic, Untried, check
from vestibule.judge.exchange import Exchange
from vestibule.judge.rows import Level

TOPIC = Topic(65, "Filters")

_NEEDS = ("filter",)
_SCOPED = ("the_cast_is_found",)


async def _named(bench: Bench, expression: str, *, scoped: bool = True) -> tuple[Exchange, set[str]]:
    """Which of the cast a filter finds. Raises Wrong unless the answer is a list."""
    names = {made.id: name for name, made in (await cast(bench)).items()}
    whole = f'userName sw "{bench.prefix}-cast-" and ({expression})' if scoped else expression
    exchange = await filtered(bench, whole)
    bench.expect(exchange.is_list, exchange, "status 200 with a ListResponse")
    return exchange, {names.get(id, "somebody else") for id in exchange.ids}


async def _expect_named(
    bench: Bench, expression: str, *names: str, scoped: bool = True, row: str = ""
) -> None:
    exchange, found = await _named(bench, expression, scoped=scoped)
    if found != set(names):
        bench.fault(exchange, f"{_list(names)} for {expression}", _list(sorted(found)), row)


@check(
    "R111",
    "R108",
    needs=_NEEDS,
    means="Other filters cannot be narrowed to a part of the directory.",
)
async def the_cast_is_found(bench: Bench) -> None:
    """userName sw finds everybody whose name begins so, and nobody else; and narrows it further."""
    people = await cast(bench)
    exchange, found = await _named(bench, f'userName sw "{bench.prefix}-cast-"', scoped=False)
    bench.expect(found == set(people), exchange, _list(people), _list(sorted(found)))
    await _expect_named(bench, f'userName eq "{people["ben"].sent["userName"]}"', "ben", row="R114")


@check(
    "R111",
    needs=_NEEDS,
    after=_SCOPED,
    means="Reports, imports by condition and clean-up scripts act on the wrong people.",
)
async def every_operator(bench: Bench) -> None:
    """eq, ne, co, sw, ew, gt, ge, lt, le and pr find whom they should, texts without letter case."""
    bench.declared("name.familyName", "title", "nickName")
    for expression, names in {
        'name.familyName eq "birch"': ("ben",),
        'name.familyName ne "Birch"': ("anna", "cleo"),
        'name.familyName co "ED"': ("cleo",),
        'name.familyName sw "a"': ("anna",),
        'name.familyName ew "R"': ("cleo",),
        'name.familyName gt "Birch"': ("cleo",),
        'name.familyName ge "birch"': ("ben", "cleo"),
        'name.familyName lt "Birch"': ("anna",),
        'name.familyName le "BIRCH"': ("anna", "ben"),
        "title pr": ("anna", "ben"),
        "not (title pr)": ("cleo",),
    }.items():
        await _expect_named(bench, expression, *names)


@check(
    "R111",
    needs=_NEEDS,
    after=_SCOPED,
    means="Who is active cannot be told apart from who is not.",
)
async def booleans_compare(bench: Bench) -> None:
    """active eq true and active eq false find whom they should; so does a default that was never sent."""
    bench.declared("active")
    await _expect_named(bench, "active eq false", "ben")
    await _expect_named(bench, "active eq true", "anna", "cleo")


@check(
    "R118",
    needs=_NEEDS,
    after=_SCOPED,
    means="Who was created without saying so is shown as active, and not found among the active.",
)
async def defaults_are_found(bench: Bench) -> None:
    """A value that the server itself filled in is compared as it was shown."""
    bench.declared("active")
    made = await bench.user(active=None)
    shown = (await bench.resource(made)).get("active")
    if shown is None:
        raise Untried("the server fills in no value for active")
    exchange = await filtered(
        bench, f'userName eq "{made.sent["userName"]}" and active eq {str(shown).lower()}'
    )
    bench.expect(exchange.ids == [made.id], exchange, "that person")


@check(
    "R110",
    "R92",
    needs=_NEEDS,
    after=_SCOPED,
    means="A client that spells USERNAME EQ, or names the attribute with its URN, finds nobody.",
)
async def names_and_operators_in_any_case(bench: Bench) -> None:
    """Attribute names and operators are read in any letter case, and a name also with its URN."""
    anna = (await cast(bench))["anna"]
    name, urn = anna.sent["userName"], bench.kind("User").urn
    for expression in (
        f'USERNAME EQ "{name}"',
        f'{urn}:userName eq "{name}"',
        f'{urn.upper()}:username Eq "{name}"',
    ):
        row = "R110" if expression.startswith("USER") else "R92"
        await _expect_named(bench, expression, "anna", scoped=False, row=row)


@check(
    "R114",
    needs=_NEEDS,
    after=_SCOPED,
    means="Conditions that were joined find other people than the administrator thinks.",
)
async def precedence(bench: Bench) -> None:
    """Brackets come first, then not, then and, then or."""
    bench.declared("name.givenName")
    anna, ben = 'name.givenName eq "Anna"', 'name.givenName eq "Ben"'
    nobody = 'name.givenName eq "Nobody"'
    for expression, names in {
        f"{anna} or {ben} and {nobody}": ("anna",),
        f"({anna} or {ben}) and {nobody}": (),
        f"not ({anna}) and {ben}": ("ben",),
        f"not ({anna} or {ben})": ("cleo",),
    }.items():
        await _expect_named(bench, expression, *names)


@check(
    "R115",
    "R116",
    needs=_NEEDS,
    after=_SCOPED,
    means='Entra matches by emails[type eq "work"].value: it finds a person by somebody\'s private address.',
)
async def arrays_and_value_paths(bench: Bench) -> None:
    """One matching value of an array is enough; within brackets all conditions hold for the same value."""
    bench.declared("emails.type")
    for expression, names, row in (
        ('emails.value ew "home.example.org"', ("anna", "ben"), "R115"),
        ('emails[type eq "work" and value ew "home.example.org"]', ("ben",), "R116"),
        ('emails.type eq "work" and emails.value ew "home.example.org"', ("anna", "ben"), "R115"),
    ):
        await _expect_named(bench, expression, *names, row=row)


@check(
    "R113",
    needs=_NEEDS,
    after=_SCOPED,
    means="“Has none” and “has one” are confused.",
)
async def present_means_not_empty(bench: Bench) -> None:
    """pr is true for what has a value, complex attributes included, and for nothing else."""
    bench.declared("nickName", "name.givenName", "phoneNumbers")
    await _expect_named(bench, "nickName pr", "ben", "cleo")
    await _expect_named(bench, "name pr", "anna", "ben", "cleo")
    await _expect_named(bench, "phoneNumbers pr")


@check(
    "R117",
    level=Level.SHOULD,
    needs=_NEEDS,
    means="A condition on nothing in particular finds nobody, and nobody is told why.",
)
async def complex_needs_a_part(bench: Bench) -> None:
    """Comparing a complex attribute itself is refused with 400 invalidFilter."""
    bench.declared("name.familyName")
    bench.expect_refusal(await filtered(bench, 'name eq "Ash"'), "invalidFilter")


@check(
    "R112",
    needs=_NEEDS,
    means="A senseless condition finds somebody.",
)
async def booleans_have_no_order(bench: Bench) -> None:
    """gt on a boolean is refused with 400 invalidFilter."""
    bench.declared("active")
    bench.expect_refusal(await filtered(bench, "active gt true"), "invalidFilter")


@check(
    "R109",
    "R119",
    needs=_NEEDS,
    roles=EVERYBODY,
    means="A filter with a fault is passed over: the client takes everybody in the list for what it looked for.",
)
async def bad_filters_are_refused(bench: Bench) -> None:
    """What the grammar does not have, or an unknown operator, is refused with 400 invalidFilter."""
    for expression in (
        'userName regex "a"',
        "userName eq",
        'userName eq "a" and',
        '(userName eq "a"',
        'emails[type eq "work"',
        'eq "a"',
        "SOMETHING",
    ):
        exchange = await filtered(bench, expression)
        row = "R119" if "regex" in expression else "R109"
        if exchange.status != 400:
            bench.fault(exchange, f"status 400 for {expression}", row=row)
        elif exchange.scim_type != "invalidFilter":
            bench.fault(
                exchange,
                "scimType invalidFilter",
                f"scimType {exchange.scim_type or 'missing'} for {expression}",
                row,
            )


@check(
    "R7",
    needs=_NEEDS,
    after=_SCOPED,
    means="“Changed since yesterday” depends on the client's time zone.",
)
async def instants_compare_as_instants(bench: Bench) -> None:
    """Times are compared as points in time, in whatever zone they are written."""
    cleo = await bench.resource((await cast(bench))["cleo"])
    created = datetime.fromisoformat(str((cleo.get("meta") or {}).get("created")))
    before, after = created - timedelta(hours=1), created + timedelta(hours=1)
    for zone in (UTC, timezone(timedelta(hours=5, minutes=30)), timezone(timedelta(hours=-8))):
        for expression, names in (
            (f'meta.created gt "{before.astimezone(zone).isoformat()}"', ("anna", "ben", "cleo")),
            (f'meta.created gt "{after.astimezone(zone).isoformat()}"', ()),
        ):
            await _expect_named(bench, expression, *names)


@check(
    "R55",
    "R108",
    needs=_NEEDS,
    means="Nobody is found by department or employee number.",
)
async def extensions_are_filtered(bench: Bench) -> None:
    """Attributes of the enterprise extension are kept under its URN and found by their qualified name."""
    bench.enterprise("department", "employeeNumber", "costCenter", "organization", "division")
    values = {
        name: f"{bench.prefix} {name}"
        for name in ("employeeNumber", "costCenter", "organization", "division", "department")
    }
    made = await bench.user(**{ENTERPRISE: values})
    shown = await bench.get(made.path)
    there = shown.document.get(ENTERPRISE) or {}
    bench.expect({key: there.get(key) for key in values} == values, shown, "all five values", f"{there!r}")
    exchange = await filtered(bench, f'{ENTERPRISE}:department eq "{values["department"]}"')
    bench.expect(exchange.is_list and exchange.ids == [made.id], exchange, "that person alone", row="R108")


def _list(names: Iterable[str]) -> str:
    return ", ".join(names) or "nobody"
