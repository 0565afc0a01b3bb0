"""Every text that the console says in the visitor's language, as it stands in templates, modules and guides."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

from jinja2 import Environment
from jinja2.ext import extract_from_ast

from vestibule.directory.events import EVENTS
from vestibule.judge.report import Outcome
from vestibule.profiles.builtin import builtin_texts
from vestibule.web.console.receiving.retelling import RETOLD

CONSOLE = Path(__file__).parents[2] / "src" / "vestibule" / "web"


def said() -> dict[str, str]:
    """Each text, and where it stands."""
    found: dict[str, str] = {}
    for text, where in (*_in_templates(), *_in_modules(), *_in_guides(), *_of_others()):
        found.setdefault(text, where)
    return found


def _in_templates() -> Iterator[tuple[str, str]]:
    for path in sorted(CONSOLE.rglob("templates/*.html")):
        tree = Environment(autoescape=True).parse(path.read_text("utf-8"))
        for line, _, message in extract_from_ast(tree, ("_",)):
            for text in message if isinstance(message, tuple) else (message,):
                if isinstance(text, str):
                    yield text, f"{path.name}:{line}"


def _in_modules() -> Iterator[tuple[str, str]]:
    for path in sorted(CONSOLE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and node.args:
                name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
                text = node.args[0]
                is_text = isinstance(text, ast.Constant) and isinstance(text.value, str)
                if name in ("message", "say") and is_text and "console" in path.parts:
                    yield text.value, f"{path.name}:{node.lineno}"  # type: ignore[attr-defined]


def _in_guides() -> Iterator[tuple[str, str]]:
    for path in sorted(CONSOLE.rglob("guides/*.toml")):
        read = tomllib.loads(path.read_text("utf-8"))
        yield read["name"], path.name
        for step in read["steps"]:
            yield step["text"], path.name


def _of_others() -> Iterator[tuple[str, str]]:
    """What other rooms say that a page shows in the visitor's language."""
    for event in EVENTS:
        yield (event.__doc__ or "").splitlines()[0], "events"
    for text in RETOLD:
        yield text, "retelling"
    for outcome in Outcome:
        yield outcome.value, "judge"
    for name, text in builtin_texts().items():
        word = tomllib.loads(text)["product"].get("wording", {}).get("tenant")
        if word:
            yield word, name
    yield "tenant", "profiles"
    for step in ("read", "scoped", "mapped", "sent", "answered", "matched", "recorded"):
        yield step, "trace"
