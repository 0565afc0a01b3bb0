"""Serve SCIM to identity providers."""

from __future__ import annotations

import typer

from vestibule.cli.database import settings_of, tell_if_new

app = typer.Typer()


@app.command()
def serve(
    ctx: typer.Context,
    host: str = typer.Option(None, help="The address to listen on (default 127.0.0.1)."),
    port: int = typer.Option(None, min=0, max=65535, help="The port (default 8000); 0 takes a free one."),
    workers: int = typer.Option(1, min=1, help="Processes; more than one needs PostgreSQL."),
    profile: str = typer.Option(
        None, metavar="NAME|FILE", help="The default application profile of new tenants."
    ),
    tls_cert: str = typer.Option(None, metavar="FILE", help="Certificate chain, to end TLS here."),
    tls_key: str = typer.Option(None, metavar="FILE", help="Its private key."),
    behind_proxy: str = typer.Option(
        None, metavar="CIDR", help="A proxy with these addresses ends TLS in front."
    ),
) -> None:
    """Serve SCIM to identity providers until Ctrl-C."""
    import uvloop  # noqa: PLC0415

    from vestibule.serving import serve_until_stopped, serve_with_workers  # noqa: PLC0415
    from vestibule.web.server import Listening  # noqa: PLC0415

    settings = settings_of(ctx)
    listening = Listening(
        host=host or settings.host,
        port=settings.port if port is None else port,
        tls_cert=tls_cert,
        tls_key=tls_key,
        behind_proxy=behind_proxy,
    )
    if workers == 1:
        tell_if_new(settings.database)
        uvloop.run(serve_until_stopped(settings, listening, profile=profile, say=typer.echo))
    else:
        serve_with_workers(settings, listening, workers=workers, profile=profile, say=typer.echo)
