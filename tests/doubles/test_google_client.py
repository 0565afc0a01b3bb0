"""Google's own client library against our double: what it reads there, it would read at Google."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import google_auth_httplib2
import httplib2
import pytest
from google.auth.exceptions import RefreshError
from google.oauth2 import service_account
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError
from joserfc.jwk import RSAKey

from tests.doubles.google import SCOPE, Google, user
from tests.doubles.listening import listening

_DIRECTORY = SCOPE.split()[-1]
_ADMIN = "admin@corp.test"


@pytest.fixture(scope="module")
def there() -> Iterator[tuple[Google, str]]:
    """The double, and where it is."""
    google = Google(tokens={"good"})
    google.add(
        user("1", _ADMIN, "Admin", isAdmin=True),
        user("2", "ana@corp.test", "Ana A", aliases=["a.a@corp.test"]),
        user("3", "ben@corp.test", "Ben B", suspended=True, suspensionReason="ADMIN"),
        *(user(str(n), f"p{n}@corp.test", f"P {n}") for n in range(10, 15)),
    )
    with listening(google.application()) as at:
        yield google, at


@contextmanager
def directory(at: str, credentials: Any) -> Iterator[Any]:
    """The library's Directory API."""
    carrier = httplib2.Http(proxy_info=None)
    http = google_auth_httplib2.AuthorizedHttp(credentials, http=carrier)
    with build(
        "admin", "directory_v1", http=http, client_options={"api_endpoint": at}, static_discovery=True
    ) as found:
        yield found
    carrier.close()


def test_it_walks_all_pages(there: tuple[Google, str]) -> None:
    seen = []
    with directory(there[1], Credentials("good")) as api:
        users = api.users()
        request = users.list(customer="my_customer", maxResults=3, orderBy="email")
        while request is not None:
            answer = request.execute()
            assert len(answer["users"]) <= 3
            seen += [one["primaryEmail"] for one in answer["users"]]
            request = users.list_next(request, answer)
    assert seen == sorted(one["primaryEmail"] for one in there[0].users.values())


def test_it_finds_by_address_alias_and_id(there: tuple[Google, str]) -> None:
    with directory(there[1], Credentials("good")) as api:
        for key in ("ana@corp.test", "a.a@corp.test", "2"):
            assert api.users().get(userKey=key).execute()["primaryEmail"] == "ana@corp.test"
        assert api.users().get(userKey="ben@corp.test").execute()["suspended"] is True


@pytest.mark.parametrize(
    ("key", "token", "status", "reason"),
    [("nobody@corp.test", "good", 404, "notFound"), ("ana@corp.test", "bad", 401, "authError")],
)
def test_it_reads_the_errors(
    there: tuple[Google, str], key: str, token: str, status: int, reason: str
) -> None:
    with directory(there[1], Credentials(token)) as api, pytest.raises((HttpError, RefreshError)) as caught:
        api.users().get(userKey=key).execute()
    if isinstance(caught.value, HttpError):
        assert caught.value.status_code == status
        assert caught.value.error_details[0]["reason"] == reason
    else:
        assert status == 401


@pytest.mark.parametrize("delegated", [True, False])
def test_a_service_account_acts_as_an_administrator(there: tuple[Google, str], delegated: bool) -> None:
    google, at = there
    key = RSAKey.generate_key(2048)
    robot = "robot@project.iam.gserviceaccount.com"
    google.service_accounts[robot] = key.as_pem(private=False).decode()
    google.delegated = {robot} if delegated else set()
    info = {
        "type": "service_account",
        "client_email": robot,
        "private_key": key.as_pem(private=True).decode(),
        "token_uri": f"{at}/token",
    }
    credentials = service_account.Credentials.from_service_account_info(
        info, scopes=[_DIRECTORY], subject=_ADMIN
    )
    with directory(at, credentials) as api:
        if delegated:
            assert api.users().get(userKey="ana@corp.test").execute()["id"] == "2"
        else:
            with pytest.raises(RefreshError, match="unauthorized_client"):
                api.users().get(userKey="ana@corp.test").execute()
