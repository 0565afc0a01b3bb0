"""Wrong passwords are counted, by address and by where they come from; too many have to wait."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable

from vestibule.sign_in.errors import TooManyAttempts

#: So many wrong ones in so many seconds, for one e-mail address and for one place on the network.
_MOST = {"email": 8, "place": 40}
_WITHIN_SECONDS = 900.0
_MOST_REMEMBERED = 20_000


class Attempts:
    """In one process. ``seconds`` never goes back."""

    def __init__(self, seconds: Callable[[], float]) -> None:
        self._seconds = seconds
        self._wrong: OrderedDict[tuple[str, str], list[float]] = OrderedDict()

    def refuse_too_many(self, email: str, place: str) -> None:
        """TooManyAttempts, telling when the next may come."""
        now = self._seconds()
        for key in (("email", email), ("place", place)):
            recent = [at for at in self._wrong.get(key, ()) if at > now - _WITHIN_SECONDS]
            if len(recent) >= _MOST[key[0]]:
                raise TooManyAttempts(math.ceil(recent[0] + _WITHIN_SECONDS - now))

    def note_wrong(self, email: str, place: str) -> None:
        """Count a wrong one."""
        now = self._seconds()
        for key in (("email", email), ("place", place)):
            recent = [at for at in self._wrong.get(key, ()) if at > now - _WITHIN_SECONDS]
            self._wrong[key] = [*recent, now][-_MOST[key[0]] :]
            self._wrong.move_to_end(key)
        while len(self._wrong) > _MOST_REMEMBERED:
            self._wrong.popitem(last=False)

    def forget(self, email: str) -> None:
        """Somebody came in: their count begins anew."""
        self._wrong.pop(("email", email), None)
