"""Sentences that are kept in English, told in the visitor's language.

The rooms that keep them say from which texts they are made; one is recognised by its text, and the values
are put into what the message file has for that. What is not recognised is shown as it was kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from string import Formatter

from vestibule.directory.role_sentences import ROLE_SENTENCES
from vestibule.linking.connecting import CONNECTION_SENTENCES
from vestibule.linking.matching import ACCOUNT_SENTENCES
from vestibule.web.console.languages import ENGLISH, Language

#: Every text that is recognised.
RETOLD = (*ROLE_SENTENCES, *ACCOUNT_SENTENCES, *CONNECTION_SENTENCES)
#: Nothing that is made from these is longer, as values are cut.
_LONGEST = 2000


class Retelling:
    """``told`` gives a kept sentence in a language."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._patterns = [(text, _pattern(text)) for text in texts]

    def told(self, sentence: str, language: Language) -> str:
        """What it says there; the sentence itself where no text makes it, and in English."""
        if language.code == ENGLISH or len(sentence) > _LONGEST:
            return sentence
        for text, pattern in self._patterns:
            found = pattern.fullmatch(sentence)
            if found:
                return language.say(text, **found.groupdict())
        return sentence


def _pattern(text: str) -> re.Pattern[str]:
    """Matches what ``text.format(…)`` makes."""
    pieces = [
        re.escape(literal) + (f"(?P<{name}>.+?)" if name else "")
        for literal, name, _, _ in Formatter().parse(text)
    ]
    return re.compile("".join(pieces), re.DOTALL)


RETELLING = Retelling(RETOLD)
