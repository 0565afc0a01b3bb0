"""A recording played against a server, as commands do it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vestibule.refused import Refused

if TYPE_CHECKING:
    import httpx2

    from vestibule.recordings.format import Recording
    from vestibule.recordings.replay import Report


class CannotReplay(Refused):
    """The recording cannot be played against that server."""


async def played(
    recording: Recording, url: str, token: str, transport: httpx2.AsyncBaseTransport | None = None
) -> Report:
    """The recording played against a SCIM base URL. ``Refused`` for one that a token must not be sent to."""
    from vestibule.connectors.http import NoAnswer, Outbound  # noqa: PLC0415
    from vestibule.provisioning.application import check_base_url  # noqa: PLC0415
    from vestibule.recordings.format import RecordingFault  # noqa: PLC0415
    from vestibule.recordings.replay import Reply, Request, replay  # noqa: PLC0415

    check_base_url(url)
    outbound = Outbound({}, transport=transport)

    async def send(request: Request) -> Reply:
        target = url.rstrip("/") + request.path
        answer = await outbound.send(request.method, target, request.body or None, request.headers)
        return Reply(answer.status, answer.headers, answer.body)

    try:
        return await replay(recording, send, token)
    except (NoAnswer, RecordingFault) as refusal:
        raise CannotReplay(str(refusal)) from None
    finally:
        await outbound.close()
