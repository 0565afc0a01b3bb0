"""Operators, who run the service: add, list, remove, and their sign-in links."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from vestibule.cli.output import done, show_rows
from vestibule.cli.sign_in_desk import at_sign_in_desk, hand_over_link, link_of

if TYPE_CHECKING:
    from vestibule.sign_in.administrator import Administrator
    from vestibule.sign_in.administrators import SignInDesk

app = typer.Typer(help="Operators, who run the service: add, list, remove, and their sign-in links.")

EmailArgument = Annotated[str, typer.Argument(metavar="EMAIL", help="What they sign in with.")]
NameOption = Annotated[str, typer.Option(help="What they are called.")]


@app.command()
def add(ctx: typer.Context, email: EmailArgument, name: NameOption = "") -> None:
    """Make somebody an operator. A link that lets them in once is printed, alone."""
    from vestibule.sign_in.administrators import add_operator  # noqa: PLC0415

    async def work(desk: SignInDesk) -> tuple[Administrator, str]:
        one = await add_operator(desk, email, name=name)
        return one, await link_of(desk, one)

    hand_over_link(ctx, *at_sign_in_desk(ctx, work))


@app.command("list")
def list_operators(ctx: typer.Context) -> None:
    """All operators."""

    async def work(desk: SignInDesk) -> list[dict[str, Any]]:
        return [
            {"email": one.email, "name": one.name, "added": one.created_at, "signedIn": one.signed_in_at}
            for one in await desk.store.administrators()
            if one.is_operator
        ]

    columns = {"email": "E-MAIL", "name": "NAME", "added": "ADDED", "signedIn": "SIGNED IN LAST"}
    show_rows(
        ctx, at_sign_in_desk(ctx, work), columns, nothing="No operator yet: vestibule operator add EMAIL"
    )


@app.command()
def link(ctx: typer.Context, email: EmailArgument) -> None:
    """Print a link that lets an operator in once, within 24 hours. Earlier ones end."""
    from vestibule.sign_in.administrators import administrator_named  # noqa: PLC0415

    async def work(desk: SignInDesk) -> tuple[Administrator, str]:
        one = await administrator_named(desk, email)
        return one, await link_of(desk, one)

    hand_over_link(ctx, *at_sign_in_desk(ctx, work))


@app.command()
def remove(ctx: typer.Context, email: EmailArgument) -> None:
    """Take it away, from the next request on."""
    from vestibule.sign_in.administrators import administrator_named, remove_operator  # noqa: PLC0415

    async def work(desk: SignInDesk) -> Administrator:
        one = await administrator_named(desk, email)
        await remove_operator(desk, one)
        return one

    one = at_sign_in_desk(ctx, work)
    done(ctx, f"{one.email} is no operator any more.", {"email": one.email})
