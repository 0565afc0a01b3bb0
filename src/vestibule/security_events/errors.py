"""What is refused of whoever sets up or reads streams of security event tokens."""

from __future__ import annotations

from vestibule.refused import Refused


class StreamRefused(Refused):
    """What was asked for about a stream of security event tokens is not done."""


class NotOffered(StreamRefused):
    """Security event tokens are a preview that this installation has not switched on."""

    status = 409

    def __init__(self) -> None:
        super().__init__(
            "Security event tokens are a preview, and not switched on here. Set VESTIBULE_SECURITY_EVENTS=true and start "
            "the server again."
        )


class UnknownStream(StreamRefused):
    """No stream of that id, or none that the token may see."""

    status = 404

    def __init__(self, named: str) -> None:
        super().__init__(f"There is no stream {named[:60]!r} here.", "vestibule stream list shows them all.")


class StreamPaused(StreamRefused):
    """A stream that gives nothing until it is resumed."""

    status = 409

    def __init__(self, id: str, state: str) -> None:
        super().__init__(
            f"The stream {id} is {state}: nothing is given out, and nothing is lost. Resume it first."
        )


class NotPolled(StreamRefused):
    """The stream is pushed, so it cannot be fetched."""

    status = 409

    def __init__(self, id: str) -> None:
        super().__init__(f"The tokens of the stream {id} are pushed to its address; it cannot be polled.")


class NotResent(StreamRefused):
    """A polled stream gives single events again, no ranges."""

    status = 409

    def __init__(self, id: str) -> None:
        super().__init__(
            f"The stream {id} is polled: single events and refused ones are given again, no ranges."
        )


class NeverGiven(StreamRefused):
    """An acknowledgement of a token that this stream never gave out."""

    status = 400

    def __init__(self, jtis: list[str]) -> None:
        named = ", ".join(repr(jti[:80]) for jti in jtis[:5])
        more = f" and {len(jtis) - 5} more" if len(jtis) > 5 else ""
        super().__init__(
            f"This stream never gave out {named}{more}: nothing of the request was carried out. Acknowledge the names of "
            "`sets` as they came, on the stream they came from."
        )
