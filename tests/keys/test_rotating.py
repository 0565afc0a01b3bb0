"""Keys are changed: whatever was sealed anywhere is sealed anew, in steps, and the old key can go."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.conftest import hand
from tests.cli.conftest import CommandLine
from tests.database import STORES
from tests.installation import Site, installation
from vestibule.cli.kept_keys import KeptInDatabase
from vestibule.directory.change import AuditEntry
from vestibule.key_ring import KeyRing, key_name, new_key
from vestibule.linking.connecting import open_credentials, seal_credentials
from vestibule.linking.service_connection import (
    ConnectionState,
    Consent,
    Credentials,
    ServiceConnection,
    Workspace,
)
from vestibule.rotating import change_kept_keys, counted, rotate, rotate_all
from vestibule.security_events.streams import add_stream
from vestibule.sign_on.front import key_place, secret_place
from vestibule.sign_on.store import StoredKeyPair, StoredSetup
from vestibule.stores.shared_sql.sealed import NOT_SEALED, RECEIVING_SEALED, SENDING_SEALED
from vestibule.webhooks.endpoints import add_endpoint, roll_secret

SOURCE = Path(__file__).parents[2] / "src" / "vestibule"
AT, LATER = "2026-01-02T03:04:05.000Z", "2099-01-01T00:00:00.000Z"
ENTRY = AuditEntry("operator:test", "test", "Tenant", "corp")
_TABLE = re.compile(r"CREATE TABLE (?:IF NOT EXISTS )?(\w+) \((.*?)\n\)", re.S)
_BYTES = re.compile(r"^\s+(\w+) (?:BLOB|bytea)\b", re.M)
_ADDED = re.compile(r"ALTER TABLE (\w+) ADD COLUMN (\w+) (?:BLOB|bytea)")


@pytest.mark.parametrize("store", ["sqlite", "postgresql"])
@pytest.mark.parametrize("side", ["receiving", "sending"])
def test_every_column_of_bytes_is_declared_sealed_or_not(store: str, side: str) -> None:
    text = "\n".join(
        step.read_text("utf-8")
        for step in sorted((SOURCE / "stores" / store / "migrations" / side).glob("*.sql"))
    )
    found = {f"{table}.{column}" for table, body in _TABLE.findall(text) for column in _BYTES.findall(body)}
    found |= {f"{table}.{column}" for table, column in _ADDED.findall(text)}
    assert found
    sealed = {
        f"{one.table}.{one.column}" for one in (RECEIVING_SEALED if side == "receiving" else SENDING_SEALED)
    }
    assert sealed <= found
    undeclared = found - sealed - set(NOT_SEALED)
    assert not undeclared, f"say in stores/shared_sql/sealed.py whether they are sealed: {sorted(undeclared)}"


@pytest.fixture(params=STORES)
async def site(request: pytest.FixtureRequest) -> AsyncIterator[Site]:
    """On a database of its own."""
    place = request.getfixturevalue("postgresql") if request.param == "postgresql" else "sqlite://"
    async with installation(place, security_events=True) as made:
        yield made


async def _seal_everywhere(site: Site, ring: KeyRing) -> None:
    """By the rooms' own functions where they seal themselves; the rest bound to what they say it is bound to."""
    tenant = await site.tenant("generic", "corp")
    store, here = site.application.store, tenant.record.id
    secret = ring.seal("client secret", *secret_place(here))
    await store.sign_on.put_setup(
        StoredSetup(here, "https://idp.test", {}, secret, AT, "", "", AT), ENTRY, AT
    )
    pair = ring.seal("private key", *key_place(here, "k1"))
    await store.sign_on.add_key_pair(StoredKeyPair(here, "k1", "certificate", pair, AT), ENTRY, AT)
    credentials = seal_credentials(ring, here, "slack", Credentials({"token": "xoxb"}))
    connected = ServiceConnection(
        here, "slack", ConnectionState.CONNECTED, Workspace("T1", "Corp"), "operator:test", AT
    )
    await store.linking.put_connection(connected, credentials, ENTRY, AT)
    consent = Consent(b"digest", here, "slack", "verifier", "nonce", "operator:test", LATER)
    await store.linking.add_consent(consent, ring.seal("{}", "service_consent", b"digest".hex()), AT)
    desk = site.application.premises.webhook_desk("operator:test")
    endpoint = (await add_endpoint(desk, "https://8.8.8.8/hook", tenant=here)).endpoint
    await roll_secret(desk, endpoint)
    streams = site.application.premises.stream_desk("operator:test")
    await add_stream(streams, tenant.record.id, url="https://8.8.8.8/events", authorization="Bearer secret")
    api = await hand(site)
    made = await api("POST", "/tenants/corp/setup-links", {}, {"Idempotency-Key": "once"})
    assert made.status == 201, made.json


async def _sealed_by(site: Site, ring: KeyRing) -> dict[str, set[str]]:
    """The names of the keys by column; each value is opened where it stands."""
    values, found = site.application.store.sealed, dict[str, set[str]]()
    for column in values.columns:
        for value in await values.after(column, None, 100):
            assert ring.open(value.sealed, *value.place)
            found.setdefault(column, set()).add(key_name(value.sealed))
    return found


async def test_everything_that_is_sealed_anywhere_is_sealed_anew_and_the_old_key_can_go(site: Site) -> None:
    store = site.application.store
    kept = KeptInDatabase(store.tenancy, store.sealed, "secrets")
    old = KeyRing.from_text(",".join(await kept.read()))
    await _seal_everywhere(site, old)
    before = await _sealed_by(site, old)
    assert set(before) == set(store.sealed.columns), "a declared column is not tried here"
    assert {name for names in before.values() for name in names} == set(old.names)

    done = await change_kept_keys(store.sealed, kept)
    assert (done.renewed, done.unopened) == (len(store.sealed.columns), {})
    keys = await kept.read()
    newest = KeyRing.from_text(",".join(keys))
    assert len(keys) == 1
    assert newest.names != old.names
    after = await _sealed_by(site, newest)
    assert {name for names in after.values() for name in names} == set(newest.names)
    found = await store.linking.credentials((await site.desk.tenant("corp")).id, "slack")
    assert found is not None
    assert open_credentials(newest, (await site.desk.tenant("corp")).id, "slack", found).values == {
        "token": "xoxb"
    }
    api = await hand(site)
    assert (await api("GET", "/webhooks?tenant=corp")).status == 200
    trail = [entry.action for entry in await store.log.audit(None)]
    assert trail.count("keys.rotated") == 2


async def test_one_that_was_left_half_way_is_gone_on_with(site: Site) -> None:
    store = site.application.store
    kept = KeptInDatabase(store.tenancy, store.sealed, "secrets")
    await _seal_everywhere(site, KeyRing.from_text(",".join(await kept.read())))
    (old,) = await kept.read()
    fresh = new_key()
    await kept.write((old,), (fresh, old))
    both = KeyRing.from_text(f"{fresh},{old}")
    killed = 0

    class Killed(Exception):
        pass

    def progress(column: str, renewed: int) -> None:
        nonlocal killed
        killed = renewed
        if renewed == 3:
            raise Killed

    with pytest.raises(Killed):
        await rotate(store.sealed, both, progress)
    assert killed == 3
    assert await _sealed_by(site, both)
    done = await change_kept_keys(store.sealed, kept)
    assert done.renewed == len(store.sealed.columns) - 3
    assert await kept.read() == (fresh,)
    assert await _sealed_by(site, KeyRing.from_text(fresh))


async def test_what_no_key_opens_is_told_and_the_old_keys_stay(site: Site) -> None:
    store = site.application.store
    kept = KeptInDatabase(store.tenancy, store.sealed, "secrets")
    await _seal_everywhere(site, KeyRing.from_text(",".join(await kept.read())))
    stranger = KeyRing.from_text(new_key())
    (value,) = await store.sealed.after("sign_on.secret", None, 10)
    assert await store.sealed.put("sign_on.secret", value, stranger.seal("lost", *value.place))
    assert not await store.sealed.put("sign_on.secret", value, b"what was changed meanwhile is left alone")
    done = await change_kept_keys(store.sealed, kept)
    assert (done.renewed, done.unopened) == (len(store.sealed.columns) - 1, {"sign_on.secret": 1})
    assert len(await kept.read()) == 2
    told = await counted(store.sealed)
    assert told[stranger.names[0], "sign_on.secret"] == 1


async def test_given_keys_are_changed_by_putting_one_in_front() -> None:
    old, fresh = new_key(), new_key()
    async with installation("sqlite://", keys=old, security_events=True) as site:
        await _seal_everywhere(site, KeyRing.from_text(old))
        store: Any = site.application.store
        await rotate_all(store.sealed, KeyRing.from_text(f"{fresh},{old}"))
        assert await _sealed_by(site, KeyRing.from_text(fresh))


def test_the_commands_change_both_sides(cli: CommandLine, tmp_path: Path) -> None:
    cli("tenant", "create", "corp", "--profile", "generic")
    (line,) = cli("keys", "list", "--json").json
    said = cli("keys", "rotate")
    assert (said.code, said.out) == (
        0,
        "0 secrets were sealed anew. Every one that opens is sealed by the newest key.\n",
    )
    (after,) = cli("keys", "list", "--json").json
    assert after["key"] != line["key"]
    where = ("--url", "http://127.0.0.1:9/scim/v2", "--token", "t")
    added = cli("app", "add", "corp", "--profile", "generic", *where)
    assert added.code == 0, added.err
    before = (tmp_path / "directory.key").read_text()
    listed = cli("keys", "list", "--directory", "--json").json
    assert listed[0]["sealed"] == 1
    assert cli("keys", "rotate", "--directory").code == 0
    assert (tmp_path / "directory.key").read_text() != before
    assert (tmp_path / "directory.key").stat().st_mode & 0o777 == 0o600
    assert cli("keys", "list", "--directory", "--json").json[0]["sealed"] == listed[0]["sealed"]
    assert cli("app", "list").code == 0
    assert len(cli("keys", "new").out.strip()) == 44
