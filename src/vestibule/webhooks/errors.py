"""What is refused of whoever sets up or looks at webhooks."""

from __future__ import annotations

from vestibule.refused import Refused


class WebhookRefused(Refused):
    """What was asked for about a webhook endpoint is not done."""


class UnknownEndpoint(WebhookRefused):
    """No endpoint of that id."""

    status = 404

    def __init__(self, named: str) -> None:
        super().__init__(
            f"There is no webhook endpoint {named[:60]!r} here.", "vestibule webhook list shows them all."
        )


class BadSecret(WebhookRefused):
    """A signing secret that the standard does not allow."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"The signing secret {why}. Standard Webhooks: whsec_ and the base64 of 24 to 64 bytes. "
            "Leave it out, and one is made."
        )


class EndpointEnded(WebhookRefused):
    """An endpoint in the wrong state for what was asked."""

    status = 409


class TooManyEndpoints(WebhookRefused):
    """The limit on endpoints is reached."""

    status = 409

    def __init__(self, limit: int) -> None:
        super().__init__(f"There are {limit:,} endpoints here, which is the most. Remove one first.")


class NothingToResend(WebhookRefused):
    """What is to be sent again is not in the log, or not for this endpoint."""

    status = 404
