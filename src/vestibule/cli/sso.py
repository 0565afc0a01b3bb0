"""Single sign-on of a tenant: set it up, look at it, test it, renew certificates."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vestibule.cli.output import asked, done, print_json, say, show_one, show_rows
from vestibule.cli.sso_told import at_front, attempt_line, attempt_record, record_of
from vestibule.cli.tenant import TenantArgument

if TYPE_CHECKING:
    from vestibule.sign_on.front import Front
    from vestibule.sign_on.identity_provider import IdentityProvider
    from vestibule.sign_on.store import Attempt
    from vestibule.tenancy.desk import Desk
    from vestibule.tenancy.tenant import Tenant

app = typer.Typer(help="Single sign-on of a tenant: set it up, look at it, test it, renew certificates.")
certificate = typer.Typer(help="Our certificates, which the identity provider pins.")
app.add_typer(certificate, name="certificate")

_LOOK_SECONDS = 1.0


@app.command()
def show(ctx: typer.Context, tenant: TenantArgument) -> None:
    """What to enter at the identity provider, what is set up, certificates with their last day, recent attempts."""
    from vestibule.sign_on.setting_up import shown  # noqa: PLC0415

    async def work(front: Front, desk: Desk) -> dict[str, Any]:
        return record_of(await shown(front, await desk.tenant(tenant)))

    record = at_front(ctx, work)
    show_one(
        ctx,
        record,
        {
            "entityId": "Our entity id (Audience URI, Identifier)",
            "acsUrl": "Our ACS URL (Single sign-on URL, Reply URL)",
            "sloUrl": "Our logout address",
            "metadataUrl": "Our metadata",
            "oidcRedirectUrl": "Our redirect URI (OpenID Connect)",
            "loginUrl": "Where sign-on begins",
            "protocol": "Protocol",
            "issuer": "Identity provider",
            "metadataFrom": "Its metadata is read at",
            "workedAt": "Worked first",
            "emailAttribute": "E-mail attribute",
            "idpInitiated": "May start at the identity provider",
            "createsPeople": "Creates unknown people",
            "productUrl": "People go to",
            "sessionHours": "Hours of a session",
        },
    )
    if not asked(ctx).json:
        for pair in record["certificates"]:
            said = f"{pair['whose']} certificate {pair['fingerprint'][:23]}…"
            typer.echo(f"{said} until {pair['notAfter']} ({pair['daysLeft']} days)")
        for warning in record["warnings"]:
            say(warning)
        for attempt in record["attempts"][:10]:
            typer.echo(attempt_line(attempt))


@app.command("set")
def set_up(
    ctx: typer.Context,
    tenant: TenantArgument,
    metadata: Annotated[
        str | None,
        typer.Option(metavar="URL|FILE|-", help="The identity provider's SAML metadata; - reads it here."),
    ] = None,
    entity_id: Annotated[str | None, typer.Option(help="Its entity id (Issuer), without metadata.")] = None,
    sso_url: Annotated[str | None, typer.Option(help="Its sign-on address, without metadata.")] = None,
    slo_url: Annotated[str, typer.Option(help="Its logout address, without metadata.")] = "",
    cert: Annotated[
        str | None, typer.Option(metavar="FILE", help="Its certificate (PEM), without metadata.")
    ] = None,
    issuer: Annotated[str | None, typer.Option(help="The issuer of an OpenID Connect provider.")] = None,
    client_id: Annotated[str, typer.Option(help="Our client id there.")] = "",
    client_secret_file: Annotated[
        str | None, typer.Option(metavar="FILE|-", help="The client's secret; - reads it here.")
    ] = None,
    own_addresses: Annotated[
        bool | None,
        typer.Option(
            "--own-addresses/--shared-addresses",
            help="A further environment of a company, where the product has one ACS URL for all: give it its own.",
        ),
    ] = None,
) -> None:
    """Set sign-on up: SAML by metadata (or field by field), or OpenID Connect by issuer and client."""
    from vestibule.sign_on.errors import SetupRefused  # noqa: PLC0415
    from vestibule.sign_on.identity_provider import entered, read_metadata  # noqa: PLC0415
    from vestibule.sign_on.setting_up import metadata_at, set_up_openid, set_up_saml  # noqa: PLC0415
    from vestibule.sign_on.setup import OpenIdProvider  # noqa: PLC0415

    async def provider(front: Front) -> IdentityProvider:
        if metadata and metadata.startswith(("https://", "http://")):
            return await metadata_at(front, metadata)
        if metadata:
            return read_metadata(_read(metadata).encode())
        if entity_id and sso_url and cert:
            return entered(entity_id, sso_url, _read(cert), slo_url=slo_url)
        raise SetupRefused(
            "Give --metadata URL or FILE; or --entity-id, --sso-url and --cert; or, for OpenID Connect, --issuer and --client-id."
        )

    async def work(front: Front, desk: Desk) -> tuple[Tenant, dict[str, Any]]:
        found = await desk.tenant(tenant)
        if issuer:
            secret = _read(client_secret_file).strip() if client_secret_file else ""
            setup = await set_up_openid(front, found, desk.actor, OpenIdProvider(issuer, client_id), secret)
        else:
            read = await provider(front)
            url = metadata if metadata and metadata.startswith("http") else ""
            setup = await set_up_saml(
                front, found, desk.actor, read, metadata_url=url, own_addresses=own_addresses
            )
        return found, setup.as_document()

    found, record = at_front(ctx, work)
    done(ctx, f"Sign-on of tenant {found.slug} is set up.", record)
    say(f"Next: vestibule sso test {found.slug}")


@app.command()
def choose(
    ctx: typer.Context,
    tenant: TenantArgument,
    email_attribute: Annotated[
        str | None,
        typer.Option(help='The attribute or claim with the e-mail address; "" tries the usual ones.'),
    ] = None,
    idp_initiated: Annotated[
        bool | None,
        typer.Option(
            "--idp-initiated/--no-idp-initiated", help="Sign-on may start at the identity provider."
        ),
    ] = None,
    creates_people: Annotated[
        bool | None,
        typer.Option(
            "--creates-people/--no-creates-people", help="Who is unknown is created, never who was deleted."
        ),
    ] = None,
    product_url: Annotated[str | None, typer.Option(help="Where people go once they are signed on.")] = None,
    session_hours: Annotated[int | None, typer.Option(help="How long a session lasts.")] = None,
) -> None:
    """Change what a tenant chose; what is not named stays."""
    from dataclasses import replace  # noqa: PLC0415

    from vestibule.sign_on.setting_up import choose as change  # noqa: PLC0415

    given = {
        "email_attribute": email_attribute,
        "idp_initiated": idp_initiated,
        "creates_people": creates_people,
        "product_url": product_url,
        "session_hours": session_hours,
    }

    async def work(front: Front, desk: Desk) -> tuple[Tenant, dict[str, Any]]:
        found = await desk.tenant(tenant)
        setup, _ = await front.setup_of(found)
        wanted: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        changed = await change(front, found, desk.actor, replace(setup.choices, **wanted))
        return found, changed.as_document()

    found, record = at_front(ctx, work)
    done(ctx, f"The choices of tenant {found.slug} are kept.", record)


@app.command()
def remove(ctx: typer.Context, tenant: TenantArgument) -> None:
    """Take sign-on away: nobody comes in by it any more, and all sessions end."""
    from vestibule.sign_on.setting_up import remove_setup  # noqa: PLC0415

    async def work(front: Front, desk: Desk) -> Tenant:
        found = await desk.tenant(tenant)
        await remove_setup(front, found, desk.actor)
        return found

    found = at_front(ctx, work)
    done(ctx, f"Sign-on of tenant {found.slug} is removed.", {"slug": found.slug})


@app.command("test")
def sign_on_test(
    ctx: typer.Context,
    tenant: TenantArgument,
    wait: Annotated[
        int, typer.Option(min=0, max=600, help="Seconds to wait for the outcome; 0 prints the link alone.")
    ] = 0,
) -> None:
    """Print a link that tests sign-on in a browser; with --wait also what came, both values side by side."""
    from vestibule.sign_on.setting_up import make_test  # noqa: PLC0415

    async def made(front: Front, desk: Desk) -> tuple[str, int]:
        found = await desk.tenant(tenant)
        before = await front.store.attempts(found.id, limit=1)
        return await make_test(front, found), before[0].seq if before else 0

    async def came(front: Front, desk: Desk) -> list[Attempt]:
        found = await desk.tenant(tenant)
        return [one for one in await front.store.attempts(found.id) if one.is_test and one.seq > last]

    link, last = at_front(ctx, made)
    if wait == 0:
        done(ctx, link, {"link": link})
        return
    say(f"Open this link in a browser and sign in: {link}")
    ends = time.monotonic() + wait
    while not (found := at_front(ctx, came)):
        if time.monotonic() > ends:
            say("Nothing came.")
            raise typer.Exit(1)
        time.sleep(_LOOK_SECONDS)
    attempt = attempt_record(found[0])
    if asked(ctx).json:
        print_json(attempt)
    else:
        typer.echo(attempt_line(attempt))
    raise typer.Exit(0 if not attempt["rule"] else 1)


@app.command()
def attempts(ctx: typer.Context, tenant: TenantArgument) -> None:
    """The newest sign-ins: what came, whom it meant, and why nobody came in."""

    async def work(front: Front, desk: Desk) -> list[dict[str, Any]]:
        found = await desk.tenant(tenant)
        return [attempt_record(one) for one in await front.store.attempts(found.id, limit=200)]

    columns = {
        "at": "WHEN",
        "outcome": "OUTCOME",
        "email": "SIGN-ON SENT",
        "userName": "PROVISIONED",
        "cause": "CAUSE",
    }
    show_rows(ctx, at_front(ctx, work), columns, nothing="Nobody has tried to sign on yet.")


@certificate.command("list")
def list_certificates(ctx: typer.Context, tenant: TenantArgument) -> None:
    """Ours and the identity provider's, with the days that are left."""
    from vestibule.sign_on.setting_up import shown  # noqa: PLC0415

    async def work(front: Front, desk: Desk) -> list[dict[str, Any]]:
        certificates: list[dict[str, Any]] = record_of(await shown(front, await desk.tenant(tenant)))[
            "certificates"
        ]
        return certificates

    columns = {
        "whose": "WHOSE",
        "id": "ID",
        "notAfter": "UNTIL",
        "daysLeft": "DAYS LEFT",
        "fingerprint": "SHA-256",
    }
    show_rows(ctx, at_front(ctx, work), columns, nothing="There is none.")


@certificate.command()
def renew(ctx: typer.Context, tenant: TenantArgument) -> None:
    """Make a new one of ours beside the old: it signs from now on; metadata shows both until the old one is removed."""
    from vestibule.sign_on.setting_up import renew_certificate  # noqa: PLC0415

    async def work(front: Front, desk: Desk) -> str:
        return await renew_certificate(front, await desk.tenant(tenant), desk.actor)

    id = at_front(ctx, work)
    done(ctx, f"Certificate {id} signs from now on. Give the identity provider the new metadata.", {"id": id})


@certificate.command("remove")
def remove_certificate(
    ctx: typer.Context,
    tenant: TenantArgument,
    id: Annotated[str, typer.Argument(help="Its id in `certificate list`.")],
) -> None:
    """Forget an old one of ours, once the identity provider knows the new."""
    from vestibule.sign_on import setting_up  # noqa: PLC0415

    async def work(front: Front, desk: Desk) -> None:
        await setting_up.remove_certificate(front, await desk.tenant(tenant), desk.actor, id)

    at_front(ctx, work)
    done(ctx, f"Certificate {id} is removed.", {"id": id})


@app.command("dev-idp")
def dev_idp(
    port: Annotated[
        int, typer.Option(min=1, max=65535, help="Where it listens, on this machine alone.")
    ] = 8900,
    person: Annotated[list[str] | None, typer.Option(help="An e-mail address to offer; repeat it.")] = None,
) -> None:
    """Run an identity provider for development: whoever is picked is signed on. Never for real people."""
    import uvicorn  # noqa: PLC0415

    from vestibule.clock import utc_clock  # noqa: PLC0415
    from vestibule.dev_idp.application import DevelopmentIdp, Person  # noqa: PLC0415
    from vestibule.sign_on.certificate import new_key_pair  # noqa: PLC0415
    from vestibule.sign_on.moment import moment  # noqa: PLC0415

    base = f"http://127.0.0.1:{port}"
    people = [Person(email) for email in person or ["ada@example.com"]]
    provider = DevelopmentIdp(base, new_key_pair("Development", moment(utc_clock()())), people)
    say(f"Its metadata, with a new key each time it starts: {base}/metadata")
    say(f"VESTIBULE_ALLOWED_NETWORKS=127.0.0.0/8 vestibule sso set TENANT --metadata {base}/metadata")
    uvicorn.run(provider.application(), host="127.0.0.1", port=port, log_level="warning")


def _read(place: str | None) -> str:
    """The text of a file, or of standard input where it is ``-``. ``SetupRefused`` where it cannot be read."""
    import sys  # noqa: PLC0415
    from pathlib import Path  # noqa: PLC0415

    from vestibule.sign_on.errors import SetupRefused  # noqa: PLC0415

    if place == "-":
        return sys.stdin.read()
    try:
        return Path(place or "").read_text("utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise SetupRefused(f"{place} cannot be read: {getattr(fault, 'strerror', None) or fault}.") from None
