"""Sign On beside Provisioning: the e-mail address that SAML says must be the user name that was provisioned (P8a)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from vestibule.provisioning.application import Application, SignOn
from vestibule.provisioning.expression import Expression, UnfitValue, compile_expression
from vestibule.provisioning.source import Person

#: So many people who differ are shown.
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Somebody whose two values differ."""

    login: str
    sign_on: str
    provisioning: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both settings, and the people whose values they make different: how many, and the first few.

    ``is_whole``: everybody who is assigned was looked at.
    """

    sign_on: str
    provisioning: str
    differing: int = 0
    shown: tuple[Mismatch, ...] = ()
    is_whole: bool = True

    def in_words(self) -> list[str]:
        """A line for both settings side by side, and one for each person shown; none where all agree."""
        if not self.differing:
            return []
        lines = [
            f"Sign On and Provisioning differ for {self.differing} of the people assigned:",
            f"  Sign On, e-mail attribute: {self.sign_on}   |   Provisioning, user name: {self.provisioning}",
        ]
        lines += [
            f"  {one.login}: {one.sign_on or '(nothing)'}   |   {one.provisioning or '(nothing)'}"
            for one in self.shown
        ]
        return lines


def compare(application: Application, people: Iterable[Person]) -> Comparison:
    """Both settings for these people; letter case makes no difference (P9)."""
    provisioning = application.username_expression
    if application.sign_on is not SignOn.SAML or not application.sign_on_email:
        return Comparison("", provisioning)
    email = compile_expression(application.sign_on_email)
    username = compile_expression(provisioning)
    differing = []
    for person in people:
        signing_on, user_name = _said(email, person), _said(username, person)
        if signing_on.casefold() != user_name.casefold():
            differing.append(Mismatch(person.login, signing_on, user_name))
    return Comparison(application.sign_on_email, provisioning, len(differing), tuple(differing[:_SHOWN]))


def _said(expression: Expression, person: Person) -> str:
    try:
        value = expression(person.attributes)
    except UnfitValue:
        return ""
    return value if isinstance(value, str) else ""
