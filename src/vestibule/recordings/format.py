"""The recording format: what an identity provider sends, what it must get, what is there afterwards.

Public and versioned; ``docs/reference/recording-format.md`` says it in words. Values only:
``read_recording`` makes them from JSON, ``vestibule.recordings.replay`` plays them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

FORMAT: Final = "vestibule-recording"
VERSION: Final = 1
METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")


class Absent(Enum):
    """The one value that stands for a key that is not there, where null means something."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT


class RecordingFault(ValueError):
    """A file is no recording: the file, the place in it, what was found, what is allowed."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """What the answer must be. ``body`` is a pattern (``vestibule.recordings.pattern``); ABSENT takes any."""

    status: int
    headers: Mapping[str, Any] = field(default_factory=dict)
    body: Any = ABSENT


@dataclass(frozen=True, slots=True)
class Step:
    """One request and what is expected of its answer.

    ``base`` names a captured document: it is sent back with ``body`` merged over it, as a client
    does that writes its values onto the answer of a GET (W31). A header that is None is not sent.
    ``capture`` gives names to parts of the answer, by JSON pointer; "" is the whole of it.
    """

    method: str
    path: str
    expect: Expectation
    name: str = ""
    headers: Mapping[str, str | None] = field(default_factory=dict)
    body: Any = ABSENT
    base: str | None = None
    capture: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Known:
    """A resource that is there before the first step, and the name under which its ``id`` is captured."""

    resource: Mapping[str, Any]
    as_: str = ""


@dataclass(frozen=True, slots=True)
class Setup:
    """What is there before the first step.

    ``users`` and ``groups`` are created over SCIM. ``existing`` are people whom the product had
    before provisioning, as the columns of a ``user import`` file, and ``domains`` are proven
    by the tenant: both are the caller's to bring about.
    """

    users: tuple[Known, ...] = ()
    groups: tuple[Known, ...] = ()
    existing: tuple[Mapping[str, str], ...] = ()
    domains: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Directory:
    """What must hold after the last step.

    ``users`` and ``groups`` are patterns found by userName and displayName; ``absent_users`` and
    ``absent_groups`` are names that must find nothing; ``user_count`` and ``group_count`` are
    how many are listed in all, where that matters.
    """

    users: tuple[Mapping[str, Any], ...] = ()
    groups: tuple[Mapping[str, Any], ...] = ()
    absent_users: tuple[str, ...] = ()
    absent_groups: tuple[str, ...] = ()
    user_count: int | None = None
    group_count: int | None = None


@dataclass(frozen=True, slots=True)
class Recording:
    """One sequence of requests, whole.

    ``facts`` are the numbers of the wire facts it shows (W, R, K), ``profile`` the application
    profile of the tenant it is meant for, ``dialect`` the sender's; ``headers`` go with every step.
    """

    name: str
    steps: tuple[Step, ...]
    about: str = ""
    facts: tuple[str, ...] = ()
    profile: str = "generic"
    dialect: str = ""
    headers: Mapping[str, str | None] = field(default_factory=dict)
    setup: Setup = field(default_factory=Setup)
    directory: Directory = field(default_factory=Directory)
