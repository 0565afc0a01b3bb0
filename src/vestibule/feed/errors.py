"""What may be wrong with what a reader of the feed says."""

from __future__ import annotations

from vestibule.refused import Refused


class ForeignCursor(Refused):
    """A cursor that was not given out here, or not for what is read now. It says the same whatever the reason."""

    status = 400

    def __init__(self) -> None:
        super().__init__(
            "The cursor is none that was given out for this feed: it was altered, or belongs to another tenant or "
            "installation. Use the cursor as it came, with the token and tenant it came with; without one, begin with "
            "a snapshot."
        )


class EventsForgotten(Refused):
    """A cursor from before what is kept."""

    status = 410

    def __init__(self, oldest: str, days: int) -> None:
        kept = (
            f"Events are kept for {days} days (VESTIBULE_EVENT_DAYS)"
            if days
            else "Older events were forgotten"
        )
        super().__init__(
            f"Events after this cursor were forgotten, so reading on would leave a gap. {kept}; the oldest that is "
            f"kept is {oldest}. Load a snapshot and go on from the cursor that comes with it."
        )


class UnknownEventType(Refused):
    """A type that is in no catalogue would be waited for in vain."""

    status = 400

    def __init__(self, asked: str, known: tuple[str, ...]) -> None:
        super().__init__(
            f"There is no event type {asked[:80]!r}; there are {', '.join(known)}, and whole families such as 'user.*'."
        )


class UnknownPerson(Refused):
    """Nobody of that id is or was in the tenant."""

    status = 404

    def __init__(self, id: str, tenant: str) -> None:
        super().__init__(f"There is nobody of the id {id[:80]!r} in the tenant {tenant!r}.")


class NeverTold(Refused):
    """An answer to a state that was never told."""

    status = 409

    def __init__(self, version: str, person: str) -> None:
        super().__init__(
            f"The version {version[:80]!r} was never told of the person {person!r}, so it cannot be acknowledged. Send the "
            "version of the wanted state that was applied, as it came."
        )


class UnknownConsumer(Refused):
    """Nobody follows the log under that name in this database."""

    status = 404

    def __init__(self, named: str, known: list[str]) -> None:
        super().__init__(
            f"Nobody follows the log as {named[:80]!r} in this database; there are: {', '.join(known) or 'none yet'}. A "
            "consumer in a database of its own keeps its cursor there."
        )
