"""XML of strangers, parsed so that it can do no harm, and read so that nothing is there twice.

Everything that came over the wire goes through ``parse``; whoever reads it asks for *the* child of a
name and gets a refusal where there are two.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Any

from lxml import etree

from vestibule.sign_on.unacceptable import Unacceptable

#: An element, as lxml has it; lxml says no types.
Element = Any

SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
SAMLP = "urn:oasis:names:tc:SAML:2.0:protocol"
METADATA = "urn:oasis:names:tc:SAML:2.0:metadata"
DS = "http://www.w3.org/2000/09/xmldsig#"
XENC = "http://www.w3.org/2001/04/xmlenc#"
NAMES = {"saml": SAML, "samlp": SAMLP, "md": METADATA, "ds": DS, "xenc": XENC}

_DEEPEST = 32
_MOST_ELEMENTS = 3000
_MOST_ATTRIBUTES = 30
_DECLARED = re.compile(r"^<\?xml[^>]*?encoding\s*=\s*[\"']([^\"']*)[\"'][^>]*\?>")


def parse(
    text: bytes, *, most_bytes: int, most_elements: int = _MOST_ELEMENTS, drops_comments: bool = False
) -> Element:
    """The root of a document. ``Unacceptable``: too large or deep, not UTF-8, a doctype, comments, not XML.

    The encoding is settled before the parser sees a byte, so that a doctype cannot hide in another one.
    ``drops_comments`` reads it as if comments and processing instructions were not there: for what an
    administrator hands over, never for what is signed.
    """
    if len(text) > most_bytes:
        raise Unacceptable("size", f"The message has {len(text):,} bytes; at most {most_bytes:,} are read.")
    try:
        characters = text.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unacceptable("encoding", "The message is not UTF-8.") from None
    declared = _DECLARED.match(characters)
    if declared and declared[1].lower() not in ("utf-8", "us-ascii"):
        raise Unacceptable("encoding", "The message says that it is in another encoding than UTF-8.")
    if "<!DOCTYPE" in characters or "<!ENTITY" in characters:
        raise Unacceptable(
            "doctype", "The message has a document type declaration (DOCTYPE), which SAML has not."
        )
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=drops_comments,
        remove_pis=drops_comments,
    )
    try:
        root = etree.fromstring(characters.encode(), parser)
    except etree.XMLSyntaxError as fault:
        raise Unacceptable("xml", f"The message is not well-formed XML: {fault.msg}.") from None
    if root.getroottree().docinfo.internalDTD is not None or root.getroottree().docinfo.doctype:
        raise Unacceptable(
            "doctype", "The message has a document type declaration (DOCTYPE), which SAML has not."
        )
    _refuse_oddities(root, most_elements)
    return root


def _refuse_oddities(root: Element, most_elements: int) -> None:
    """Comments and processing instructions split values; depth and width cost time. SAML needs none of them."""
    if root.getprevious() is not None or root.getnext() is not None:
        raise Unacceptable(
            "comment", "The message has comments or processing instructions, which SAML has not."
        )
    depth = count = 0
    for event, node in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        if event == "start":
            depth, count = depth + 1, count + 1
            if depth > _DEEPEST or count > most_elements or len(node.attrib) > _MOST_ATTRIBUTES:
                raise Unacceptable("size", "The message is nested too deeply or has too many elements.")
            if not isinstance(node.tag, str):
                raise Unacceptable("doctype", "The message has entities, which SAML has not.")
        elif event == "end":
            depth -= 1
        else:
            raise Unacceptable(
                "comment", "The message has comments or processing instructions, which SAML has not."
            )


def refuse_shared_ids(*roots: Element) -> None:
    """``Unacceptable`` where two elements bear the same ID, whatever the attribute's spelling or namespace."""
    seen: set[str] = set()
    for root in roots:
        for value in root.xpath("//@*[translate(local-name(), 'ID', 'id') = 'id']"):
            if value in seen:
                raise Unacceptable("ids", "Two elements of the message have the same ID.")
            seen.add(str(value))


class Shape:
    """A grammar (RELAX NG, beside this file) that a document must fit before any value of it is read."""

    def __init__(self, name: str) -> None:
        self._grammar = _grammar(name)

    def refuse(self, root: Element, rule: str = "shape") -> None:
        """``Unacceptable`` where it does not fit, with the place."""
        if self._grammar.validate(root):
            return
        told = [entry.message for entry in self._grammar.error_log]
        raise Unacceptable(
            rule,
            f"The message has not the shape that SAML 2.0 web sign-on asks for: {told[-1] if told else ''}.",
        )


@cache
def _grammar(name: str) -> Any:
    """Compiled once: it takes 2 ms, as long as all the rest of a response."""
    return etree.RelaxNG(etree.fromstring(files("vestibule.sign_on").joinpath(f"{name}.rng").read_bytes()))


def children(parent: Element, name: str) -> list[Element]:
    """The direct children of that name, ``saml:Issuer``."""
    found: list[Element] = parent.findall(name, NAMES)
    return found


def the_only(parent: Element, name: str) -> Element:
    """The one child of that name. ``Unacceptable`` where there is none, or more than one."""
    found = children(parent, name)
    if len(found) != 1:
        raise Unacceptable(
            "shape", f"{tag(parent)} has {len(found)} elements {name} where there must be one."
        )
    return found[0]


def at_most_one(parent: Element, name: str) -> Element | None:
    """The child of that name or None. ``Unacceptable`` where there are two."""
    return the_only(parent, name) if children(parent, name) else None


def text_of(element: Element) -> str:
    """All of an element's text, trimmed. ``Unacceptable`` where elements stand in it."""
    if len(element):
        raise Unacceptable("shape", f"{tag(element)} has elements in it where there must be text alone.")
    return "".join(element.itertext()).strip()


def tag(element: Element) -> str:
    """The bare name of an element, for sentences."""
    return str(etree.QName(element).localname)


def serialised(element: Element) -> bytes:
    """An element as bytes, with the namespaces in scope, without what comes after it."""
    written: bytes = etree.tostring(element, with_tail=False)
    return written
