"""The expressions of an attribute mapping: CEL, in the way Okta's are written (W74).

``user.email``, ``"work"``, ``user.firstName + " " + user.lastName``, ``appuser.userType``,
``String.substringBefore(user.email, "@")``, ``user.primaryPhone != null ? "work" : null``.
A variable without a value is null; null added to text is nothing: to a mapping, null and the
empty text are one.

Pure; nothing here can reach beyond the person it is given. CEL has no loops but its macros, and
these are no functions here, so that an expression takes no longer than it is long.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import import_module
from typing import Any

from vestibule.provisioning.expression_functions import FUNCTIONS
from vestibule.provisioning.expression_text import InvalidExpression, Written, leaves, written

__all__ = ["Expression", "InvalidExpression", "UnfitValue", "Value", "compile_expression"]

Value = str | bool | None

_PLACE = re.compile(r"<input>:1:(\d+): (Syntax error: |)([^\n]*)")
_NOBODY: Mapping[str, Any] = {}


class UnfitValue(Exception):
    """An expression that cannot be evaluated for somebody; the message says why."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression: the person's attributes in, the value out.

    ``constants`` are the values it can give that depend on nobody: all of ``"Manager"``, both ends
    of ``user.title == "CEO" ? "Administrator" : "User"``, none of ``user.title``.
    """

    text: str
    program: _Program
    constants: frozenset[Value] = frozenset()
    #: Whether it gives the same for everybody.
    is_constant: bool = False

    def __call__(self, person: Mapping[str, Any], app_user: Mapping[str, Any] = _NOBODY) -> Value:
        """The value for a person, ``app_user`` being the application's own attributes; raises UnfitValue."""
        return self.program.value(person, app_user)


@lru_cache(maxsize=512)
def compile_expression(text: str) -> Expression:
    """The expression that ``text`` spells; raises InvalidExpression, naming the position."""
    read = written(text)
    program = _Program(read)
    program.try_out()
    constants: set[Value] = set()
    for leaf in leaves(read):
        if leaf.compares:
            constants |= {True, False}
        elif not leaf.references:
            constants.add(_Program(written(leaf.text)).value({}, {}))
    return Expression(text, program, frozenset(constants), is_constant=not read.references)


@cache
def _cel() -> Any:
    """The package, loaded for the first expression: with it comes a terminal's tool kit, for a command line of its own."""
    return import_module("cel")


class _Program:
    """A CEL program with a context of its own, in which only what it refers to is set.

    Filling a context with a whole person costs fifty times the evaluation.
    """

    def __init__(self, read: Written) -> None:
        self._read = read
        self._plain = next(iter(read.references.values())) if read.is_plain else None
        try:
            self._program = _cel().compile(read.cel)
        except ValueError as fault:
            raise _in_words(read, str(fault)) from None
        self._context = _cel().Context()
        self._context.add_variable("nul_", "")
        for name, (_, _, function) in FUNCTIONS.items():
            if name in read.functions:
                self._context.add_function(name.replace(".", "_"), function)
        #: Two threads must not see each other's person in it.
        self._turn = threading.Lock()

    def value(self, person: Mapping[str, Any], app_user: Mapping[str, Any]) -> Value:
        if self._plain is not None:  # most rows of a mapping
            root, attribute = self._plain
            return _value((person if root == "user" else app_user).get(attribute))
        with self._turn:
            for name, (root, attribute) in self._read.references.items():
                found = (person if root == "user" else app_user).get(attribute)
                self._context.add_variable(name, "" if found is None else found)
            try:
                return _value(self._program.execute(self._context))
            except (ValueError, TypeError, RuntimeError, ArithmeticError, KeyError, IndexError) as fault:
                raise UnfitValue(_short(str(fault))) from None

    def try_out(self) -> None:
        """What cannot work for anybody is told now: a text less than a number, say."""
        try:
            self._program.execute(self._filled(""))
        except TypeError as fault:
            raise InvalidExpression(
                f"expression {self._read.text!r}: at position 1 {_short(str(fault))}"
            ) from None
        except (ValueError, RuntimeError, ArithmeticError, KeyError, IndexError):
            return

    def _filled(self, value: str) -> Any:
        for name in self._read.references:
            self._context.add_variable(name, value)
        return self._context


def _value(found: Any) -> Value:
    if found is None or found == "":
        return None
    if isinstance(found, str | bool):
        return found
    if isinstance(found, int | float):
        return str(found)
    if isinstance(found, list) and all(isinstance(one, str) for one in found):
        return ";".join(found)
    raise UnfitValue(f"it gives {type(found).__name__}, which is no value of an attribute")


def _in_words(read: Written, said: str) -> InvalidExpression:
    """CEL's own place, which is ours as well: what is rewritten keeps its length."""
    places = _PLACE.findall(said)
    chosen = next((one for one in places if one[1]), places[0] if places else ("1", "", said))
    position = int(chosen[0])
    found = repr(read.text[position - 1]) if position <= len(read.text) else "the end"
    return InvalidExpression(
        f"expression {read.text!r}: at position {position} {found} was found, which is not expected there"
    )


def _short(said: str) -> str:
    """CEL's first sentence: what follows it is advice about CEL."""
    inner = re.search(r"Python function call failed: \w+: (.*?)\. Check function", said)
    return inner[1] if inner else said.split(". ", 1)[0]
