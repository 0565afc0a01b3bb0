"""*Test API Credentials*: two constant reads, and in words which of token, URL and plan is wrong."""

from __future__ import annotations

from vestibule.connectors.http import Answer
from vestibule.connectors.scim.client import ScimClient
from vestibule.provisioning.connector import CredentialsTest, StopRun, Unreachable, Verdict

#: What Okta asks (W5). A product without teams answers the second with an empty list (W6).
_USERS = "/Users?startIndex=1&count=2"
_GROUPS = "/Groups?startIndex=1&count=100"


async def test_credentials(client: ScimClient, *, groups: bool) -> CredentialsTest:
    """The verdict on the connection. ``groups``: whether the second read is made."""
    for path in (_USERS, _GROUPS) if groups else (_USERS,):
        try:
            answer = await client.raw("GET", path)
        except Unreachable as fault:
            return CredentialsTest(
                Verdict.UNREACHABLE,
                f"The application cannot be reached: {str(fault).rstrip('.')}. Check the base URL.",
            )
        except StopRun as fault:
            return CredentialsTest(Verdict.WRONG_TOKEN, str(fault))
        finding = judged(answer, path, client.detail_of(answer))
        if finding is not None:
            return finding
    return CredentialsTest(Verdict.GOOD, "The credentials were verified successfully.")


def judged(answer: Answer, path: str, detail: str) -> CredentialsTest | None:
    """What is wrong by this answer to a list, or None."""
    said = f" The application says: {detail}" if detail else ""
    asked = path.split("?", 1)[0]
    if answer.status == 401:
        return CredentialsTest(
            Verdict.WRONG_TOKEN, f"The token is wrong: it is unknown, expired or revoked there.{said}"
        )
    if answer.status == 403:
        return CredentialsTest(
            Verdict.NOT_ALLOWED,
            f"URL and token are right, but provisioning is not allowed there (plan, or not saved yet).{said}",
        )
    if answer.status >= 500 or answer.status == 429:
        return CredentialsTest(
            Verdict.FAILING, f"The application answered {answer.status} to {asked}: try again later.{said}"
        )
    document = answer.document()
    is_list = isinstance(document, dict) and isinstance(document.get("totalResults"), int)
    if answer.status != 200 or not is_list:
        return CredentialsTest(
            Verdict.WRONG_URL,
            f"The URL is wrong: {asked} answered {answer.status}"
            f"{'' if answer.status != 200 else ' with something that is no SCIM list'}.{said}",
        )
    return None
