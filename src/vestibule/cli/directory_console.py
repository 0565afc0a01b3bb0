"""``vestibule directory``: serve the sending side's console, and say who signs in to it."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from vestibule.cli.database import settings_of
from vestibule.cli.desk import operator
from vestibule.cli.output import asked, done, print_json, say, show_rows
from vestibule.cli.sending import with_sending

if TYPE_CHECKING:
    from vestibule.sending import Sending
    from vestibule.sign_in.administrator import Administrator
    from vestibule.sign_in.administrators import SignInDesk

T = TypeVar("T")

serving = typer.Typer()
administrators = typer.Typer(
    no_args_is_help=True, help="Directory administrators, who sign in to the sending side's console."
)

_Email = Annotated[str, typer.Argument(metavar="EMAIL", help="What they sign in with.")]


@serving.command("serve")
def serve(
    ctx: typer.Context,
    host: str = typer.Option(None, help="The address to listen on (default 127.0.0.1)."),
    port: int = typer.Option(None, min=0, max=65535, help="The port (default 8001); 0 takes a free one."),
    watch: bool = typer.Option(
        True, help="Send what changes as it changes; else only when somebody says so."
    ),
    tls_cert: str = typer.Option(None, metavar="FILE", help="Certificate chain, to end TLS here."),
    tls_key: str = typer.Option(None, metavar="FILE", help="Its private key."),
    behind_proxy: str = typer.Option(
        None, metavar="CIDR", help="A proxy with these addresses ends TLS in front."
    ),
) -> None:
    """Serve the console of the directory and its applications until Ctrl-C, and keep these in step."""
    import uvloop  # noqa: PLC0415

    from vestibule.directory_serving import serve_directory  # noqa: PLC0415
    from vestibule.web.server import Listening  # noqa: PLC0415

    settings = settings_of(ctx)
    listening = Listening(
        host=host or settings.host,
        port=settings.directory_port if port is None else port,
        tls_cert=tls_cert,
        tls_key=tls_key,
        behind_proxy=behind_proxy,
    )
    uvloop.run(serve_directory(settings, listening, watches=watch, say=typer.echo))


@administrators.command("add")
def add(
    ctx: typer.Context, email: _Email, name: str = typer.Option("", help="What they are called.")
) -> None:
    """Have somebody administer the directory. A link that lets them in once is printed, alone."""
    from vestibule.directory_serving import WHOLE_DIRECTORY  # noqa: PLC0415
    from vestibule.sign_in.administrators import add_administrator, issue_link  # noqa: PLC0415

    async def work(desk: SignInDesk) -> tuple[Administrator, str]:
        one = await add_administrator(desk, email, WHOLE_DIRECTORY, name=name)
        return one, await issue_link(desk, one)

    _hand_over(ctx, *_at_desk(ctx, work))


@administrators.command("list")
def list_(ctx: typer.Context) -> None:
    """Who administers the directory."""

    async def work(desk: SignInDesk) -> list[dict[str, Any]]:
        return [
            {"email": one.email, "name": one.name, "added": one.created_at, "signedIn": one.signed_in_at}
            for one in await desk.store.administrators()
        ]

    columns = {"email": "E-MAIL", "name": "NAME", "signedIn": "SIGNED IN LAST"}
    nothing = "Nobody yet: vestibule directory administrator add EMAIL"
    show_rows(ctx, _at_desk(ctx, work), columns, nothing=nothing)


@administrators.command("link")
def link(ctx: typer.Context, email: _Email) -> None:
    """Print a link that lets a directory administrator in once, within 24 hours. Earlier ones end."""
    from vestibule.sign_in.administrators import administrator_named, issue_link  # noqa: PLC0415

    async def work(desk: SignInDesk) -> tuple[Administrator, str]:
        one = await administrator_named(desk, email)
        return one, await issue_link(desk, one)

    _hand_over(ctx, *_at_desk(ctx, work))


@administrators.command("remove")
def remove(ctx: typer.Context, email: _Email) -> None:
    """Take the directory away from somebody, from the next request on."""
    from vestibule.directory_serving import WHOLE_DIRECTORY  # noqa: PLC0415
    from vestibule.sign_in.administrators import administrator_named, remove_administrator  # noqa: PLC0415

    async def work(desk: SignInDesk) -> Administrator:
        one = await administrator_named(desk, email)
        await remove_administrator(desk, one, WHOLE_DIRECTORY)
        return one

    one = _at_desk(ctx, work)
    done(ctx, f"{one.email} does not administer the directory any more.", {"email": one.email})


def _at_desk(ctx: typer.Context, work: Callable[[SignInDesk], Awaitable[T]]) -> T:
    from vestibule.clock import utc_clock  # noqa: PLC0415
    from vestibule.sign_in.administrators import SignInDesk  # noqa: PLC0415

    async def worked(sending: Sending) -> T:
        return await work(SignInDesk(sending.store.sign_in, utc_clock(), secrets.token_bytes, operator()))

    return with_sending(ctx, worked)


def _hand_over(ctx: typer.Context, one: Administrator, code: str) -> None:
    """Print the link alone; what is said beside it goes to standard error."""
    from vestibule.directory_serving import PREFIX  # noqa: PLC0415

    settings = settings_of(ctx)
    public_url = settings.directory_public_url or f"http://{settings.host}:{settings.directory_port}"
    address = f"{public_url}{PREFIX}/welcome/{code}"
    if asked(ctx).json:
        print_json({"email": one.email, "link": address})
    else:
        typer.echo(address)
    say(f"It lets {one.email} in once, within 24 hours. Hand it over where nobody else reads it.")
