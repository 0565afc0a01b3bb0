"""Why something asked about a tenant's sign-on is refused."""

from __future__ import annotations

from vestibule.refused import Refused


class SetupRefused(Refused):
    """What an administrator entered for sign-on cannot be used; the message says why, and what to enter."""


class NotSetUp(Refused):
    """The tenant has no sign-on yet."""

    def __init__(self, slug: str) -> None:
        super().__init__(
            f"Sign-on of tenant {slug!r} is not set up. Give the identity provider's metadata: "
            f"vestibule sso set {slug} --metadata FILE|URL"
        )


class UnknownSession(Refused):
    """The person has no such session (any more)."""

    status = 404

    def __init__(self) -> None:
        super().__init__("The person has no such session any more: it ended by itself, or was ended already.")
