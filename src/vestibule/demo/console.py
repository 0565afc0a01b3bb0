"""The administrator of the demonstration's products, and the link that signs them in."""

from __future__ import annotations

import os

from vestibule.app import Vestibule
from vestibule.clock import utc_clock
from vestibule.sign_in.administrator import Grant
from vestibule.sign_in.administrators import SignInDesk, add_administrator, issue_link

_ADMINISTRATOR = "administrator@aldermoor.test"


async def console_link(receiving: Vestibule) -> str:
    """Where they come in once: somebody who looks after every tenant there is."""
    desk = SignInDesk(receiving.store.sign_in, utc_clock(), os.urandom, "operator:demo")
    one = None
    for account in await receiving.store.tenancy.accounts():
        one = await add_administrator(
            desk, _ADMINISTRATOR, Grant(account.id), name="Aldermoor's administrator"
        )
    assert one is not None, "the demonstration has made its tenants"
    return f"{receiving.public_url()}/welcome/{await issue_link(desk, one)}"
