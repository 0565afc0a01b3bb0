"""Why somebody is not let into the console, or a change of who may is refused."""

from __future__ import annotations

from vestibule.refused import Refused


class BadEmail(Refused):
    """It is no e-mail address."""

    def __init__(self, text: str) -> None:
        super().__init__(f"{text[:80]!r} is no e-mail address; it looks like mia@example.com.")


class WeakPassword(Refused):
    """Too short, too long, or the e-mail address itself."""


class UnknownAdministrator(Refused):
    """Nobody with that e-mail address has a sign-in."""

    def __init__(self, email: str) -> None:
        super().__init__(f"Nobody signs in as {email[:80]!r}. `vestibule administrator list` shows who does.")


class WrongPassword(Refused):
    """E-mail address and password do not go together; which of the two is wrong is not said."""

    def __init__(self) -> None:
        super().__init__("This e-mail address and password do not go together. Check both, and try again.")


class TooManyAttempts(Refused):
    """Wrong passwords came too fast."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        minutes = max(1, round(seconds / 60))
        super().__init__(
            f"Too many attempts. Try again in {minutes} minute{'' if minutes == 1 else 's'}, or ask for a sign-in link."
        )


class LinkUsed(Refused):
    """The sign-in link was used, has expired, or never was one."""

    def __init__(self) -> None:
        super().__init__(
            "This sign-in link was used already, or has expired. Ask whoever gave it to you for a new one."
        )


class LastOneLeft(Refused):
    """Without them nobody could sign in any more."""
