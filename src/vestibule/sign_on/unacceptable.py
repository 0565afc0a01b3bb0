"""Why what an identity provider sent was not accepted: the rule that says no, and a sentence for the administrator."""

from __future__ import annotations


class Unacceptable(Exception):
    """A message of the identity provider breaks a rule; nobody is signed on by it.

    ``rule`` is a short, stable word such as ``signature`` or ``audience``. ``sentence`` says what came,
    what was expected, and what to change; it is for administrators, the person is told less.
    """

    def __init__(self, rule: str, sentence: str) -> None:
        super().__init__(sentence)
        self.rule = rule
        self.sentence = sentence


def shown(value: str | None, longest: int = 200) -> str:
    """A value as it stands in a sentence: quoted, cut, without control characters."""
    if value is None:
        return "nothing"
    plain = "".join(character if character.isprintable() else "\ufffd" for character in value)
    return f"“{plain[:longest]}{'…' if len(plain) > longest else ''}”"
