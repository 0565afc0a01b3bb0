"""``python -m tests.sign_on.differential``: mutated responses, ours against python3-saml, on one frozen clock.

What python3-saml rejects, we reject: a single exception fails the run. What it accepts and we reject is
listed by the rule of ours that said no; ``--write`` puts the table into the documentation.

Blocks of cases go to a process for each core. python3-saml compiles its schema anew for each response,
which took most of the time: here it is compiled once.
"""

from __future__ import annotations

import argparse
import copy
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from lxml import etree
from onelogin.saml2.constants import OneLogin_Saml2_Constants
from onelogin.saml2.response import OneLogin_Saml2_Response
from onelogin.saml2.settings import OneLogin_Saml2_Settings
from onelogin.saml2.utils import OneLogin_Saml2_Utils
from onelogin.saml2.xml_utils import OneLogin_Saml2_XML
from signxml.exceptions import SignXMLException

from tests.sign_on.hostile import AFTER, BEFORE, BYTES, MALLORY, RECIPES, hostile
from tests.sign_on.stage import IDP, PUBLIC, SSO, START, identity_provider, keys
from vestibule.dev_idp.mint import Recipe, encoded, response
from vestibule.sign_on.response import Expected, accepted
from vestibule.sign_on.service_provider import service_provider
from vestibule.sign_on.unacceptable import Unacceptable
from vestibule.sign_on.xml import NAMES, serialised

REQUEST = "v1"
US = service_provider(PUBLIC, "corp", shared=False)
EXPECTED = Expected(US, identity_provider(), START, REQUEST, [keys("our certificate").key()])
_VALUES = (
    "", " ", "x", "ada@corp.test", "https://evil.test", US.acs_url, US.entity_id, IDP, REQUEST, "vother", "2.0", "1.1",
    "2026-03-04T05:06:07Z", "2026-03-04T05:00:00Z", "2026-03-04T05:20:00Z", "2036-01-01T00:00:00Z", "2026-02-31T00:00:00Z",
    "2026-03-04T05:06:07.123456789Z", "2026-03-04T05:06:07", "urn:oasis:names:tc:SAML:2.0:cm:bearer",
    "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key", "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent", "0", "-1",
)  # fmt: skip


@dataclass
class Tally:
    """What came of the run."""

    both_accept: int = 0
    both_reject: int = 0
    #: We accept, it rejects: message and its reason. There must be none.
    too_lax: list[tuple[bytes, str]] = field(default_factory=list)
    #: It accepts, we reject: by our rule.
    stricter: Counter[str] = field(default_factory=Counter)
    #: The same of the attacks that have a name: name and our rule.
    named: list[tuple[str, str]] = field(default_factory=list)

    @property
    def total(self) -> int:
        """How many were compared."""
        return self.both_accept + self.both_reject + len(self.too_lax) + self.stricter.total()

    def add(self, other: Tally) -> None:
        """Take in what came of a part."""
        self.both_accept += other.both_accept
        self.both_reject += other.both_reject
        self.too_lax += other.too_lax
        self.stricter += other.stricter
        self.named += other.named


def make(email: str, **more: Any) -> Recipe:
    """The honest recipe, changed."""
    given = {
        "issuer": IDP, "acs_url": US.acs_url, "audience": US.entity_id, "now": START, "name_id": email,
        "attributes": {"email": (email,), "groups": ("a", "b")}, "in_response_to": REQUEST, "session_index": "s1",
    }  # fmt: skip
    return Recipe(**{**given, **more})


def ours(message: bytes) -> str:
    """ "" where we accept it, else the rule that says no."""
    try:
        accepted(message, EXPECTED)
    except Unacceptable as fault:
        return fault.rule
    return ""


_SETTINGS = OneLogin_Saml2_Settings(
    {
        "strict": True,
        "sp": {
            "entityId": US.entity_id,
            "assertionConsumerService": {"url": US.acs_url},
            "x509cert": keys("our certificate").certificate,
            "privateKey": keys("our certificate").private_key,
        },
        "idp": {
            "entityId": IDP,
            "singleSignOnService": {"url": SSO},
            "x509cert": keys("idp").certificate,
        },
        # An address as the NameID alone is enough for us (A3.10).
        "security": {"rejectDeprecatedAlgorithm": True, "wantAttributeStatement": False},
    }
)
_ASKED = {"https": "on", "http_host": "vestibule.test", "script_name": "/sso/corp/acs", "post_data": {}}


def theirs(message: bytes) -> str:
    """ "" where python3-saml accepts it, else its reason."""
    try:
        answer = OneLogin_Saml2_Response(_SETTINGS, encoded(message))
        if answer.is_valid(_ASKED, REQUEST):
            return ""
        return str(answer.get_error()) or "invalid"
    except Exception as fault:  # whatever it stumbles over is a no
        return f"{type(fault).__name__}: {fault}"


def name_of(message: bytes) -> str:
    """The NameID as python3-saml reads it."""
    name: str = OneLogin_Saml2_Response(_SETTINGS, encoded(message)).get_nameid()
    return name


@contextmanager
def frozen() -> Iterator[None]:
    """python3-saml asks one function for the time, and allows five minutes of skew; ours allows two."""
    now, drift = OneLogin_Saml2_Utils.now, OneLogin_Saml2_Constants.ALLOWED_CLOCK_DRIFT
    validate = OneLogin_Saml2_XML.validate_xml
    OneLogin_Saml2_Utils.now = staticmethod(lambda: int(START.timestamp()))
    OneLogin_Saml2_Constants.ALLOWED_CLOCK_DRIFT = 120
    OneLogin_Saml2_XML.validate_xml = staticmethod(_fits)
    try:
        yield
    finally:
        OneLogin_Saml2_Utils.now, OneLogin_Saml2_Constants.ALLOWED_CLOCK_DRIFT = now, drift
        OneLogin_Saml2_XML.validate_xml = staticmethod(validate)


def _fits(xml: Any, schema: str, debug: bool = False) -> Any:
    """As python3-saml's own, with a schema that is compiled once."""
    try:
        root = OneLogin_Saml2_XML.to_etree(xml)
    except Exception:  # theirs catches all as well
        return "unloaded_xml"
    return root if _schema(schema).validate(root) else "invalid_xml"


@cache
def _schema(name: str) -> Any:
    folder = Path(sys.modules[OneLogin_Saml2_XML.__module__].__file__ or "").parent / "schemas"
    return etree.XMLSchema(etree.parse(folder / name))


def compare(messages: Iterable[bytes]) -> Tally:
    """Both on each."""
    tally = Tally()
    with frozen():
        for message in messages:
            mine, other = ours(message), theirs(message)
            if mine and other:
                tally.both_reject += 1
            elif not mine and not other:
                tally.both_accept += 1
            elif mine:
                tally.stricter[mine] += 1
            else:
                tally.too_lax.append((message, other))
    return tally


NAMED = (*AFTER, *BEFORE, *RECIPES, *BYTES)


def compare_named(names: Iterable[str] = NAMED) -> Tally:
    """Both on every hostile message that has a name, of those that are not encrypted."""
    whole = Tally()
    for name in names:
        tally = compare([hostile(name, make)])
        tally.named = [(name, rule) for rule in tally.stricter]
        whole.add(tally)
    return whole


def mutated(count: int, seed: int) -> Iterator[bytes]:
    """So many of chance: mutated before signing, after it, or as bytes."""
    return islice(_mutated(random.Random(seed)), count)


def _mutated(chance: random.Random) -> Iterator[bytes]:
    honest = [
        response(make(MALLORY, sign_response=signs_response, sign_assertion=signs_assertion), keys("idp"))
        for signs_response, signs_assertion in ((True, True), (True, False), (False, True))
    ]
    while True:
        kind = chance.random()
        if kind < 0.45:
            more = {"sign_response": chance.random() < 0.5}
            more["sign_assertion"] = not more["sign_response"] or chance.random() < 0.5
            if chance.random() < 0.3:
                more["starts"] = timedelta(seconds=chance.randrange(-1000, 1000))
            try:
                yield response(make(MALLORY, **more), keys("idp"), lambda root: bend(root, chance))
            except (SignXMLException, ValueError, TypeError):
                continue  # bent so far that nobody could sign it
        elif kind < 0.85:
            root = etree.fromstring(chance.choice(honest))
            bend(root, chance)
            yield serialised(root)
        else:
            yield bitten(chance.choice(honest), chance)


def bend(root: Any, chance: random.Random) -> None:
    """One to three changes of the tree."""
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        chance.choice(_BENDS)(root, chance)


def _some(root: Any, chance: random.Random) -> Any:
    return chance.choice([node for node in root.iter() if isinstance(node.tag, str)])


def _value(root: Any, chance: random.Random) -> None:
    node = _some(root, chance)
    if node.attrib and chance.random() < 0.7:
        node.set(chance.choice(sorted(node.attrib)), chance.choice(_VALUES))
    else:
        node.text = chance.choice(_VALUES)


def _drop_attribute(root: Any, chance: random.Random) -> None:
    node = _some(root, chance)
    if node.attrib:
        del node.attrib[chance.choice(sorted(node.attrib))]


def _drop(root: Any, chance: random.Random) -> None:
    node = _some(root, chance)
    if node.getparent() is not None:
        node.getparent().remove(node)


def _double(root: Any, chance: random.Random) -> None:
    node = _some(root, chance)
    if node.getparent() is not None:
        node.addnext(copy.deepcopy(node))


def _move(root: Any, chance: random.Random) -> None:
    node, place = _some(root, chance), _some(root, chance)
    if node.getparent() is not None and node not in list(place.iterancestors()) and node is not place:
        place.append(node)


def _swap(root: Any, chance: random.Random) -> None:
    node = _some(root, chance)
    if len(node) > 1:
        node.append(node[chance.randrange(len(node) - 1)])


def _add(root: Any, chance: random.Random) -> None:
    node = _some(root, chance)
    name = chance.choice(("{urn:x}y", f"{{{NAMES['saml']}}}Advice", f"{{{NAMES['samlp']}}}Extensions", "z"))
    etree.SubElement(node, name)


def _add_attribute(root: Any, chance: random.Random) -> None:
    _some(root, chance).set(
        chance.choice(("{urn:x}y", "ID", "Id", "NotBefore", "NotOnOrAfter")), chance.choice(_VALUES)
    )


def _odd(root: Any, chance: random.Random) -> None:
    node = chance.choice((etree.Comment("x"), etree.ProcessingInstruction("x", "y")))
    _some(root, chance).append(node)


def _person(root: Any, chance: random.Random) -> None:
    for node in root.iter():
        if node.text == MALLORY and chance.random() < 0.5:
            node.text = "ada@corp.test"


_BENDS: tuple[Callable[[Any, random.Random], None], ...] = (
    _value, _value, _value, _drop_attribute, _drop, _double, _move, _swap, _add, _add_attribute, _odd, _person,
)  # fmt: skip


def bitten(message: bytes, chance: random.Random) -> bytes:
    """Bytes changed, dropped, doubled."""
    text = bytearray(message)
    for _ in range(chance.choice((1, 1, 2, 4))):
        at = chance.randrange(len(text))
        match chance.randrange(3):
            case 0:
                text[at] = chance.randrange(256)
            case 1:
                del text[at : at + chance.randrange(1, 20)]
            case _:
                text[at:at] = text[at : at + chance.randrange(1, 40)]
    return bytes(text)


#: What our rules say that python3-saml does not ask; for the table.
_WHY = {
    "algorithm": "signed or hashed by an algorithm that is too weak, or unknown",
    "attributes": "the same attribute twice",
    "audience": "each audience restriction must name us, not one of them",
    "comment": "comments and processing instructions anywhere, which can cut a value in two",
    "destination": "the destination must be our ACS URL, not begin with it",
    "doctype": "a document type declaration",
    "encoding": "another encoding than UTF-8",
    "encryption": "an encrypted assertion that cannot be opened, or not safely",
    "ids": "two elements with one ID, however it is spelled",
    "issuer": "the issuer, and the format of its name",
    "recipient": "the recipient must be our ACS URL, not contain it",
    "reference": "a signature that refers to another element than its own",
    "request": "what was signed must say which request it answers",
    "shape": "one of everything, in SAML's order, and nothing that web sign-on does not have",
    "signature": "a signature that does not hold, of response or assertion",
    "size": "too large, too deep, or too many elements",
    "status": "a status that is no success",
    "subject": "an empty NameID",
    "time": "moments of response, sign-in and session, and confirmations of more than a day",
    "unsigned": "neither response nor assertion is signed",
    "xml": "not well-formed",
}
_PAGE = Path(__file__).parents[2] / "docs" / "reference" / "sign-on-differences.md"
_BLOCK = 100


def _block(count: int, seed: int) -> Tally:
    return compare(mutated(count, seed))


def compare_all(times: int, seed: int, told: Callable[[Tally, float], None]) -> Tally:
    """Named and mutated, on all cores; ``told`` hears of each block: all so far, and the seconds."""
    whole, began = Tally(), time.monotonic()
    sizes = [min(_BLOCK, times - start) for start in range(0, times, _BLOCK)]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        work = [pool.submit(compare_named)]
        work += [pool.submit(_block, size, seed * 1_000_003 + number) for number, size in enumerate(sizes)]
        for done in as_completed(work):
            whole.add(done.result())
            told(whole, time.monotonic() - began)
    whole.named.sort(key=lambda pair: NAMED.index(pair[0]))
    return whole


def table(tally: Tally) -> list[str]:
    """The differences, as a table in Markdown."""
    lines = ["| our rule | responses | what it asks |", "|---|---|---|"]
    for rule, count in sorted(tally.stricter.items(), key=lambda pair: (-pair[1], pair[0])):
        lines.append(f"| {rule} | {count:,} | {_WHY[rule]} |")
    return lines


def page(tally: Tally) -> str:
    """The reference page."""
    lines = [
        "# Where sign-on says no and python3-saml yes",
        "",
        "`make differential` holds mutated SAML responses against python3-saml 1.16, on one frozen clock, with the same two",
        "minutes of skew. What it rejects, we must reject: a single exception fails the run. The other way there are",
        f"differences, and this is what the last run of {tally.total:,} responses showed: both accepted {tally.both_accept:,},",
        f"both rejected {tally.both_reject:,}, we alone rejected {tally.stricter.total():,}, it alone {len(tally.too_lax):,}.",
        "",
        *table(tally),
        "",
        "Of the attacks that have a name (`tests/sign_on/hostile.py`), it alone accepts:",
        "",
        *(f"- {name} (our rule: {rule})" for name, rule in tally.named),
        "",
    ]
    return "\n".join(lines)


def main() -> int:
    """The long run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true", help=f"write {_PAGE.name} anew")
    asked = parser.parse_args()
    expected = asked.times + len(NAMED)

    def told(so_far: Tally, seconds: float) -> None:
        print(
            f"{so_far.total:,} of {expected:,}, {seconds:.0f} s, we accept and it rejects: {len(so_far.too_lax)}",
            flush=True,
        )

    tally = compare_all(asked.times, asked.seed, told)
    print(
        f"\n{tally.total:,} responses: both accept {tally.both_accept:,}, both reject {tally.both_reject:,}."
    )
    print("\n".join(table(tally)))
    for name, rule in tally.named:
        print(f"it alone accepts “{name}” (our rule: {rule})")
    for reason, count in Counter(reason for _, reason in tally.too_lax).most_common():
        print(f"we accept and it rejects: {count:,} times, as “{reason}”")
    for message, reason in tally.too_lax[:20]:
        print(f"WE ACCEPT AND IT REJECTS ({reason}):\n{message.decode('utf-8', 'replace')[:6000]}\n")
    print(f"We accept and it rejects: {len(tally.too_lax):,}")
    if asked.write and not tally.too_lax:
        _PAGE.write_text(page(tally), "utf-8")
    return 1 if tally.too_lax else 0


if __name__ == "__main__":
    sys.exit(main())
