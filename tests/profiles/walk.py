"""Walks what /Schemas and /ResourceTypes say, and tries each attribute and characteristic over HTTP.

Nothing but the served documents tells it what to expect. What it found untrue is a list of sentences.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import quote

from tests.installation import Answer, Tenant

PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
Declared = Mapping[str, Any]
#: Values of a wrong type, by type.
WRONG: dict[str, tuple[Any, ...]] = {
    "string": (17, {"a": 1}),
    "boolean": ("perhaps", 1),
    "integer": (1.5, "seven"),
    "decimal": ("seven", True),
    "dateTime": ("2024-01-01", 17),
    "binary": ("###",),
    "reference": ("no uri at all", 17),
    "complex": ("text", 17),
}


class NotMade(Exception):
    """A resource that should be possible was refused."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.json)
        self.answer = answer


@dataclass(frozen=True)
class Place:
    """An attribute or a sub-attribute in one resource type, as the documents declare it."""

    urn: str
    is_extension: bool
    attribute: Declared
    sub: Declared | None = None

    @property
    def leaf(self) -> Declared:
        return self.sub or self.attribute

    @property
    def path(self) -> str:
        name = self.attribute["name"]
        dotted = f"{name}.{self.sub['name']}" if self.sub else name
        return f"{self.urn}:{dotted}" if self.is_extension else dotted

    def is_any(self, **characteristics: str) -> bool:
        """Whether the attribute or its part has that characteristic."""
        return any(
            part[name] == value
            for name, value in characteristics.items()
            for part in (self.attribute, self.leaf)
        )

    def of(self, document: Declared) -> list[Any]:
        """What a representation shows there, one by one."""
        holder = document.get(self.urn, {}) if self.is_extension else document
        values = holder.get(self.attribute["name"])
        values = values if isinstance(values, list) else [] if values is None else [values]
        if self.sub is None:
            return values
        return [value[self.sub["name"]] for value in values if self.sub["name"] in value]

    def shows(self, document: Declared, value: Any) -> bool:
        """Whether exactly that value stands there; a complex one may have parts that the server adds."""
        found = self.of(document)
        if isinstance(value, dict) and len(found) == 1:
            return value.items() <= found[0].items()
        return found == [value]


@dataclass
class Walk:
    """One resource type of one tenant, whose connection is held to the RFCs."""

    tenant: Tenant
    endpoint: str
    places: list[Place]
    urns: list[str]
    #: Id and location of resources that references may lead to, by resource type.
    known: Mapping[str, tuple[str, str]]
    lies: list[str] = field(default_factory=list)
    numbers: Any = field(default_factory=lambda: count(1))

    async def all(self) -> list[str]:
        """Try everything; what is untrue."""
        for place in self.places:
            for probe in (
                self.written,
                self.required,
                self.typed,
                self.unwritable,
                self.secret,
                self.shown,
                self.case,
                self.immutable,
                self.unique,
                self.canonical,
            ):
                try:
                    await probe(place)
                except NotMade as refused:
                    self.claim(False, place, f"can be made ({probe.__name__})", refused.answer)
        return self.lies

    def claim(self, holds: bool, place: Place, said: str, answer: Answer) -> None:
        if not holds:
            self.lies.append(f"{self.endpoint} {place.path}: {said}; {answer.status} {answer.json}")

    # Probes.

    async def written(self, place: Place) -> None:
        """What is readWrite is kept as sent, changed, and removed."""
        if not self._is_kept(place) or place.is_any(mutability="immutable"):
            return
        value = self.sample(place.leaf, place)
        made = await self.post(place, value)
        query = f"?attributes={quote(place.path)}"
        self.claim(made.status == 201 and place.shows(made.json, value), place, "is kept as sent", made)
        if made.status != 201:
            return
        path = self.path_of(made)
        got = await self.tenant.get(path + query)
        self.claim(place.shows(got.json, value), place, "is read as sent", got)
        if place.attribute["name"] == "members" or (place.sub and place.attribute["multiValued"]):
            return
        other = self.sample(place.leaf, place)
        sent = [other] if place.sub is None and place.attribute["multiValued"] else other
        changed = await self.patch(path + query, "replace", place, sent)
        self.claim(place.shows(changed.json, other), place, "can be replaced", changed)
        if place.leaf["required"]:
            return
        removed = await self.patch(path + query, "remove", place)
        self.claim(removed.status == 200 and not place.of(removed.json), place, "can be removed", removed)

    async def required(self, place: Place) -> None:
        """What is required is refused when missing, unless a default stands in for it, and cannot be removed."""
        if not place.leaf["required"] or place.is_any(mutability="readOnly"):
            return
        if place.sub is not None:
            bare = {n: v for n, v in self.sample(place.attribute, place).items() if n != place.sub["name"]}
            if bare:
                answer = await self.post(Place(place.urn, place.is_extension, place.attribute), bare)
                self.claim(answer.status == 400, place, "is required in its attribute", answer)
            return
        if place.is_extension and not self._in_base(place):
            return
        body = self.body()
        del (body[place.urn] if place.is_extension else body)[place.attribute["name"]]
        answer = await self.tenant.post(self.endpoint, body)
        if answer.status == 201:
            self.claim(bool(place.of(answer.json)), place, "is required", answer)
        else:
            self.claim(_is(answer, 400, "invalidValue"), place, "is required", answer)
        made = await self.tenant.post(self.endpoint, self.body())
        removed = await self.patch(self.path_of(made), "remove", place)
        self.claim(_is(removed, 400, "mutability"), place, "is required, so it stays", removed)

    async def typed(self, place: Place) -> None:
        """A value of another type is refused."""
        if place.is_any(mutability="readOnly"):
            return
        for wrong in WRONG[place.leaf["type"]]:
            answer = await self.post(place, wrong)
            self.claim(_is(answer, 400, "invalidValue"), place, f"is no {wrong!r}", answer)
        if place.sub is None and place.attribute["multiValued"]:
            answer = await self.post(place, self.sample(place.attribute, place), in_array=False)
            self.claim(_is(answer, 400, "invalidValue"), place, "is an array", answer)

    async def unwritable(self, place: Place) -> None:
        """What is readOnly is passed over in POST and PUT, and refused in PATCH."""
        if not place.is_any(mutability="readOnly"):
            return
        value = self.sample(place.leaf, place)
        made = await self.post(place, value)
        self.claim(made.status == 201, place, "is passed over when readOnly", made)
        if made.status != 201:
            return
        self.claim(value not in place.of(made.json), place, "is readOnly in POST", made)
        path = self.path_of(made)
        put = await self.tenant.put(path, self.body(place, value, like=made.json))
        self.claim(put.status == 200 and value not in place.of(put.json), place, "is readOnly in PUT", put)
        patched = await self.patch(path, "replace", place, value)
        self.claim(_is(patched, 400, "mutability"), place, "is readOnly in PATCH", patched)

    async def secret(self, place: Place) -> None:
        """What is never returned is in no answer, and cannot be asked for."""
        if not place.is_any(returned="never"):
            return
        value = self.sample(place.leaf, place)
        made = await self.post(place, value)
        path = self.path_of(made)
        answers = [
            made,
            await self.tenant.get(path),
            await self.tenant.get(f"{path}?attributes={quote(place.path)}"),
            await self.patch(path, "replace", place, value),
            await self.tenant.get(self.endpoint),
        ]
        for answer in answers:
            self.claim(answer.status in (200, 201), place, "is taken", answer)
            self.claim(str(value) not in str(answer.json), place, "is never returned", answer)
        asked = await self.filter(f'{place.path} eq "{value}"')
        self.claim(_is(asked, 400, "invalidFilter"), place, "is never returned, so not asked for", asked)

    async def shown(self, place: Place) -> None:
        """Returned: default, request, always."""
        if not self._is_kept(place):
            return
        value = self.sample(place.leaf, place)
        made = await self.post(place, value)
        if made.status != 201:
            return
        path = self.path_of(made)
        whole = await self.tenant.get(path)
        named = await self.tenant.get(f"{path}?attributes={quote(place.path)}")
        others = await self.tenant.get(f"{path}?attributes=meta")
        without = await self.tenant.get(f"{path}?excludedAttributes={quote(place.path)}")
        on_request = place.is_any(returned="request")
        always = place.leaf["returned"] == "always"
        self.claim(place.shows(whole.json, value) is not on_request, place, "is shown by default", whole)
        self.claim(place.shows(named.json, value), place, "is shown when named", named)
        self.claim(
            bool(place.of(others.json)) is (always and place.sub is None), place, "is one of many", others
        )
        self.claim(place.shows(without.json, value) is always, place, "can be left out", without)

    async def case(self, place: Place) -> None:
        """caseExact decides whether a filter finds a value in other letter case; instants compare as such."""
        if not self._is_kept(place) or place.leaf["type"] == "complex":
            return
        value = self.sample(place.leaf, place)
        made = await self.post(place, value)
        if made.status != 201:
            return
        literal = str(value).lower() if not isinstance(value, str) else f'"{value}"'
        found = await self.filter(f"{place.path} eq {literal}")
        self.claim(made.json["id"] in _ids(found), place, f"is found by eq {literal}", found)
        filled = await self.filter(f"{place.path} pr")
        self.claim(made.json["id"] in _ids(filled), place, "is found by pr", filled)
        if place.leaf["type"] == "dateTime":
            same = value.replace("T08:00:00Z", "T10:00:00+02:00")
            again = await self.filter(f'{place.path} eq "{same}"')
            self.claim(made.json["id"] in _ids(again), place, "is a point in time", again)
        elif isinstance(value, str) and place.leaf.get("caseExact") is not None:
            swapped = await self.filter(f'{place.path} eq "{value.swapcase()}"')
            exact = place.leaf["caseExact"]
            self.claim((made.json["id"] in _ids(swapped)) is not exact, place, f"caseExact {exact}", swapped)

    async def immutable(self, place: Place) -> None:
        """What is immutable keeps its first value; the same again is no error."""
        if not place.is_any(mutability="immutable") or place.attribute["name"] == "members":
            return
        value, other = self.sample(place.leaf, place), self.sample(place.leaf, place)
        made = await self.post(place, value)
        self.claim(place.shows(made.json, value), place, "is set once", made)
        path = self.path_of(made)
        same = await self.tenant.put(path, self.body(place, value, like=made.json))
        self.claim(same.status == 200, place, "may be repeated", same)
        for answer in (
            await self.tenant.put(path, self.body(place, other, like=made.json)),
            await self.patch(path, "replace", place, other),
            await self.patch(path, "remove", place),
        ):
            self.claim(_is(answer, 400, "mutability"), place, "is immutable", answer)

    async def unique(self, place: Place) -> None:
        """Of two resources with one value the second is refused where it is unique, and only there."""
        if not self._is_kept(place) or place.leaf["type"] == "complex":
            return
        if place.path == "displayName" and self.endpoint == "/Groups":
            return  # unique within a connection, which RFC 7643 §7 has no word for (docs: Names)
        value = self.sample(place.leaf, place)
        first, second = await self.post(place, value), await self.post(place, value)
        is_unique = place.leaf["uniqueness"] != "none"
        self.claim(first.status == 201, place, "is taken", first)
        self.claim(
            _is(second, 409, "uniqueness") if is_unique else second.status == 201,
            place,
            f"uniqueness {place.leaf['uniqueness']}",
            second,
        )
        if is_unique and isinstance(value, str):
            swapped = await self.post(place, value.swapcase())
            wanted = 201 if place.leaf["caseExact"] else 409
            self.claim(swapped.status == wanted, place, "is unique by its case rule", swapped)

    async def canonical(self, place: Place) -> None:
        """Each canonical value is taken; another is taken as sent, or refused naming the canonical ones."""
        for value in place.leaf.get("canonicalValues") or () if self._is_kept(place) else ():
            if place.attribute["name"] == "members":
                return
            made = await self.post(place, value)
            self.claim(place.shows(made.json, value), place, f"takes {value!r}", made)
        if place.leaf.get("canonicalValues") and self._is_kept(place):
            other = await self.post(place, "Another-Word")
            refused = (
                _is(other, 400, "invalidValue") and place.leaf["canonicalValues"][0] in other.json["detail"]
            )
            self.claim(refused or place.of(other.json) == ["Another-Word"], place, "is open or closed", other)

    # Hands.

    async def post(self, place: Place, value: Any, *, in_array: bool = True) -> Answer:
        return await self.tenant.post(self.endpoint, self.body(place, value, in_array=in_array))

    async def patch(self, path: str, op: str, place: Place, value: Any = None) -> Answer:
        path_text = place.path
        if place.sub is not None and place.attribute["multiValued"]:
            whole = place.path.rpartition(".")[0]
            path_text = f"{whole}[value pr].{place.sub['name']}"
        operation = {"op": op, "path": path_text, **({} if op == "remove" else {"value": value})}
        answer = await self.tenant.patch(path, {"schemas": [PATCH_OP], "Operations": [operation]})
        if answer.status == 204:
            return await self.tenant.get(path)
        return answer

    async def filter(self, text: str) -> Answer:
        return await self.tenant.get(f"{self.endpoint}?count=1000&filter={quote(text, safe='')}")

    def path_of(self, made: Answer) -> str:
        if made.status != 201:
            raise NotMade(made)
        return f"{self.endpoint}/{made.json['id']}"

    def body(
        self,
        place: Place | None = None,
        value: Any = None,
        *,
        like: Declared | None = None,
        in_array: bool = True,
    ) -> dict[str, Any]:
        """The least that a resource needs (what ``like`` has, for a PUT on it), and ``value`` at ``place``."""
        body: dict[str, Any] = {"schemas": [self.urns[0]]}
        for each in self.places:
            if each.sub is None and each.attribute["required"] and self._in_base(each):
                if each.is_any(mutability="readOnly"):
                    continue
                held = each.of(like) if like else []
                holder = body.setdefault(each.urn, {}) if each.is_extension else body
                whole = self.whole(each.attribute, held[0] if held else self.sample(each.attribute, each))
                holder[each.attribute["name"]] = whole
        for each in self.places:
            # Required parts of an attribute that is optional by itself: name.familyName.
            if each.sub is not None and each.sub["required"] and self._is_wanted_part(each):
                held = each.of(like) if like else []
                part = body.setdefault(each.attribute["name"], {})
                part[each.sub["name"]] = held[0] if held else self.sample(each.sub, each)
        if place is not None:
            holder = body.setdefault(place.urn, {}) if place.is_extension else body
            name = place.attribute["name"]
            if place.sub is None:
                holder[name] = self.whole(place.attribute, value) if in_array else value
            else:
                held_parts = holder.get(name) if isinstance(holder.get(name), dict) else None
                element = held_parts or self.sample(place.attribute, place, only=place.sub["name"])
                element = {**element, place.sub["name"]: value}
                holder[name] = self.whole(place.attribute, element)
            if place.is_extension:
                body["schemas"].append(place.urn)
        return body

    def whole(self, attribute: Declared, value: Any) -> Any:
        return [value] if attribute["multiValued"] else value

    def sample(self, declared: Declared, place: Place, *, only: str = "") -> Any:
        """A fresh value of that attribute; of a complex one with ``value`` and what is required, or ``only`` beside."""
        name, number = declared["name"], next(self.numbers)
        if declared["type"] == "complex":
            parts = declared["subAttributes"]
            names = {"value", only} | {p["name"] for p in parts if p["required"]}
            if "value" not in {p["name"] for p in parts} and not only:
                names.add(next(p["name"] for p in parts if p["mutability"] != "readOnly") if parts else "")
            wanted = [p for p in parts if p["name"] in names and p["name"] != only]
            inner = Place(place.urn, place.is_extension, declared)
            return {p["name"]: self.sample(p, inner) for p in wanted if p["mutability"] != "readOnly"} or {
                p["name"]: self.sample(p, inner) for p in parts[:1]
            }
        links = [t for p in place.attribute.get("subAttributes") or () for t in p.get("referenceTypes", ())]
        linked = next((link for link in links if link in self.known), "")
        if linked and name in ("value", "$ref", "type") and declared["mutability"] != "readOnly":
            id, location = self.known[linked]
            return {"value": id, "$ref": location, "type": linked}[name]
        if declared.get("canonicalValues"):
            return declared["canonicalValues"][number % len(declared["canonicalValues"])]
        match declared["type"]:
            case "boolean":
                return True if name == "primary" else number % 2 == 0
            case "integer":
                return number
            case "decimal":
                return number + 0.5
            case "dateTime":
                return f"2026-01-{number % 28 + 1:02}T08:00:00Z"
            case "binary":
                return ("TWFu" * 4)[: 4 * (number % 3 + 1)]
            case "reference":
                return f"https://example.test/Sample/{number}"
        if name == "country":
            return ("Us", "De", "Jp")[number % 3]
        return f"Walk{number}@Corp.test" if name in ("userName", "value") else f"Sample Text {number}"

    def _is_kept(self, place: Place) -> bool:
        return not place.is_any(mutability="readOnly") and not place.is_any(returned="never")

    def _in_base(self, place: Place) -> bool:
        return not place.is_extension or place.urn in self.required_extensions

    def _is_wanted_part(self, place: Place) -> bool:
        return not place.is_extension and not place.attribute["multiValued"]

    required_extensions: frozenset[str] = frozenset()


async def walks(tenant: Tenant) -> AsyncIterator[Walk]:
    """A walk for each resource type that the tenant's discovery documents name."""
    schemas = {s["id"]: s for s in (await tenant.get("/Schemas")).json["Resources"]}
    types = (await tenant.get("/ResourceTypes")).json["Resources"]
    known: dict[str, tuple[str, str]] = {}
    for type in types:
        extensions = type.get("schemaExtensions", [])
        urns = [type["schema"], *(e["schema"] for e in extensions)]
        places = [
            Place(urn, urn != type["schema"], attribute, sub)
            for urn in urns
            for attribute in schemas[urn]["attributes"]
            for sub in (None, *attribute.get("subAttributes", ()))
        ]
        walk = Walk(tenant, type["endpoint"], places, urns, known)
        walk.required_extensions = frozenset(e["schema"] for e in extensions if e["required"])
        made = await tenant.post(type["endpoint"], walk.body())
        assert made.status == 201, made.json
        known[type["name"]] = made.json["id"], made.json["meta"]["location"]
        yield walk


def _is(answer: Answer, status: int, scim_type: str) -> bool:
    return answer.status == status and answer.json.get("scimType") == scim_type


def _ids(answer: Answer) -> list[str]:
    return [found["id"] for found in (answer.json or {}).get("Resources", [])]
