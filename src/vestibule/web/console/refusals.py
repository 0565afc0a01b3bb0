"""Why a page is not shown; each becomes a page that says the way out."""

from __future__ import annotations


class PageRefused(Exception):
    """``status`` and a message of the message files."""

    status = 400

    def __init__(self, text: str, **values: object) -> None:
        super().__init__(text)
        self.text = text
        self.values = values


class NothingThere(PageRefused):
    """There is no such page, person, tenant; or it is another's, which is the same to whoever asks."""

    status = 404


class NotYours(PageRefused):
    """The form was made for another session, or sent by another site."""

    status = 403


class TooLarge(PageRefused):
    """More came than a form can hold."""

    status = 413


class SignInFirst(Exception):
    """Nobody is signed in: they come back here after."""
