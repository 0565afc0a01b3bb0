"""The bearer token → the tenant it may speak for, or the refusal that says why not."""

from __future__ import annotations

from vestibule.directory.store import LookAhead
from vestibule.profiles.profile import ApplicationProfile
from vestibule.profiles.shelf import ProfileShelf
from vestibule.tenancy.admission import Admission
from vestibule.tenancy.gate import presented_refusal, refusal, unknown_token
from vestibule.tenancy.store import TenancyStore
from vestibule.tenancy.token import Presented, read_authorization
from vestibule.web.exchange import Exchange

#: Headers whose reading is remembered: hashing and checking one costs as much as a point read.
_REMEMBERED = 4096


class Authentication:
    """Admits or refuses, on every request anew, so that a revocation holds at once.

    The store hands out what it read before only while nobody has committed anything since.
    """

    def __init__(self, store: TenancyStore, profiles: ProfileShelf) -> None:
        self._store = store
        self._profiles = profiles
        self.looks_ahead = store.looks_ahead
        self._presented: dict[bytes, Presented] = {}
        self._passed: dict[tuple[bytes, str | None], tuple[Admission, ApplicationProfile]] = {}

    async def admit(
        self, exchange: Exchange, slug: str | None, ahead: LookAhead | None = None
    ) -> tuple[Admission, ApplicationProfile]:
        """Who calls and with which profile. Raises Unauthorized or Forbidden in the words of the gate.

        ``slug`` is the tenant of the Tenant URL, None for the address that all tenants share. What
        ``ahead`` asks for is read on the way, where the store does so.
        """
        presented = self._read(exchange.headers.get(b"authorization", b""))
        refused = presented_refusal(presented)
        if refused is not None:
            raise refused
        if ahead is None:
            admission = await self._store.admit(presented.hash)
        else:
            admission = await self._store.admit(presented.hash, ahead)
        if admission is None:
            raise unknown_token()
        exchange.admission = admission
        before = self._passed.get((presented.hash, slug))
        # The very same value is handed out again only while nobody has committed anything.
        if before is not None and before[0] is admission and not _has_expired(admission, exchange.at):
            profile = before[1]
        else:
            profile = await self._pass(admission, slug, exchange.at)
            if len(self._passed) >= _REMEMBERED:
                self._passed.clear()
            self._passed[presented.hash, slug] = admission, profile
        self.touch(admission, exchange.at)
        return admission, profile

    def admit_at_once(
        self, exchange: Exchange, slug: str | None
    ) -> tuple[Admission, ApplicationProfile] | None:
        """``admit`` where it waits for nothing; None where it does."""
        going = self.admit(exchange, slug)
        try:
            going.send(None)
        except StopIteration as done:
            admitted: tuple[Admission, ApplicationProfile] = done.value
            return admitted
        going.close()
        return None

    def hash_of(self, exchange: Exchange) -> bytes:
        """The hash of the token that is shown."""
        return self._read(exchange.headers.get(b"authorization", b"")).hash

    def touch(self, admission: Admission, at: str) -> None:
        """Note that its token was used."""
        self._store.touch_last_used(admission.token, at)

    def note_recognised(self, connection: int, dialect: str, why: str, at: str) -> None:
        """Keep with the connection what its traffic has shown; from the next requests on it is admitted with it."""
        self._store.note_recognised(connection, dialect, why, at)

    async def _pass(self, admission: Admission, slug: str | None, now: str) -> ApplicationProfile:
        profile = self._profiles.compiled(admission.profile, admission.profile_version)
        if profile is None:
            profile = await self._profiles.compile(admission.profile, admission.profile_version)
        no = refusal(admission, profile, slug, now)
        if no is not None:
            raise no
        return profile

    def _read(self, header: bytes) -> Presented:
        known = self._presented.get(header)
        if known is None:
            known = read_authorization(header.decode("latin-1"))
            if len(self._presented) >= _REMEMBERED:
                self._presented.clear()
            if len(header) <= 512:
                self._presented[header] = known
        return known


def _has_expired(admission: Admission, now: str) -> bool:
    return admission.expires_at is not None and admission.expires_at <= now
