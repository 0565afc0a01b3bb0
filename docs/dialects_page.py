"""The page of dialects: which there are, whom they are recognised by, and each tolerance with its fact and recording."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module

from docs.markdown import prose, table
from vestibule.registry import members
from vestibule.scim.dialects.dialect import Dialect, Quirk
from vestibule.scim.dialects.habits import HABITS

_OPENING = """\
# Dialects

A dialect is the ways in which one identity provider departs from the RFCs. Each single one is a *quirk*: a pure
function that repairs what was sent before the engine sees it. Each use of a quirk, and each time that the engine lets
something pass which `strict` refuses, is counted for the connection as a *tolerance* under its name, for writes and
reads alike, by day; `vestibule connection show TENANT` tells those of the last 7 days, and `vestibule explain` what was
done to one request. Counts are kept for 90 days.

Facts are numbered: W for what clients were seen to send, K for what implementers report, R for a requirement of
RFC 7643 and 7644. A recording is a file under `tests/recordings/`: a test plays it with the tolerance, where it goes
through, and without, where it does not.

## Which one is spoken

1. The one that an administrator pinned: `vestibule connection dialect TENANT okta|entra|generic|strict`. It holds from
   the next request on, in every process, and stands in the audit trail. `auto` ends it.
2. Else the one of the client that names itself in `User-Agent`.
3. Else the one that the connection's traffic has shown before (the signs below), as long as nothing better is known.
   Where signs of two clients come in one request, it shows nothing.
4. Else `generic`, which understands all that the others do.

What was recognised, why and when, is kept with the connection and told by `vestibule connection show`. `strict` is never
recognised: it is chosen.
"""

_CLOSING = """\
## What everybody may do

`strict` included, and so not counted: `op`, attribute names and operators in any letter case · unknown query parameters,
and a stray `&` or `?` (W115, W125) · `+` for a space in a query (W125) · a doubled slash in the path (W12, W131) ·
`application/json` for `application/scim+json` (W3) · values that only the server sets, ignored in POST and PUT (W31, W32) ·
null, `[]` and `""` for what shall have no value (W37, W114) · the `password`, which is never kept (W23) · a token without
the word Bearer (W9).

Beyond that, `strict` asks for a path in every PATCH operation (K44), for two letters in `addresses.country`, and for
userNames that PRECIS allows. The others keep such values as they were sent (W120, K27); nothing is repaired there, and
nothing counted.
"""

#: What a dialect may say of itself beside its quirks.
_SWITCHES: Mapping[str, str] = {
    "schemas_optional": "a PATCH may lack `schemas`",
    "match_people": "a member may be named by externalId or userName",
    "upsert_on_no_target": "a value filter that finds nothing makes the value (K19)",
    "strict": "what is unknown is refused, not left out (K44)",
}


def dialects_page() -> str:
    """Each dialect with its tolerances, and each of these with the fact and recording that made it necessary."""
    found: Mapping[str, Dialect] = members("vestibule.scim.dialects", "DIALECT", third_parties=False)
    quirks = ("tolerance", "what is sent", "facts", "recording", "in dialects")
    habits = ("tolerance", "what is let pass", "facts", "recording", "in dialects")
    parts = [
        _OPENING,
        "## Which there are\n",
        *table(("dialect", "what it is", *_SWITCHES.values()), _dialects(found)),
        "\n## Signs\n",
        *table(("dialect", "client", "what it alone sends", "facts"), _signs(found)),
        "\n## Quirks\n",
        *table(quirks, _quirks(found)),
        "\n## What else is tolerated\n",
        *table(habits, _habits(found)),
        "",
        _CLOSING,
    ]
    return "\n".join(parts)


def _dialects(found: Mapping[str, Dialect]) -> Iterator[tuple[str, ...]]:
    for name, dialect in found.items():
        module = import_module(f"vestibule.scim.dialects.{name}")
        switches = ("yes" if getattr(dialect, switch) else "no" for switch in _SWITCHES)
        yield f"`{name}`", prose(module.__doc__), *switches


def _signs(found: Mapping[str, Dialect]) -> Iterator[tuple[str, str, str, str]]:
    for name, dialect in found.items():
        for sign in dialect.signs:
            yield f"`{name}`", sign.client, prose(sign.shows.__doc__), sign.facts


def _quirks(found: Mapping[str, Dialect]) -> Iterator[tuple[str, str, str, str, str]]:
    spoken: dict[Quirk, list[str]] = {}
    for name, dialect in found.items():
        for quirk in dialect.quirks:
            spoken.setdefault(quirk, []).append(name)
    for quirk in sorted(spoken, key=lambda quirk: (quirk.name, quirk.recording)):
        told = prose(quirk.repair.__doc__)
        yield f"`{quirk.name}`", told, quirk.facts, f"`{quirk.recording}`", ", ".join(spoken[quirk])


def _habits(found: Mapping[str, Dialect]) -> Iterator[tuple[str, str, str, str, str]]:
    for habit in HABITS:
        names = ", ".join(name for name, dialect in found.items() if habit.has(dialect))
        yield f"`{habit.name}`", habit.told, habit.facts, f"`{habit.recording}`", names
