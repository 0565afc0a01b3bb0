"""The console's languages: English stands in the pages, every other language is one file of ``messages/``.

A file has the English text and beside it what it says there. What is missing is shown in English;
a test keeps the files complete.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources

#: As the browser names them, with the name that their speakers give them.
ENGLISH = "en"
_FOLDER = "messages"


def message(text: str) -> str:
    """The text itself: marks one that is said later, so that the message files have it."""
    return text


class Language:
    """One language: ``say`` gives the text in it, with the values put in."""

    def __init__(self, code: str, name: str, texts: Mapping[str, str]) -> None:
        self.code = code
        self.name = name
        self._texts = texts

    def say(self, text: str, **values: object) -> str:
        """What the English text says in this language; ``{name}`` stands for a value."""
        said = self._texts.get(text) or text
        return said.format(**values) if values else said


@cache
def languages() -> Mapping[str, Language]:
    """All there are, by code; read once in a process."""
    found = {ENGLISH: Language(ENGLISH, "English", {})}
    folder = resources.files("vestibule.web.console") / _FOLDER
    files = folder.iterdir() if folder.is_dir() else iter(())
    for file in sorted(files, key=lambda entry: entry.name):
        if file.name.endswith(".toml"):
            read = tomllib.loads(file.read_text("utf-8"))
            code = file.name.removesuffix(".toml")
            found[code] = Language(code, read["name"], read["texts"])
    return found


def preferred(accepted: str, among: Mapping[str, Language]) -> str:
    """The first language of an Accept-Language header that there is, else English."""
    wanted: list[tuple[float, str]] = []
    for position, part in enumerate(accepted[:200].split(",")):
        code, _, quality = part.partition(";")
        try:
            weight = float(quality.partition("=")[2] or 1)
        except ValueError:
            weight = 0.0
        wanted.append((-weight + position / 1000, code.strip().partition("-")[0].lower()))
    return next((code for _, code in sorted(wanted) if code in among), ENGLISH)
