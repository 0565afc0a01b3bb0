"""Call the public URL as an identity provider does, and say what it would see."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from vestibule.cli.database import settings_of, with_store
from vestibule.cli.output import asked, print_json
from vestibule.refused import Refused

if TYPE_CHECKING:
    from vestibule.connectors.http import Outbound
    from vestibule.stores.receiving import ReceivingStore
    from vestibule.web.checkup import Finding, Seen

app = typer.Typer()

_TIMEOUT_SECONDS = 20.0
_COLOURS = {"ok": typer.colors.GREEN, "warning": typer.colors.YELLOW, "fault": typer.colors.RED}


class NoUrl(Refused):
    """Nobody said which address to call."""

    def __init__(self) -> None:
        super().__init__("No public URL is known: give one with --url, or set VESTIBULE_PUBLIC_URL.")


@app.command()
def doctor(
    ctx: typer.Context,
    url: Annotated[
        str | None, typer.Option(metavar="URL", help="The address to call; else VESTIBULE_PUBLIC_URL.")
    ] = None,
) -> None:
    """Call the public URL as Okta does, and say what Okta would see. Exit code 1 where something stops it.

    Where this installation's database is at hand: also whether the keys here open the secrets stored in it.
    """
    address = url or settings_of(ctx).public_url
    if not address:
        raise NoUrl()
    findings = [*asyncio.run(_findings(address)), *_about_keys(ctx)]
    if asked(ctx).json:
        print_json(
            {
                "url": address,
                "ok": not _faults(findings),
                "findings": [
                    {"about": one.about, "level": one.level.value, "sentence": one.sentence}
                    for one in findings
                ],
            }
        )
    else:
        typer.secho(f"What an identity provider sees at {address}", bold=True)
        for one in findings:
            word = typer.style(f"{one.level.value:<8}", fg=_COLOURS[one.level.value])
            typer.echo(f"  {word} {one.about}: {one.sentence}")
        typer.echo("Nothing stops Okta." if not _faults(findings) else "Okta would not get through.")
    if _faults(findings):
        raise typer.Exit(1)


def _about_keys(ctx: typer.Context) -> list[Finding]:
    """Nothing where all secrets open, or there is no database yet."""
    from vestibule.key_ring import ring_for  # noqa: PLC0415
    from vestibule.rotating import why_not_opened  # noqa: PLC0415
    from vestibule.scim.errors import Unavailable  # noqa: PLC0415
    from vestibule.stores.url import SqliteUrl, parse_database_url  # noqa: PLC0415
    from vestibule.web.checkup import Finding, Level  # noqa: PLC0415

    settings = settings_of(ctx)
    named = parse_database_url(settings.database)
    if isinstance(named, SqliteUrl) and (named.path is None or not named.path.is_file()):
        return []

    async def work(store: ReceivingStore) -> str:
        ring = partial(ring_for, "secrets", settings.keys.get_secret_value(), store.tenancy.kept_key)
        return await why_not_opened(store.sealed, ring, "vestibule keys list")

    try:
        sentence = with_store(ctx, work)
    except (Refused, Unavailable) as refused:
        sentence = f"The stored secrets could not be looked at. {refused}"
    return [Finding("keys", Level.WARNING, sentence)] if sentence else []


def _faults(findings: list[Finding]) -> int:
    return sum(one.level.value == "fault" for one in findings)


async def _findings(url: str) -> list[Finding]:
    from vestibule.connectors.http import Outbound  # noqa: PLC0415
    from vestibule.web.checkup import REQUESTS, examine_address  # noqa: PLC0415

    found = list(examine_address(url))
    if any(one.about in ("address", "path") for one in found):
        return found
    outbound = Outbound({"Accept": "application/scim+json, application/json"}, timeout=_TIMEOUT_SECONDS)
    try:
        for path, examine in REQUESTS.items():
            seen = await _seen(outbound, url.rstrip("/") + path)
            found += examine(seen, url)
            if seen.failure:
                break
    finally:
        await outbound.close()
    return found


async def _seen(outbound: Outbound, url: str) -> Seen:
    from vestibule.connectors.http import NoAnswer  # noqa: PLC0415
    from vestibule.web.checkup import Seen  # noqa: PLC0415

    started = time.perf_counter()
    try:
        answer = await outbound.send("GET", url)
    except NoAnswer as failure:
        return Seen(failure=str(failure), seconds=time.perf_counter() - started)
    return Seen(answer.status, answer.headers, answer.body, time.perf_counter() - started)
