"""What somebody at a console, a command line or the API asked for was refused."""

from __future__ import annotations

from typing import ClassVar


class Refused(Exception):
    """The message says what is wrong, with which value, and what to do; it is shown as it stands.

    Every room derives its own refusals from it; ``scim.errors`` are the wire's. ``status`` is what the
    API answers with. ``at_command_line`` is what to do there, which no other screen shows.
    """

    status: ClassVar[int] = 422

    def __init__(self, what: str = "", at_command_line: str = "") -> None:
        super().__init__(f"{what} {at_command_line}" if at_command_line else what)
        self.what = what
