"""From what the identity provider says to the provisioned person (P9): one rule for SAML and OpenID Connect.

The e-mail address equals the userName, letter case apart, folded as SCIM folds it for uniqueness.
Pure: what was said and who was found in, a person or a refusal out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from vestibule.directory.resource import Access, Resource, State
from vestibule.scim.fold import fold_user_name, hidden_character
from vestibule.sign_on.response import Assertion, email_name_id, looks_like_address
from vestibule.sign_on.setup import EMAIL_ATTRIBUTES, Choices
from vestibule.sign_on.unacceptable import Unacceptable, shown


@dataclass(frozen=True, slots=True)
class Said:
    """What an identity provider said of a person, in either protocol."""

    email: str
    #: Where the address stood: an attribute's name, or NameID.
    source: str
    #: NameID or ``sub``.
    subject: str
    subject_format: str = ""
    session_index: str = ""
    given_name: str = ""
    family_name: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """Who in the directory may be meant."""

    #: Managed or unclaimed, with that userName.
    named: Resource | None = None
    #: Deleted last under that userName.
    tombstone: Resource | None = None
    #: Others whose e-mail, userName or externalId is the address or the subject: they explain a mismatch.
    near: tuple[Resource, ...] = ()
    #: The domains that the tenant has proven.
    domains: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Turned:
    """Why somebody is turned away: a word for the record, a sentence for them, and one for the administrator."""

    rule: str
    told: str
    cause: str
    #: The userName that was provisioned, where it is another than the address that came.
    provisioned: str = ""


@dataclass(frozen=True, slots=True)
class Matched:
    """The person who is signed on; None is to be created."""

    person: Resource | None


def said_by(assertion: Assertion, chosen: Choices) -> Said:
    """The e-mail address of an assertion (A3.10), and what else is used of it. ``Unacceptable`` where there is none."""
    email, source = _email(assertion, chosen)
    return Said(
        email,
        source,
        assertion.name_id,
        assertion.name_id_format,
        assertion.session_index,
        _first(assertion.attributes, "firstname", "givenname"),
        _first(assertion.attributes, "lastname", "surname", "familyname", "sn"),
    )


def match(said: Said, found: Found, chosen: Choices, product: str) -> Matched | Turned:
    """Who is signed on, or why nobody is. ``product`` is the product's name, for the sentences."""
    person = found.named
    if person is None:
        return _nobody(said, found, chosen, product)
    if person.state is State.UNCLAIMED and said.email.rpartition("@")[2].lower() not in found.domains:
        return Turned(
            "unclaimed",
            f"An account {said.email} exists at {product} and is not tied to your company's sign-in yet. "
            "Ask your administrator to provision it.",
            f"{said.email} existed before provisioning, and the domain is not proven: provision the person from the "
            "identity provider, or have the domain proven.",
        )
    if not person.active or person.access is Access.ENDED:
        return Turned(
            "inactive",
            f"Your account {said.email} at {product} is deactivated. Ask your administrator to assign you to "
            f"{product} again.",
            f"{said.email} is deactivated. In the identity provider, assign the person to the application again.",
        )
    return Matched(person)


def _nobody(said: Said, found: Found, chosen: Choices, product: str) -> Matched | Turned:
    if found.near:
        provisioned = user_name_of(found.near[0])
        return Turned(
            "mismatch",
            f"You signed in as {said.email}, and your account at {product} goes by another name. Tell your administrator: "
            "the e-mail attribute of sign-on and the userName of provisioning differ.",
            f"Sign-on sends {said.email} ({said.source}), provisioning sent the userName {provisioned}. Make the two "
            "equal: in Okta, Sign On → Application username format and the SAML attribute must give what Provisioning → "
            "To App maps to userName.",
            provisioned,
        )
    if found.tombstone is not None:
        return Turned(
            "deleted",
            f"Your account {said.email} at {product} was deleted. Ask your administrator to assign you to {product} again.",
            f"{said.email} was deleted by provisioning, which sign-on does not undo. In the identity provider, assign the "
            "person to the application again.",
        )
    if chosen.creates_people:
        return Matched(None)
    return Turned(
        "unknown",
        f"There is no account {said.email} at {product}. Ask your administrator to assign you to {product}.",
        f"Nobody was provisioned with the userName {said.email} (it came as {said.source}). In the identity provider, "
        "assign the person to the application under Provisioning, and see that userName is mapped to the e-mail address.",
    )


def user_name_of(person: Resource) -> str:
    """The userName as it was provisioned."""
    return str(person.document().get("userName", ""))


def folded(email: str) -> str:
    """The form in which an address equals a userName."""
    return fold_user_name(email)


def checked_email(value: str, source: str) -> str:
    """The address. ``Unacceptable`` where it is none, or holds characters that show nothing."""
    if not looks_like_address(value) or hidden_character(value) is not None:
        raise Unacceptable(
            "email",
            f"{source} is {shown(value)}, which is no e-mail address. Map it to the person's e-mail address.",
        )
    return value


def _email(assertion: Assertion, chosen: Choices) -> tuple[str, str]:
    if chosen.email_attribute:
        values = assertion.attributes.get(chosen.email_attribute)
        if values is None:
            raise Unacceptable(
                "email",
                f"The assertion has no attribute {shown(chosen.email_attribute)}; it has "
                f"{', '.join(map(shown, list(assertion.attributes)[:10])) or 'none'}. Add it in the identity provider, or choose "
                "another e-mail attribute here.",
            )
        return _one(values, chosen.email_attribute), f"the attribute {chosen.email_attribute}"
    named = {
        name: values for name, values in assertion.attributes.items() if name.lower() in EMAIL_ATTRIBUTES
    }
    sent = {name: _one(values, name) for name, values in named.items()}
    if len({folded(value) for value in sent.values()}) > 1:
        pairs = ", ".join(f"{name} = {value}" for name, value in sent.items())
        raise Unacceptable(
            "email", f"The assertion has several e-mail addresses ({pairs}). Choose one e-mail attribute."
        )
    if sent:
        name = next(iter(sent))
        return sent[name], f"the attribute {name}"
    address = email_name_id(assertion)
    if not address:
        raise Unacceptable(
            "email",
            f"The assertion has no e-mail attribute, and its NameID {shown(assertion.name_id)} is no e-mail address. Send the "
            "e-mail address as the attribute “email”, or as the NameID in the format EmailAddress.",
        )
    return checked_email(address, "NameID"), "NameID"


def _one(values: tuple[str, ...], name: str) -> str:
    if len(values) != 1:
        raise Unacceptable(
            "email", f"The attribute {shown(name)} has {len(values)} values; it must have one."
        )
    return checked_email(values[0], f"The attribute {shown(name)}")


def _first(attributes: Mapping[str, tuple[str, ...]], *names: str) -> str:
    for name, values in attributes.items():
        if name.rpartition("/")[2].replace("_", "").lower() in names and len(values) == 1:
            return values[0][:256]
    return ""
