"""What a server lets pass: tolerances that identity providers in the field rely on, and the RFC does not have.

They are findings in the RFC's place alone. Whoever serves Okta or Entra wants them, for the
connections that need them.
"""

from __future__ import annotations

from vestibule.judge.bench import Bench
from vestibule.judge.check import Topic, check
from vestibule.judge.rows import Level

TOPIC = Topic(130, "Tolerances")


@check(
    "R159",
    needs=("patch",),
    means="Nothing breaks in the field: Entra expects the value to be created. A client that keeps to the RFC "
    "does not learn that its path was wrong.",
)
async def no_target_is_an_error(bench: Bench) -> None:
    """replace with a value filter that matches nothing is refused with 400 noTarget."""
    bench.declared("phoneNumbers.type")
    made = await bench.user()
    path = 'phoneNumbers[type eq "mobile"].value'
    exchange = await bench.patch(made.path, {"op": "replace", "path": path, "value": "+49 30 1234567"})
    bench.expect_refusal(exchange, "noTarget")


@check(
    "R153",
    needs=("patch",),
    level=Level.SHOULD,
    means="Nothing breaks: Entra removes members in this very form and expects that only these go. A client that "
    "keeps to the RFC would expect all of them to go.",
)
async def remove_passes_its_value_over(bench: Bench) -> None:
    """remove of an array without a filter removes all of it; a value given with it means nothing in the RFC."""
    bench.declared("emails.type")
    home = f"{bench.specimens.name()}@example.com"
    work = {"value": f"{bench.specimens.name()}@example.com", "type": "work", "primary": True}
    made = await bench.user(emails=[work, {"value": home, "type": "home"}])
    exchange = await bench.patch(made.path, {"op": "remove", "path": "emails", "value": [{"value": home}]})
    if exchange.status == 400:
        return
    left = (await bench.resource(made)).get("emails") or ()
    bench.expect(not left, exchange, "no address left, or status 400", f"{len(left)} left")


@check(
    "R4",
    level=Level.SHOULD,
    means='Nothing breaks: Entra sends the text "False" and needs this. A client with a fault in its mapping is not '
    "told of it.",
)
async def text_is_no_boolean(bench: Bench) -> None:
    """A text where a boolean belongs is refused with 400."""
    bench.declared("active")
    exchange = await bench.post(bench.users, bench.specimens.user(active="False"))
    bench.expect_status(exchange, 400)


@check(
    "K44",
    level=Level.SHOULD,
    means="Nothing breaks: Okta and Entra often send more than is declared. An administrator whose mapping goes "
    "nowhere is not told of it.",
)
async def unknown_attributes_are_refused(bench: Bench) -> None:
    """The interoperability draft has an attribute that no schema declares refused with 400; the RFC lets it be ignored."""
    exchange = await bench.post(bench.users, bench.specimens.user(vestibuleCheckUnknown="x"))
    bench.expect_status(exchange, 400)
