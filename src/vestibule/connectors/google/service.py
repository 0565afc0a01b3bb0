"""Google Workspace as a ``linking.connector.Service``: consent, users, look-ups (G1–G17)."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

import httpx2
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from vestibule.connectors.google.member import member_of
from vestibule.connectors.google.refusals import why_refused
from vestibule.connectors.google.service_account import GRANT_TYPE, as_values, assertion, read_key
from vestibule.connectors.http import Answer, NoAnswer, Outbound
from vestibule.linking.connector import (
    ConsentRefused,
    MemberPage,
    ReconnectNeeded,
    Registration,
    TokenEnded,
    TryLater,
)
from vestibule.linking.linked_account import Member
from vestibule.linking.service_connection import Credentials, Granted, Workspace

DIRECTORY_SCOPE = "https://www.googleapis.com/auth/admin.directory.user.readonly"
_SCOPES = ("openid", "email", DIRECTORY_SCOPE)
_FIELDS = (
    "id,primaryEmail,aliases,nonEditableAliases,name/fullName,suspended,suspensionReason,archived,isAdmin,"
    "isDelegatedAdmin,isGuestUser,customerId"
)
_PAGE = 500
#: So many of a page are read before requests have their turn.
_STEP = 100
_TIMEOUT_SECONDS = 20.0
_RENEW_BEFORE = timedelta(minutes=5)
_LEEWAY_SECONDS = 60
_FORM = {"content-type": "application/x-www-form-urlencoded"}

#: Reasons that ask for patience (G12).
_PATIENCE = frozenset(
    {"userRateLimitExceeded", "rateLimitExceeded", "quotaExceeded", "backendError", "internalError"}
)


class GoogleService:
    """One registered Google client. ``transport`` takes the network's place in tests."""

    name = "google"
    label = "Google Workspace"
    has_domains = True

    def __init__(
        self,
        registration: Registration,
        transport: httpx2.AsyncBaseTransport | None = None,
        seconds: Callable[[], float] = time.time,
    ) -> None:
        self._registration = registration
        self._seconds = seconds
        self._addresses = registration.addresses
        self._http = Outbound({}, timeout=_TIMEOUT_SECONDS, longest_seconds=60.0, transport=transport)

    @property
    def client_id(self) -> str:
        """As it is registered."""
        return self._registration.client_id

    def why_refused(self, error: str) -> str:
        """Google's word for a refusal, explained (G3)."""
        return why_refused(error, self.client_id)

    def consent_url(self, redirect_uri: str, state: str, verifier: str, nonce: str) -> str:
        """Google's page, with PKCE; ``prompt=consent`` so that a refresh token comes back again (G1)."""
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=")
        asked = {
            "response_type": "code",
            "client_id": self._registration.client_id,
            "redirect_uri": redirect_uri,
            "scope": " ".join(_SCOPES),
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge.decode(),
            "code_challenge_method": "S256",
            "access_type": "offline",
            "prompt": "consent",
            "include_granted_scopes": "true",
        }
        return f"{self._addresses['authorize_url']}?{urlencode(asked)}"

    async def granted(self, code: str, redirect_uri: str, verifier: str, nonce: str) -> Granted:
        """Exchange the code (G2–G4). ``ConsentRefused`` unless an administrator of a Workspace consented."""
        try:
            answer = await self._token(
                {
                    "grant_type": "authorization_code",
                    "code": code,
                    "redirect_uri": redirect_uri,
                    "code_verifier": verifier,
                }
            )
            return await self._granted(answer, nonce)
        except TryLater as later:
            raise ConsentRefused(f"{later.reason} Press Connect again in a minute.") from None
        except ReconnectNeeded as needed:
            raise ConsentRefused(needed.reason) from None
        except TokenEnded:
            raise ConsentRefused("Google took its consent back at once. Press Connect again.") from None

    async def keyed(self, key: str, subject: str) -> Granted:
        """By a service account's key file, acting as an administrator (G6). ``ConsentRefused`` says what to mend."""
        if "@" not in subject:
            raise ConsentRefused("Name the administrator to act as by their address.")
        values = as_values(read_key(key), subject)
        try:
            credentials = await self._delegated(values, datetime.fromtimestamp(self._seconds(), UTC))
            user = await self._user(credentials, subject)
        except TryLater as later:
            raise ConsentRefused(f"{later.reason} Try again in a minute.") from None
        except ReconnectNeeded as needed:
            raise ConsentRefused(needed.reason) from None
        except TokenEnded:
            raise ConsentRefused("Google took its token back at once. Try again.") from None
        if user is None or not (user.get("isAdmin") or user.get("isDelegatedAdmin")):
            raise ConsentRefused(
                f"{subject} is no administrator of this Workspace. Name somebody who may read its users (a super "
                "administrator, or a role with Users > Read)."
            )
        domain = subject.rpartition("@")[2].lower()
        workspace = Workspace(str(user.get("customerId") or domain), domain, domain)
        return Granted(workspace, credentials, f"{values['service_account']} as {subject}")

    async def refreshed(self, credentials: Credentials, now: str) -> Credentials | None:
        """A new access token where this one ends; ``invalid_grant`` means that the consent is over (G5)."""
        moment = datetime.fromisoformat(now)
        if credentials.expires_at and datetime.fromisoformat(credentials.expires_at) - moment > _RENEW_BEFORE:
            return None
        if credentials.values.get("service_account"):
            return await self._delegated(credentials.values, moment)
        refresh = credentials.values.get("refresh_token", "")
        answer = await self._token({"grant_type": "refresh_token", "refresh_token": refresh})
        values = {**credentials.values, "access_token": str(answer["access_token"])}
        if answer.get("refresh_token"):
            values["refresh_token"] = str(answer["refresh_token"])
        return Credentials(values, _ends(answer, moment))

    async def page(self, credentials: Credentials, cursor: str | None) -> MemberPage:
        """500 users of all domains of the customer (G7, G8)."""
        asked = {
            "customer": "my_customer",
            "maxResults": str(_PAGE),
            "orderBy": "email",
            "fields": f"nextPageToken,users({_FIELDS})",
            **({"pageToken": cursor} if cursor else {}),
        }
        answer = await self._get(f"/users?{urlencode(asked)}", credentials)
        found = answer.get("users") or []
        if not isinstance(found, list):
            raise TryLater("Google's list of users has no users in it.")
        members: list[Member] = []
        for at in range(0, len(found), _STEP):
            members += [member_of(user) for user in found[at : at + _STEP] if user.get("id")]
            await asyncio.sleep(0)
        return MemberPage(members, answer.get("nextPageToken") or None)

    async def find(self, credentials: Credentials, key: str, member_id: str) -> Sequence[Member]:
        """By primary address or alias (G9); an address of another domain is nobody (G11)."""
        user = await self._user(credentials, key)
        return [] if user is None else [member_of(user)]

    async def revoke(self, credentials: Credentials) -> None:
        """Give the refresh token back, as well as it goes; a service account's key stays its owner's."""
        token = credentials.values.get("refresh_token") or credentials.values.get("access_token", "")
        try:
            await self._http.send(
                "POST", self._addresses["revoke_url"], urlencode({"token": token}).encode(), _FORM
            )
        except NoAnswer:
            return

    async def close(self) -> None:
        """Let connections go."""
        await self._http.close()

    async def _delegated(self, values: Mapping[str, str], now: datetime) -> Credentials:
        """An access token by a service account's key. TryLater, ReconnectNeeded."""
        signed = assertion(values, DIRECTORY_SCOPE, self._addresses["token_url"], int(now.timestamp()))
        form = urlencode({"grant_type": GRANT_TYPE, "assertion": signed})
        document, status = await self._asked_for_token(form)
        if document.get("access_token"):
            return Credentials(
                {**values, "access_token": str(document["access_token"])}, _ends(document, now)
            )
        code, account = document.get("error"), values["service_account"]
        if code in ("unauthorized_client", "access_denied"):
            raise ReconnectNeeded(
                f"Google does not let {account} act for others with the scope {DIRECTORY_SCOPE}. A super administrator "
                "enters its client id and that scope in the Admin console: Security → Access and data control → API "
                "controls → Domain-wide delegation."
            )
        if code in ("invalid_grant", "invalid_client"):
            raise ReconnectNeeded(
                f"Google does not accept the key of {account}, or {values['subject']} is not there or is suspended. "
                "Connect Google again with a new key file."
            )
        raise TryLater(f"Google gave no token (status {status}).")

    async def _asked_for_token(self, form: str) -> tuple[Mapping[str, Any], int]:
        answer = await self._sent("POST", self._addresses["token_url"], form.encode())
        document = answer.document()
        return document if isinstance(document, dict) else {}, answer.status

    async def _granted(self, answer: Mapping[str, Any], nonce: str) -> Granted:
        if DIRECTORY_SCOPE not in str(answer.get("scope", "")).split():
            raise ConsentRefused(
                "Google was not allowed to show the users of your Workspace. Press Connect again and leave "
                "every tick on Google's page set."
            )
        if not answer.get("refresh_token"):
            raise ConsentRefused("Google gave no lasting consent. Press Connect again.")
        claims = await self._claims(str(answer.get("id_token", "")), nonce)
        email, domain = str(claims.get("email", "")), str(claims.get("hd") or "")
        if not domain:
            raise ConsentRefused(
                f"{email} is a private Google account. Sign in at Google as an administrator of your Workspace."
            )
        values = {"access_token": str(answer["access_token"]), "refresh_token": str(answer["refresh_token"])}
        credentials = Credentials(values, _ends(answer, datetime.fromtimestamp(self._seconds(), UTC)))
        user = await self._user(credentials, email)
        if user is None or not (user.get("isAdmin") or user.get("isDelegatedAdmin")):
            await self.revoke(credentials)
            raise ConsentRefused(
                f"{email} is no administrator of {domain}. Sign in at Google as somebody who may read its users "
                "(a super administrator, or a role with Users > Read) and press Connect again."
            )
        return Granted(Workspace(str(user.get("customerId") or domain), domain, domain), credentials, email)

    async def _claims(self, token: str, nonce: str) -> Mapping[str, Any]:
        """The id token's claims, its signature and all of G4 checked."""
        answer = await self._sent("GET", self._addresses["certs_url"])
        document = answer.document()
        if answer.status != 200 or not isinstance(document, dict):
            raise TryLater("Google's public keys cannot be read.")
        registry = jwt.JWTClaimsRegistry(
            now=lambda: int(self._seconds()),
            leeway=_LEEWAY_SECONDS,
            iss={
                "essential": True,
                "values": [self._addresses["issuer"], self._addresses["issuer"].removeprefix("https://")],
            },
            aud={"essential": True, "value": self._registration.client_id},
            exp={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            keys = KeySet.import_key_set(document)  # type: ignore[arg-type]
            decoded = jwt.decode(token, keys, algorithms=["RS256"])
            registry.validate(decoded.claims)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise ConsentRefused(
                f"Google's identity token was not accepted ({type(error).__name__}). Press Connect again."
            ) from None
        return decoded.claims

    async def _token(self, asked: Mapping[str, str]) -> Mapping[str, Any]:
        form = urlencode(
            {
                "client_id": self._registration.client_id,
                "client_secret": self._registration.client_secret,
                **asked,
            }
        )
        document, status = await self._asked_for_token(form)
        if status == 200 and document.get("access_token"):
            return document
        code = document.get("error")
        if code == "invalid_grant":
            raise ReconnectNeeded(
                "Google's consent is over: it was revoked, it expired (an application in testing ends it after seven days), or "
                "who gave it left. Connect Google again."
            )
        if code in ("invalid_client", "unauthorized_client"):
            raise ReconnectNeeded(
                "Google does not accept this server's client id and secret; the operator corrects "
                "VESTIBULE_GOOGLE_CLIENT_ID and VESTIBULE_GOOGLE_CLIENT_SECRET."
            )
        raise TryLater(f"Google gave no token (status {status}).")

    async def _user(self, credentials: Credentials, address: str) -> Mapping[str, Any] | None:
        path = f"/users/{quote(address, safe='')}?{urlencode({'fields': _FIELDS})}"
        answer = await self._sent("GET", self._addresses["directory_url"] + path, token=credentials)
        if answer.status == 404:
            return None
        if answer.status == 403 and _reason(answer) == "forbidden" and "@" in address:
            # An address in a domain that is not theirs (G11), unless the consent itself is short of rights.
            await self._get(
                f"/users?{urlencode({'customer': 'my_customer', 'maxResults': '1'})}", credentials
            )
            return None
        found = _document(answer)
        return found if found.get("id") else None

    async def _get(self, path: str, credentials: Credentials) -> Mapping[str, Any]:
        return _document(await self._sent("GET", self._addresses["directory_url"] + path, token=credentials))

    async def _sent(
        self, method: str, url: str, body: bytes | None = None, *, token: Credentials | None = None
    ) -> Answer:
        headers = dict(_FORM) if body is not None else {}
        if token is not None:
            headers["authorization"] = f"Bearer {token.values['access_token']}"
        try:
            return await self._http.send(method, url, body, headers)
        except NoAnswer as fault:
            raise TryLater(f"Google cannot be reached: {fault}") from None


def open_service(registration: Registration) -> GoogleService:
    """The service as the operator registered it."""
    return GoogleService(registration)


def _document(answer: Answer) -> Mapping[str, Any]:
    """A good answer's document; else what its error means for what to do next (G12)."""
    document = answer.document()
    if answer.status == 200 and isinstance(document, dict):
        return document
    reason = _reason(answer)
    if answer.status == 401:
        raise TokenEnded
    if answer.status in (429, 500, 502, 503, 504) or reason in _PATIENCE:
        told = answer.headers.get("retry-after", "")
        if told.isascii() and told.isdigit():
            raise TryLater(f"Google asks for {told[:9]} seconds of patience.", float(told[:9]))
        raise TryLater("Google asks for patience.")
    if reason == "accessNotConfigured":
        raise ReconnectNeeded(
            "The Admin SDK API is off in this server's Google project; the operator turns it on. Then connect again."
        )
    if answer.status == 403:
        raise ReconnectNeeded(
            "Google does not let whoever connected it read users any more: they lost the role, or the scope is "
            "missing. Connect Google again."
        )
    what = "no JSON" if document is None else f"status {answer.status}"
    raise TryLater(f"Google answered with {what}.")


def _reason(answer: Answer) -> str:
    document = answer.document()
    error = document.get("error") if isinstance(document, dict) else None
    if not isinstance(error, dict):
        return ""
    errors = error.get("errors") or [{}]
    first = errors[0] if isinstance(errors, list) and isinstance(errors[0], dict) else {}
    return str(first.get("reason") or "")


def _ends(answer: Mapping[str, Any], now: datetime) -> str:
    moment = now.astimezone(UTC) + timedelta(seconds=int(answer.get("expires_in") or 3600))
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
