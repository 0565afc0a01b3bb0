"""``vestibule serve``: one Vestibule on one socket, until it is told to stop."""

from __future__ import annotations

import gc
from collections.abc import Callable

from vestibule.app import Vestibule
from vestibule.refused import Refused
from vestibule.settings import Settings
from vestibule.web.server import Listening, address_of, open_socket, server


class ServingRefused(Refused):
    """The server cannot be started as asked."""


async def serve_until_stopped(
    settings: Settings,
    listening: Listening,
    *,
    workers: int = 1,
    profile: str | None = None,
    say: Callable[[str], None],
) -> None:
    """Listen and answer until SIGINT or SIGTERM; ``say`` is told the addresses once it is ready.

    ``profile`` (a name or a file) becomes the installation's default before the first answer.
    """
    if workers > 1:
        raise ServingRefused(
            f"--workers {workers} was asked for, and the database is SQLite: two processes writing one file keep "
            "each other waiting. Use one worker, or a PostgreSQL database."
        )
    application = Vestibule(settings)
    bound = open_socket(listening)
    application.listening_url = address_of(listening, bound)
    chosen = profile or settings.profile
    try:
        await application.start()
        if chosen:
            await application.choose_default_profile(chosen)

        def ready() -> None:
            _collect_less()
            say(f"Vestibule listens on {application.listening_url}")
            say(f"SCIM base URL: {application.public_url()}/scim/v2")
            say("Stop with Ctrl-C.")

        await server(application, listening, on_ready=ready).serve(sockets=[bound])
    finally:
        await application.stop()
        bound.close()


def _collect_less() -> None:
    """What stands after the start is for good, and a request's values go by reference count.

    With the defaults, looking for cycles took 6 % of a create.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)
