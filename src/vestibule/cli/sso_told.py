"""The front over the database of this call, and how sign-on is told: records for ``--json``, lines for people."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

import typer

from vestibule.cli.database import settings_of, with_store
from vestibule.cli.public_url import public_url_of

if TYPE_CHECKING:
    from vestibule.sign_on.front import Front
    from vestibule.sign_on.setting_up import Shown
    from vestibule.sign_on.store import Attempt
    from vestibule.stores.receiving import ReceivingStore
    from vestibule.tenancy.desk import Desk

T = TypeVar("T")


def at_front(ctx: typer.Context, work: Callable[[Front, Desk], Awaitable[T]]) -> T:
    """What ``work`` gives, handed the front and the desk over the database of this call."""

    async def worked(store: ReceivingStore) -> T:
        return await work(*await front_over(ctx, store))

    return with_store(ctx, worked)


async def front_over(ctx: typer.Context, store: ReceivingStore) -> tuple[Front, Desk]:
    """Where people are signed on, for whoever runs this command."""
    from vestibule.cli.desk import desk_over  # noqa: PLC0415
    from vestibule.connectors.address_guard import AddressGuard, networks_of  # noqa: PLC0415
    from vestibule.connectors.fetch import Fetch  # noqa: PLC0415
    from vestibule.identifiers import new_resource_id  # noqa: PLC0415
    from vestibule.key_ring import KeyRing, new_key  # noqa: PLC0415
    from vestibule.sign_on.front import Front  # noqa: PLC0415

    desk, settings = desk_over(store), settings_of(ctx)

    async def keys() -> KeyRing:
        given = settings.keys.get_secret_value()
        return KeyRing.from_text(given or await store.tenancy.kept_key("secrets", new_key()))

    public_url = await public_url_of(settings, store.tenancy)
    front = Front(
        store.sign_on,
        store.tenancy,
        store.directory,
        desk.profiles,
        keys,
        Fetch(AddressGuard(networks_of(settings.allowed_networks))),
        desk.clock,
        desk.random,
        new_resource_id,
        lambda: public_url,
    )
    return front, desk


def record_of(all_of_it: Shown) -> dict[str, Any]:
    """What ``--json`` prints of a tenant's sign-on."""
    us, setup, stored = all_of_it.us, all_of_it.setup, all_of_it.stored
    document = setup.as_document() if setup else {}
    ours = [("our", id, state) for id, state in all_of_it.our_certificates]
    theirs = [("their", "", state) for state in all_of_it.their_certificates]
    return {
        "entityId": us.entity_id,
        "acsUrl": us.acs_url,
        "sloUrl": us.slo_url,
        "metadataUrl": us.metadata_url,
        "oidcRedirectUrl": us.oidc_redirect_url,
        "loginUrl": us.login_url,
        "protocol": document.get("protocol"),
        "issuer": setup.issuer if setup else None,
        "metadataFrom": document.get("metadataUrl"),
        "workedAt": stored.worked_at if stored else None,
        "emailAttribute": document.get("emailAttribute"),
        "idpInitiated": document.get("idpInitiated"),
        "createsPeople": document.get("createsPeople"),
        "productUrl": document.get("productUrl"),
        "sessionHours": document.get("sessionHours"),
        "certificates": [
            {
                "whose": whose,
                "id": id,
                "subject": state.subject,
                "fingerprint": state.fingerprint,
                "notAfter": state.not_after,
                "daysLeft": state.days_left,
            }
            for whose, id, state in [*ours, *theirs]
        ],
        "warnings": list(all_of_it.warnings),
        "attempts": [attempt_record(attempt) for attempt in all_of_it.attempts],
    }


def attempt_record(attempt: Attempt) -> dict[str, Any]:
    """An attempt as ``--json`` prints it."""
    payload = attempt.payload or {}
    return {
        "at": attempt.at,
        "outcome": attempt.rule or "signed on",
        "rule": attempt.rule,
        "test": attempt.is_test,
        "email": payload.get("email"),
        "source": payload.get("source"),
        "subject": payload.get("subject"),
        "userName": payload.get("userName"),
        "cause": payload.get("cause"),
        "person": attempt.person or None,
        "request": attempt.request_id,
    }


def attempt_line(attempt: dict[str, Any]) -> str:
    """One attempt in a line: both values side by side, and the cause."""
    values = f"sign-on sent {attempt['email'] or '—'} · provisioned {attempt['userName'] or '—'}"
    what = "test" if attempt["test"] else "sign-in"
    return f"{attempt['at']}  {what} {attempt['outcome']}: {values}{'. ' + attempt['cause'] if attempt['cause'] else ''}"
