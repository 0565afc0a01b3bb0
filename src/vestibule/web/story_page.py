"""``/r/{request-id}`` and ``/reviews/{id}``: where the links in SCIM errors lead.

The pages show no data to whoever holds the link: they name the command that does.
"""

from __future__ import annotations

import re

from vestibule.web.exchange import Reply

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 1rem/1.6 system-ui, sans-serif; max-width: 38rem; margin: 12vh auto; padding: 0 1.25rem; }}
h1 {{ font-size: 1.3rem; font-weight: 600; }}
code {{ display: block; padding: .75rem 1rem; border-radius: .5rem; overflow-wrap: anywhere;
  background: color-mix(in srgb, currentColor 8%, transparent); }}
</style>
</head>
<body>
<h1>{title}</h1>
<p>{what}</p>
<code>{command}</code>
<p>You administer the identity provider? The sentence before the link says what is wrong and what to do.
If that is not enough, send this number to the product's support.</p>
</body>
</html>
"""

_REQUEST_ID = re.compile(r"[0-9a-f]{24}(:\d{1,4}(:mended)?)?")
_REVIEW_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_HEADERS = (
    (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
)


def story_page(request_id: str) -> Reply:
    """The page for a request id, whether there is such a request or not; 404 for what is no id."""
    if not _REQUEST_ID.fullmatch(request_id):
        return _nothing("request")
    return _page(
        f"The story of request {request_id}",
        "What came, which rule decided, what changed and why is kept here. It holds personal data, so this "
        "page does not show it. Whoever runs this server reads it with:",
        f"vestibule explain {request_id}",
    )


def review_page(review_id: str) -> Reply:
    """The page for a review entry, whether there is such an entry or not; 404 for what is no id."""
    if not _REVIEW_ID.fullmatch(review_id):
        return _nothing("review")
    return _page(
        "This person waits for review",
        "An account of this person existed in the product before, and nothing proves that it is theirs. "
        "Whoever runs this server looks at the two, and links them or keeps them apart; after that, try "
        "again in the identity provider.",
        f"vestibule review link TENANT {review_id}",
    )


def _page(title: str, what: str, command: str) -> Reply:
    page = _PAGE.format(title=title, what=what, command=command)
    return Reply(200, page.encode(), list(_HEADERS), content_type=b"text/html; charset=utf-8")


def _nothing(what: str) -> Reply:
    return Reply(404, f"There is no such {what}.\n".encode(), content_type=b"text/plain; charset=utf-8")
