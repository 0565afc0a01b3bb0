"""The few pages a person meets on the way: sent off, turned away, tested, signed on, signed off."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from html import escape

from starlette.responses import HTMLResponse

from vestibule.sign_on.authn_request import Departure
from vestibule.sign_on.sign_in import SignedOn, TurnedAway

_STYLE = """
:root { color-scheme: light dark; }
body { font: 1rem/1.6 system-ui, sans-serif; max-width: 40rem; margin: 12vh auto; padding: 0 1.25rem; }
h1 { font-size: 1.3rem; font-weight: 600; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .4rem .75rem .4rem 0; overflow-wrap: anywhere; }
th { font-weight: 500; width: 40%; }
button, a.button { font: inherit; padding: .5rem 1rem; border-radius: .5rem; border: 1px solid; background: none;
  color: inherit; text-decoration: none; display: inline-block; }
.note { padding: .75rem 1rem; border-radius: .5rem; background: color-mix(in srgb, currentColor 8%, transparent); }
.differs { font-weight: 600; }
"""
_SUBMIT = "document.forms[0].submit()"


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")


_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_hash(_STYLE)}'; script-src 'sha256-{_hash(_SUBMIT)}'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {"content-security-policy": _POLICY, "cache-control": "no-store"}


def page(title: str, body: str, status: int = 200) -> HTMLResponse:
    """A page; ``body`` is markup, ``title`` is not."""
    return HTMLResponse(
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="robots" content="noindex">\n<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n'
        f"<body>\n<h1>{escape(title)}</h1>\n{body}\n</body>\n</html>\n",
        status,
        headers=_HEADERS,
    )


def sent_off(departure: Departure) -> HTMLResponse:
    """A form that posts itself to the identity provider; a button where scripts do not run."""
    fields = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in departure.fields
    )
    return page(
        "To your company's sign-in",
        f'<form method="post" action="{escape(departure.address)}">{fields}<button>Continue</button></form>'
        f"<script>{_SUBMIT}</script>",
    )


def turned_away(product: str, came: TurnedAway, retry: str, request_id: str, support: str) -> HTMLResponse:
    """Why nobody was signed on, to the person: what to do, and for whom the cause is."""
    cause = (
        f'<p class="note">For your administrator: {escape(came.turned.cause)}</p>'
        if came.turned.cause
        else ""
    )
    return page(
        f"You are not signed in to {product}",
        f"<p>{escape(came.turned.told)}</p>{cause}"
        f'<p><a class="button" href="{escape(retry)}">Try again</a></p>'
        f"<p>Number of this attempt: {escape(request_id)}. {escape(support)}</p>",
        403,
    )


def tested(came: SignedOn | TurnedAway, request_id: str) -> HTMLResponse:
    """What a test brought: both values side by side, and whether they are equal."""
    said = came.said
    if isinstance(came, SignedOn):
        provisioned = came.user_name if came.person else "nobody yet; sign-on would create the person"
        verdict = "The test succeeded: sign-on and provisioning mean the same person."
        rule = ""
    elif came.works:
        provisioned, rule = "nobody yet", ""
        verdict = "Sign-on works. Provisioning has brought nobody yet: open it now, and see that userName gives the same address."
    else:
        provisioned = came.turned.provisioned or "no active person of that userName"
        verdict, rule = f"The test failed: {came.turned.cause}", came.turned.rule
    rows = [("Provisioning sent (userName)", provisioned)]
    if said is not None:
        rows = [
            ("Sign-on sent", said.email),
            *rows,
            ("It stood in", said.source),
            ("Subject (NameID)", said.subject),
        ]
    elif rule:
        rows = [("The rule that says no", rule)]
    return page(
        "Test sign-in",
        f"{_table(rows)}<p class=note>{escape(verdict)}</p><p>Attempt {escape(request_id)}.</p>",
    )


def signed_on_page(product: str, home: str, user_name: str, expires_at: str) -> HTMLResponse:
    """Who is signed on here."""
    until = f"{expires_at[:10]} {expires_at[11:16]} UTC"
    return page(
        f"You are signed in to {product}",
        f"{_table([('Signed in as', user_name), ('Until', until)])}"
        f'<form method="post" action="{escape(home)}/logout"><button>Sign out</button></form>',
    )


def signed_off_page(product: str, home: str, *, ready: bool) -> HTMLResponse:
    """Nobody is signed on."""
    if not ready:
        return page(
            product,
            "<p>Single sign-on is not set up here yet. An administrator sets it up in the console.</p>",
        )
    return page(
        f"Sign in to {product}",
        "<p>You sign in with your company's identity provider.</p>"
        f'<p><a class="button" href="{escape(home)}/login">Sign in</a></p>',
    )


def _table(rows: Sequence[tuple[str, str]]) -> str:
    cells = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in rows)
    return f"<table>{cells}</table>"
