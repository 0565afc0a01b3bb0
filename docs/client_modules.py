"""The client's modules, written from the OpenAPI document: a module for each resource, and the two clients.

``python -m docs.generate`` writes them; a test holds them to the document, so that an operation without a method
is red.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from keyword import iskeyword
from pathlib import Path
from typing import Any

from vestibule import registry
from vestibule.web.api.schemas import openapi_document

Document = Mapping[str, Any]

CLIENT = Path(__file__).parents[1] / "src" / "vestibule" / "client"
_NOTICE = "# Written from the OpenAPI document by `make docs`; changes here are lost."
_REF = "#/components/schemas/"
_CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")
#: Those that are read by other means than a call: the document itself.
_WITHOUT_METHOD = ("description.openapi",)


def client_modules() -> dict[Path, Callable[[], str]]:
    """Every written module of both sides' clients, and what gives its text, formatted."""
    receiving = _Side("vestibule.web.api.resources", CLIENT, "vestibule.client")
    sending = _Side(
        "vestibule.web.directory_api.resources", CLIENT / "directory", "vestibule.client.directory"
    )
    return {**_modules(receiving), **_modules(sending)}


@dataclass(frozen=True, slots=True)
class _Side:
    """Where an API is declared, and where its client is written."""

    resources: str
    folder: Path
    package: str


def _modules(side: _Side) -> dict[Path, Callable[[], str]]:
    resources = list(registry.members(side.resources, "RESOURCE").values())
    document = openapi_document(resources, "", "")
    writer = _Writer(document, side.package)
    by_tag: dict[str, list[tuple[str, str, Document]]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if operation["operationId"] not in _WITHOUT_METHOD:
                by_tag.setdefault(operation["tags"][0], []).append((method.upper(), path, operation))
    order = {one.name: at for at, one in enumerate(resources)}
    tags = {one["name"]: one for one in document["tags"]}
    found = {
        side.folder / "resources" / f"{tag}.py": writer.module(tag, tags[tag]["description"], operations)
        for tag, operations in sorted(by_tag.items(), key=lambda pair: order[pair[0]])
    }
    names = sorted(by_tag)
    found[side.folder / "resources" / "__init__.py"] = (
        f'"""A module for each resource of the API."""\n\n{_NOTICE}\n'
    )
    found[side.folder / "clients.py"] = _clients(names, tags, side.package)
    return {path: partial(_formatted, text) for path, text in found.items()}


@dataclass(slots=True)
class _Module:
    """What is gathered for one module while its methods are written."""

    types: dict[str, str] = field(default_factory=dict)
    imports: dict[str, set[str]] = field(default_factory=dict)
    uses_page: bool = False


class _Writer:
    def __init__(self, document: Document, package: str) -> None:
        self._package = package
        self._schemas: Document = document["components"]["schemas"]
        #: Where a type was written first.
        self._home: dict[str, str] = {}

    def module(self, tag: str, description: str, operations: Sequence[tuple[str, str, Document]]) -> str:
        module = _Module()
        methods = [self._method(tag, module, *operation) for operation in operations]
        name = _class_name(tag)
        plain = "\n\n".join(one.replace("@ASYNC@", "").replace("@AWAIT@", "") for one in methods)
        waits = "\n\n".join(_asynchronous(one) for one in methods)
        types = "\n\n".join(module.types.values())
        lines = [
            f'"""{description}"""',
            "",
            _NOTICE,
            "",
            "from __future__ import annotations",
            "",
        ]
        collections = {"Sequence"} if "Sequence[" in "".join(methods) else set()
        if module.uses_page:
            collections |= {"AsyncIterator", "Iterator"}
        if collections:
            lines.append(f"from collections.abc import {', '.join(sorted(collections))}")
        if module.types:
            lines.append("from dataclasses import dataclass")
        typing = {name for name in ("Any", "Literal") if re.search(rf"\b{name}\b", types + plain)}
        if typing:
            lines.append(f"from typing import {', '.join(sorted(typing))}")
        lines += [
            "",
            "from vestibule.client.calls import Ask",
            "from vestibule.client.carriers import AsyncCarrier, Carrier",
        ]
        if module.uses_page:
            lines.append("from vestibule.client.pages import Page, page_of")
        for home, names in sorted(module.imports.items()):
            lines.append(f"from {self._package}.resources.{home} import {', '.join(sorted(names))}")
        lines += ["", "", types, "", ""]
        for prefix, carrier, body in (("", "Carrier", plain), ("Async", "AsyncCarrier", waits)):
            lines += [
                f"class {prefix}{name}:",
                f'    """{description}"""',
                "",
                f"    def __init__(self, carrier: {carrier}) -> None:",
                "        self._carrier = carrier",
                "",
                body,
                "",
                "",
            ]
        return "\n".join(lines)

    def _method(self, tag: str, module: _Module, method: str, path: str, operation: Document) -> str:
        name = operation["operationId"].partition(".")[2]
        parameters = operation["parameters"]
        in_path = [one for one in parameters if one["in"] == "path"]
        in_query = [one for one in parameters if one["in"] == "query"]
        body = self._body(operation)
        members = list(body["properties"].items()) if body else []
        required = set(body.get("required", ())) if body else set()
        answer, is_page = self._answer(tag, module, operation)
        signature = [
            "self",
            *(f"{_name(one['name'])}: {self._typed(tag, module, one['schema'])}" for one in in_path),
        ]
        keywords = []
        for wire, schema in sorted(members, key=lambda pair: pair[0] not in required):
            keywords.append(self._argument(tag, module, wire, schema, wire in required))
        for one in in_query:
            if not (is_page and one["name"] == "cursor"):
                keywords.append(self._argument(tag, module, one["name"], one["schema"], one["required"]))
        if method != "GET":
            keywords += ["if_match: object = None"] * any(one["name"] == "If-Match" for one in parameters)
            keywords.append("idempotency_key: str | None = None")
        if keywords:
            signature += ["*", *keywords]
        asked = [f'"{method}"', f'"{path}"', self._decoded(answer, is_page)]
        if in_path:
            asked.append(
                "path_values={" + ", ".join(f'"{one["name"]}": {_name(one["name"])}' for one in in_path) + "}"
            )
        query = [
            f'"{_name(one["name"])}": {_name(one["name"])}'
            for one in in_query
            if not (is_page and one["name"] == "cursor")
        ]
        if query:
            asked.append("query={" + ", ".join(query) + "}")
        if body is not None:
            asked.append(
                "body={"
                + ", ".join(f'"{_name(wire)}": {_sent(schema, _name(wire))}' for wire, schema in members)
                + "}"
            )
        if any(one["name"] == "wait" for one in in_query):
            asked.append("patience=float(wait)")
        if method != "GET":
            if any(keyword.startswith("if_match") for keyword in keywords):
                asked.append("if_match=if_match")
            asked.append("idempotency_key=idempotency_key")
        doc = _docstring(operation)
        ask = f"Ask({', '.join(asked)})"
        if is_page:
            module.uses_page = True
            returned = f"@ASYNC@Iterator[{answer}]"
            text = f"return self._carrier.items({ask})"
            head = "def"
        else:
            returned = answer or "None"
            annotated = f"answer: {returned} = " if answer else ""
            text = f"{annotated}@AWAIT@self._carrier.call({ask})" + (
                "\n        return answer" if answer else ""
            )
            head = "@ASYNC@def"
        # A method may be called ``list``, and hides the type in the annotations of its class.
        promised = returned.replace("list[", "Sequence[")
        return f"    {head} {_method_name(name)}({', '.join(signature)}) -> {promised}:\n        {doc}\n        {text}"

    def _argument(self, tag: str, module: _Module, wire: str, schema: Document, required: bool) -> str:
        typed = self._typed(tag, module, schema).replace("list[", "Sequence[")
        if required:
            return f"{_name(wire)}: {typed}"
        default = schema.get("default")
        if default is None and "None" not in typed:
            typed = f"{typed} | None" if "default" not in schema and schema.get("type") != "array" else typed
        if isinstance(default, list) or (default is None and schema.get("type") == "array"):
            return f"{_name(wire)}: {typed} = ()"
        return f"{_name(wire)}: {typed} = {default!r}"

    def _body(self, operation: Document) -> Document | None:
        if "requestBody" not in operation:
            return None
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        found: Document = self._schemas[schema["$ref"].removeprefix(_REF)]
        return found

    def _answer(self, tag: str, module: _Module, operation: Document) -> tuple[str, bool]:
        good = next(one for status, one in operation["responses"].items() if status.startswith("2"))
        schema = good.get("content", {}).get("application/json", {}).get("schema")
        if not schema:
            return "", False
        properties = schema.get("properties", {})
        if set(properties) == {"items", "next"}:
            return self._typed(tag, module, properties["items"]["items"]), True
        return self._typed(tag, module, schema), False

    def _decoded(self, answer: str, is_page: bool) -> str:
        if is_page:
            return f"page_of({answer})"
        return answer or "None"

    def _typed(self, tag: str, module: _Module, schema: Document) -> str:
        if "$ref" in schema:
            return self._named(tag, module, schema["$ref"].removeprefix(_REF))
        if "anyOf" in schema:
            forms = list(dict.fromkeys(self._typed(tag, module, one) for one in schema["anyOf"]))
            return " | ".join(sorted(forms, key=lambda one: one == "None"))
        if "enum" in schema:
            return f"Literal[{', '.join(map(repr, schema['enum']))}]"
        match schema.get("type"):
            case "array":
                return f"list[{self._typed(tag, module, schema['items'])}]"
            case "object":
                inner = schema.get("additionalProperties")
                typed = self._typed(tag, module, inner) if isinstance(inner, Mapping) and inner else "Any"
                return f"dict[str, {typed}]"
            case [*kinds]:
                return " | ".join(_PLAIN[kind] for kind in kinds)
            case None:
                return "Any"
            case kind:
                return _PLAIN[kind]

    def _named(self, tag: str, module: _Module, name: str) -> str:
        home = self._home.setdefault(name, tag)
        if home != tag:
            module.imports.setdefault(home, set()).add(name)
            return name
        if name not in module.types:
            schema = self._schemas[name]
            if "properties" not in schema:
                text = f"{name} = {self._typed(tag, module, {k: v for k, v in schema.items() if k != 'title'})}\n"
            else:
                members = [
                    (wire, one, self._typed(tag, module, one)) for wire, one in schema["properties"].items()
                ]
                text = _dataclass(name, schema, members)
            module.types[name] = text
        return name


_PLAIN = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}


def _dataclass(name: str, schema: Document, members: Iterable[tuple[str, Document, str]]) -> str:
    lines = [
        "@dataclass(frozen=True, slots=True)",
        f"class {name}:",
        f'    """{schema.get("description", name)}"""',
        "",
    ]
    for wire, one, typed in members:
        if "description" in one:
            lines += [f"    #: {line}" for line in _wrapped(one["description"])]
        lines.append(f"    {_name(wire)}: {typed}")
    return "\n".join([*lines, "", ""])


def _wrapped(text: str, width: int = 100) -> list[str]:
    lines, line = [], ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return [*lines, line]


def _docstring(operation: Document) -> str:
    lines = _wrapped(operation["summary"])
    if "description" in operation:
        lines = [*lines, ""]
        for paragraph in operation["description"].split("\n\n"):
            lines += [*_wrapped(paragraph), ""]
        lines.pop()
    if len(lines) == 1:
        return f'"""{lines[0]}"""'
    body = "\n".join(f"        {line}".rstrip() for line in lines[1:])
    return f'"""{lines[0]}\n{body}\n        """'


def _clients(names: Sequence[str], tags: Mapping[str, Document], package: str) -> str:
    lines = [
        '"""The two clients: every resource of the API as an attribute."""',
        "",
        _NOTICE,
        "",
        "from __future__ import annotations",
        "",
        "from vestibule.client.carriers import AsyncCarrier, Carrier",
    ]
    for name in names:
        made = _class_name(name)
        lines.append(f"from {package}.resources.{name} import Async{made}, {made}")
    for prefix in ("", "Async"):
        lines += [
            "",
            "",
            f"class {prefix}Resources:",
            '    """What a client offers."""',
            "",
            f"    def __init__(self, carrier: {prefix}Carrier) -> None:",
            "        self.carrier = carrier",
        ]
        for name in names:
            lines.append(f"        #: {tags[name]['description']}")
            lines.append(f"        self.{name} = {prefix}{_class_name(name)}(carrier)")
    return "\n".join([*lines, ""])


def _asynchronous(method: str) -> str:
    return (
        method.replace("@ASYNC@Iterator", "AsyncIterator")
        .replace("@ASYNC@", "async ")
        .replace("@AWAIT@", "await ")
    )


def _sent(schema: Document, name: str) -> str:
    match schema.get("type"):
        case "array":
            return f"list({name})"
        case "object":
            return f"dict({name} or {{}})"
    return name


def _class_name(tag: str) -> str:
    return "".join(part.capitalize() for part in tag.split("_"))


def _method_name(name: str) -> str:
    return f"{name}_" if iskeyword(name) else name


def _name(wire: str) -> str:
    name = _CAPITAL.sub("_", wire).lower()
    return f"{name}_" if iskeyword(name) or name == "self" else name


def _formatted(text: str) -> str:
    command = [sys.executable, "-m", "ruff"]
    for more in (
        ["check", "--fix", "--quiet", "--stdin-filename", "src/vestibule/client/x.py", "-"],
        ["format", "-"],
    ):
        done = subprocess.run(
            [*command, *more], input=text, capture_output=True, text=True, cwd=CLIENT.parents[2]
        )
        assert done.stdout, done.stderr
        text = done.stdout
    return text
