"""``/r/{request-id}``: where the link in every SCIM error leads.

The page shows no data to whoever holds the link: it names the command that does.
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
<title>Request {id}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 1rem/1.6 system-ui, sans-serif; max-width: 38rem; margin: 12vh auto; padding: 0 1.25rem; }}
h1 {{ font-size: 1.3rem; font-weight: 600; }}
code {{ display: block; padding: .75rem 1rem; border-radius: .5rem; overflow-wrap: anywhere;
  background: color-mix(in srgb, currentColor 8%, transparent); }}
</style>
</head>
<body>
<h1>The story of request {id}</h1>
<p>What came, which rule decided, what changed and why is kept here. It holds personal data, so this page
does not show it. Whoever runs this server reads it with:</p>
<code>vestibule explain {id}</code>
<p>You administer the identity provider? The sentence before the link says what is wrong and what to do.
If that is not enough, send this request number to the product's support.</p>
</body>
</html>
"""

_ID = re.compile(r"[0-9a-f]{24}")


def story_page(request_id: str) -> Reply:
    """The page for a request id, whether there is such a request or not; 404 for what is no id."""
    if not _ID.fullmatch(request_id):
        return Reply(404, b"There is no such request.\n", content_type=b"text/plain; charset=utf-8")
    headers = [
        (
            b"content-security-policy",
            b"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
        ),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
        (b"cache-control", b"no-store"),
    ]
    return Reply(200, _PAGE.format(id=request_id).encode(), headers, content_type=b"text/html; charset=utf-8")
