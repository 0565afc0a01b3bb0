"""What Google's consent page says no with (G3), and the way out. Some of these it shows itself, and leads nowhere."""

from __future__ import annotations

LETTING_IN = (
    "A super administrator lets it in under Security → Access and data control → API controls → Manage app access, by its "
    "client id"
)


def why_refused(error: str, client_id: str) -> str:
    """The sentence for an ``error`` of the redirect; "" for one that is not known."""
    if error == "admin_policy_enforced":
        return f"Your Google Workspace does not let this application in. {LETTING_IN} {client_id}. Then press Connect again."
    if error == "org_internal":
        return (
            "The application is for its own organisation alone (audience Internal). Whoever runs this server makes it External "
            "and publishes it."
        )
    if error == "access_denied":
        return (
            "The request was cancelled at Google, or the application is in testing and this account is none of its test users: "
            "then whoever runs this server adds it, or publishes the application."
        )
    return ""
