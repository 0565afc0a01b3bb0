"""From a ``Recording`` back to JSON: what ``read_recording`` reads, defaults left out."""

from __future__ import annotations

import json
from typing import Any

from vestibule.recordings.format import ABSENT, FORMAT, VERSION, Directory, Known, Recording, Setup, Step


def write_recording(recording: Recording) -> str:
    """The recording as the text of a file, indented, in UTF-8's own letters."""
    document = {
        "format": FORMAT,
        "version": VERSION,
        "name": recording.name,
        **_present(
            about=recording.about,
            facts=list(recording.facts),
            profile=recording.profile,
            dialect=recording.dialect,
            headers=dict(recording.headers),
            setup=_setup(recording.setup),
        ),
        "steps": [_step(step) for step in recording.steps],
        **_present(directory=_directory(recording.directory)),
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _step(step: Step) -> dict[str, Any]:
    return {
        **_present(name=step.name),
        "method": step.method,
        "path": step.path,
        **_present(headers=dict(step.headers), base=step.base),
        **({} if step.body is ABSENT else {"body": step.body}),
        "expect": {
            "status": step.expect.status,
            **_present(headers=dict(step.expect.headers)),
            **({} if step.expect.body is ABSENT else {"body": step.expect.body}),
        },
        **_present(capture=dict(step.capture)),
    }


def _setup(setup: Setup) -> dict[str, Any]:
    return _present(
        users=[_known(known) for known in setup.users],
        groups=[_known(known) for known in setup.groups],
        existing=[dict(columns) for columns in setup.existing],
        domains=list(setup.domains),
    )


def _known(known: Known) -> dict[str, Any]:
    return {**_present(**{"as": known.as_}), "resource": dict(known.resource)}


def _directory(directory: Directory) -> dict[str, Any]:
    counts = {"users": directory.user_count, "groups": directory.group_count}
    return _present(
        users=[dict(pattern) for pattern in directory.users],
        groups=[dict(pattern) for pattern in directory.groups],
        absent=_present(users=list(directory.absent_users), groups=list(directory.absent_groups)),
        counts={name: count for name, count in counts.items() if count is not None},
    )


def _present(**values: Any) -> dict[str, Any]:
    """Those that say something."""
    return {name: value for name, value in values.items() if value not in (None, "", [], {})}
