"""Slack as a ``linking.connector.Service``: consent, members, look-ups (S1–S27).

slack-sdk's client is synchronous: each call runs in a thread. Its handler for rate limits sleeps in
that thread and is not installed: how long Slack asks for goes to whoever schedules (S19).
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.http_retry.builtin_handlers import ConnectionErrorRetryHandler

from vestibule.connectors.slack.member import is_person, member_of
from vestibule.linking.connector import (
    ConsentRefused,
    MemberPage,
    ReconnectNeeded,
    Registration,
    TryLater,
)
from vestibule.linking.linked_account import Member
from vestibule.linking.service_connection import Credentials, Granted, Workspace

#: S1: without the second, no user object has an e-mail.
SCOPES = ("users:read", "users:read.email", "team:read")
_NEEDED = ("users:read", "users:read.email")
_TIMEOUT_SECONDS = 20
_PAGE = 200
#: An access token that ends within this is renewed first (S20).
_RENEW_BEFORE = timedelta(minutes=120)

#: The credentials do not open the workspace any more; what each means to an administrator.
_BROKEN = {
    "invalid_auth": "Slack does not accept the token any more.",
    "not_authed": "Slack does not accept the token any more.",
    "account_inactive": "The Slack app was removed from the workspace, or its installer was deactivated.",
    "token_revoked": "The Slack app's token was revoked.",
    "token_expired": "The Slack app's token has ended.",
    "invalid_refresh_token": "Slack does not accept the refresh token any more.",
    "team_access_not_granted": "The Slack app may not see this workspace.",
}
_AGAIN = "Connect Slack again."
_NOBODY = frozenset({"users_not_found", "user_not_found", "user_not_visible"})

_NAME = re.compile(r"[a-z_]{1,60}")

ClientOf = Callable[..., WebClient]


class SlackService:
    """One registered Slack app."""

    name = "slack"
    label = "Slack"
    #: Guests come from anywhere.
    has_domains = False

    def __init__(
        self,
        registration: Registration,
        client: ClientOf = WebClient,
        seconds: Callable[[], float] = time.time,
    ) -> None:
        self._seconds = seconds
        self._registration = registration
        self._url = registration.addresses.get("url", "https://slack.com").rstrip("/")
        self._client = client
        #: Members asked for at once.
        self.page_size = _PAGE

    @property
    def client_id(self) -> str:
        """As it is registered."""
        return self._registration.client_id

    def why_refused(self, error: str) -> str:
        """Slack's word for a refusal, explained (S2, S6)."""
        if error == "access_denied":
            return (
                "The request was cancelled at Slack, or whoever manages the workspace's apps turned it down."
            )
        return ""

    def consent_url(self, redirect_uri: str, state: str, verifier: str, nonce: str) -> str:
        """Slack's page (S2)."""
        asked = {
            "client_id": self._registration.client_id,
            "scope": ",".join(SCOPES),
            "redirect_uri": redirect_uri,
            "state": state,
        }
        return f"{self._url}/oauth/v2/authorize?{urlencode(asked)}"

    async def granted(self, code: str, redirect_uri: str, verifier: str, nonce: str) -> Granted:
        """Exchange the code (S3–S6). ``ConsentRefused`` unless an administrator of one workspace consented."""
        answer = await self._consented(
            lambda client: client.oauth_v2_access(
                client_id=self._registration.client_id,
                client_secret=self._registration.client_secret,
                code=code,
                redirect_uri=redirect_uri,
            )
        )
        if answer.get("is_enterprise_install") or not answer.get("team"):
            raise ConsentRefused(
                "The Slack app was installed for a whole Enterprise Grid organisation. Install it in one "
                "workspace: choose the workspace on Slack's page."
            )
        given = set(str(answer.get("scope", "")).split(","))
        missing = [scope for scope in _NEEDED if scope not in given]
        token = str(answer["access_token"])
        if missing:
            raise ConsentRefused(
                f"Slack granted the app too little: {', '.join(missing)} is missing. Add it to the Slack app "
                "(OAuth & Permissions) and press Connect again."
            )
        who = (answer.get("authed_user") or {}).get("id", "")
        user = (await self._consented(lambda client: client.users_info(user=who), token)).get("user", {})
        if not (user.get("is_admin") or user.get("is_owner")):
            await self.revoke(Credentials({"access_token": token}))
            raise ConsentRefused(
                f"{(user.get('profile') or {}).get('real_name') or who} is no administrator of this Slack "
                "workspace. Sign in at Slack as a workspace administrator and press Connect again."
            )
        team = answer["team"]
        domain = await self._domain(token)
        shown = (user.get("profile") or {}).get("email") or user.get("name") or who
        return Granted(
            Workspace(str(team["id"]), str(team.get("name", "")), domain),
            _credentials(answer, datetime.fromtimestamp(self._seconds(), UTC)),
            str(shown),
        )

    async def refreshed(self, credentials: Credentials, now: str) -> Credentials | None:
        """A new pair where rotation is on and the token ends soon (S20)."""
        if credentials.expires_at is None:
            return None
        ends = datetime.fromisoformat(credentials.expires_at)
        if ends - datetime.fromisoformat(now) > _RENEW_BEFORE:
            return None
        answer = await self._call(
            lambda client: client.oauth_v2_access(
                client_id=self._registration.client_id,
                client_secret=self._registration.client_secret,
                grant_type="refresh_token",
                refresh_token=credentials.values.get("refresh_token", ""),
            )
        )
        return _credentials(answer, datetime.fromisoformat(now))

    async def page(self, credentials: Credentials, cursor: str | None) -> MemberPage:
        """``users.list``; bots, apps and strangers are left out (S11, S27)."""
        answer = await self._call(
            lambda client: client.users_list(limit=self.page_size, cursor=cursor or None), credentials
        )
        found = answer.get("members")
        if not isinstance(found, list):
            raise TryLater("Slack's list of members has no members in it.")
        next_cursor = (answer.get("response_metadata") or {}).get("next_cursor") or None
        people = [member_of(user) for user in found if is_person(user)]
        return MemberPage(people, next_cursor)

    async def find(self, credentials: Credentials, key: str, member_id: str) -> Sequence[Member]:
        """By id where one is known (S26), else by address; Slack compares it in lower case (S13)."""
        known = key.removeprefix("id:") if key.startswith("id:") else member_id
        if known:
            user = await self._user(lambda client: client.users_info(user=known), credentials)
            if user is not None:
                if not is_person(user):
                    return ()
                member = member_of(user)
                if key in member.keys:
                    return [member]
                # Its address changed there: whoever has the old one now is told beside it.
                return [member, *await self._at(credentials, key)]
            if key.startswith("id:"):
                return ()
        return await self._at(credentials, key)

    async def _at(self, credentials: Credentials, address: str) -> Sequence[Member]:
        user = await self._user(lambda client: client.users_lookupByEmail(email=address), credentials)
        return [] if user is None or not is_person(user) else [member_of(user)]

    async def revoke(self, credentials: Credentials) -> None:
        """``auth.revoke``, as well as it goes."""
        try:
            await self._call(lambda client: client.auth_revoke(), credentials)
        except (TryLater, ReconnectNeeded):
            return

    async def close(self) -> None:
        """Nothing is kept open."""

    async def _domain(self, token: str) -> str:
        try:
            answer = await self._call(lambda client: client.team_info(), Credentials({"access_token": token}))
        except (TryLater, ReconnectNeeded):
            return ""
        return str((answer.get("team") or {}).get("domain", ""))

    async def _user(
        self, call: Callable[[WebClient], Any], credentials: Credentials
    ) -> Mapping[str, Any] | None:
        answer = await self._call(call, credentials, nobody_is_none=True)
        user = answer.get("user")
        return user if isinstance(user, dict) and user.get("id") else None

    async def _consented(self, call: Callable[[WebClient], Any], token: str = "") -> Mapping[str, Any]:
        """A call while connecting: whatever is wrong, the administrator presses Connect again."""
        try:
            return await self._call(call, Credentials({"access_token": token} if token else {}))
        except TryLater as later:
            raise ConsentRefused(f"{later.reason} Press Connect again in a minute.") from None
        except ReconnectNeeded as needed:
            raise ConsentRefused(needed.reason) from None

    async def _call(
        self,
        call: Callable[[WebClient], Any],
        credentials: Credentials | None = None,
        *,
        nobody_is_none: bool = False,
    ) -> Mapping[str, Any]:
        client = self._client(
            token=credentials.values.get("access_token") if credentials else None,
            base_url=f"{self._url}/api/",
            timeout=_TIMEOUT_SECONDS,
            retry_handlers=[ConnectionErrorRetryHandler(max_retry_count=1)],
        )
        try:
            answer = await asyncio.to_thread(call, client)
        except SlackApiError as error:
            if nobody_is_none and _code(error) in _NOBODY:
                return {}
            raise _fault(error) from None
        except (SlackClientError, OSError, TimeoutError) as error:
            raise TryLater(f"Slack cannot be reached ({type(error).__name__}).") from None
        return answer.data if isinstance(answer.data, dict) else {}


def open_service(registration: Registration) -> SlackService:
    """The service as the operator registered it."""
    return SlackService(registration)


def _credentials(answer: Mapping[str, Any], now: datetime) -> Credentials:
    values = {"access_token": str(answer["access_token"])}
    ends = None
    if answer.get("refresh_token"):
        values["refresh_token"] = str(answer["refresh_token"])
        moment = now + timedelta(seconds=int(answer.get("expires_in") or 43_200))
        ends = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return Credentials(values, ends)


def _code(error: SlackApiError) -> str:
    data = getattr(error.response, "data", None)
    return str(data.get("error", "")) if isinstance(data, dict) else ""


def _fault(error: SlackApiError) -> Exception:
    """What Slack's refusal means for what to do next (S9, S19)."""
    status = getattr(error.response, "status_code", 0)
    headers = getattr(error.response, "headers", None) or {}
    code = _code(error)
    if status == 429 or code == "ratelimited":
        told = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
        if str(told).isascii() and str(told).isdigit():
            return TryLater(f"Slack asks for {told[:9]} seconds of patience.", float(told[:9]))
        return TryLater("Slack asks for patience.")
    if code == "missing_scope":
        needed = error.response.data.get("needed", "users:read.email")
        return ReconnectNeeded(f"The Slack app lacks the scope {needed}. {_AGAIN}")
    if code in _BROKEN:
        return ReconnectNeeded(f"{_BROKEN[code]} {_AGAIN}")
    if code in (
        "invalid_code",
        "code_already_used",
        "bad_redirect_uri",
        "invalid_client_id",
        "bad_client_secret",
    ):
        return ReconnectNeeded(f"Slack refused the connection ({code}). Press Connect again.")
    # slack-sdk puts what it could not read, markup and all, where an error's name should stand.
    what = f"error {code!r}" if _NAME.fullmatch(code) else f"status {status} and no JSON"
    return TryLater(f"Slack answered with {what}.")
