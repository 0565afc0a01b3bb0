"""Google by a service account's key in place of a consent: no person is tied to it (G6)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from tests.doubles.google import user
from tests.linking.places import ACTOR, Place
from vestibule.linking.connecting import NoSuchService, Offered
from vestibule.linking.connector import ConsentRefused
from vestibule.linking.linked_account import LinkState
from vestibule.linking.service_connection import ConnectionState

ROBOT = "robot@project.iam.gserviceaccount.com"
ADMIN = "admin@corp.test"
KEY = RSAKey.generate_key(2048)


def key_file(**changed: Any) -> str:
    """As Google Cloud gives it."""
    given = {
        "type": "service_account",
        "client_email": ROBOT,
        "private_key": KEY.as_pem(private=True).decode(),
        "private_key_id": "k9",
        "token_uri": "http://169.254.169.254/token",
    }
    return json.dumps({**given, **changed})


async def offered(here: Place, key: str, acting_as: str = ADMIN, service: str = "google") -> Offered:
    """What the key opens."""
    here.google.service_accounts[ROBOT] = KEY.as_pem(private=False).decode()
    profile = await here.site.desk.profile_of(here.tenant.record)
    return await here.connecting.with_key(here.tenant.record.id, profile, service, ACTOR, key, acting_as)


async def test_from_the_key_to_linked_and_on_after_the_token_has_ended(here: Place) -> None:
    here.google.delegated = {ROBOT}
    here.google.add(user("2", "ana@corp.test", "Ana"))
    await here.hire("ana", google="ana@corp.test")
    found = await offered(here, key_file())
    assert (found.workspace.id, found.workspace.domain) == ("C1", "corp.test")
    assert found.granted_by == f"{ROBOT} as {ADMIN}"
    assert not await here.store.connections(here.tenant.record.id)
    await here.connecting.confirm("google", found.code, ACTOR)
    await here.settle()
    assert (await here.account("ana", "google")).state is LinkState.LINKED
    sealed = await here.store.credentials(here.tenant.record.id, "google")
    assert b"PRIVATE KEY" not in sealed
    here.clock.now += 7 * 3600
    here.google.tokens.clear()
    await here.settle()
    connection = await here.store.connection(here.tenant.record.id, "google")
    assert (connection.state, connection.reason) == (ConnectionState.CONNECTED, "")
    here.google.users["1"]["suspended"] = True
    here.google.tokens.clear()
    here.clock.now += 7 * 3600
    await here.settle()
    connection = await here.store.connection(here.tenant.record.id, "google")
    assert connection.state is ConnectionState.RECONNECT_NEEDED
    assert "is suspended" in connection.reason


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("", "it is not JSON"),
        ("[]", 'its "type" is not "service_account"'),
        (key_file(type="authorized_user"), 'its "type" is not "service_account"'),
        (key_file(client_email=None), "has no client_email"),
        (key_file(private_key="none"), "private_key of the key file cannot be read"),
        (
            key_file(private_key=KEY.as_pem(private=False).decode()),
            "private_key of the key file cannot be read",
        ),
        (
            key_file(private_key=RSAKey.generate_key(2048).as_pem(private=True).decode()),
            "does not accept the key",
        ),
        (key_file() + " " * 20_000, "too long"),
    ],
    ids=[
        "nothing",
        "a list",
        "another type",
        "no address",
        "no key",
        "a public key",
        "another key",
        "too long",
    ],
)
async def test_a_key_that_is_none_is_told(here: Place, key: str, says: str) -> None:
    here.google.delegated = {ROBOT}
    with pytest.raises(ConsentRefused, match=says):
        await offered(here, key)


async def test_without_delegation_or_as_nobody_it_opens_nothing(here: Place) -> None:
    with pytest.raises(ConsentRefused, match="Domain-wide delegation"):
        await offered(here, key_file())
    here.google.delegated = {ROBOT}
    here.google.add(user("2", "ana@corp.test", "Ana"))
    with pytest.raises(ConsentRefused, match="is no administrator"):
        await offered(here, key_file(), "ana@corp.test")
    with pytest.raises(ConsentRefused, match="is not there"):
        await offered(here, key_file(), "nobody@corp.test")
    with pytest.raises(ConsentRefused, match="by their address"):
        await offered(here, key_file(), "admin")


async def test_slack_takes_no_key(here: Place) -> None:
    with pytest.raises(NoSuchService, match="not by a key"):
        await offered(here, key_file(), service="slack")
