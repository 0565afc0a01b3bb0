"""How this process logs: one line for each entry, readable or JSON, without secrets and without people's addresses.

Only ``vestibule serve`` sets this up; embedded, the host application's logging stays as it is.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import orjson
import structlog

from vestibule.secret_texts import REDACTED, SECRET_NAMES, without_secrets

#: Mail addresses are people: no log line needs them whole.
_ADDRESS = re.compile(r"[\w.+-]+@(?=[\w-]+(?:\.[\w-]+)+)")
#: Loggers to which uvicorn gives handlers of its own when it is started by its defaults; they would print unredacted.
_OWN_HANDLERS = ("uvicorn", "uvicorn.error", "uvicorn.access")
_LONGEST_TEXT = 20_000
_DEEPEST = 6


def set_up_logs(format: str, level: str, stream: TextIO | None = None) -> None:
    """From now on: ``format`` is text or json, ``level`` debug, info, warning or error."""
    out = stream or sys.stdout
    lowest = logging.getLevelNamesMapping()[level.upper()]
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact_entry,
    ]
    renderer: Any = structlog.processors.JSONRenderer(serializer=_json) if format == "json" else _console(out)
    structlog.configure(
        processors=[*shared[:2], *shared[3:], renderer],
        wrapper_class=structlog.make_filtering_bound_logger(lowest),
        logger_factory=structlog.PrintLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(max(lowest, logging.WARNING))
    for name in _OWN_HANDLERS:
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [], True


def redact_entry(_logger: Any, _method: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A processor: values under secret names are hidden, texts lose what looks like a secret or a mail address."""
    for name, value in list(entry.items()):
        if not name.startswith("_"):
            entry[name] = REDACTED if SECRET_NAMES.search(name) else _redacted(value, 0)
    return entry


def _redacted(value: Any, depth: int) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if depth < _DEEPEST and isinstance(value, dict):
        return {
            str(name): REDACTED if SECRET_NAMES.search(str(name)) else _redacted(inner, depth + 1)
            for name, inner in value.items()
        }
    if depth < _DEEPEST and isinstance(value, list | tuple | set | frozenset):
        return [_redacted(inner, depth + 1) for inner in value]
    return _ADDRESS.sub("…@", without_secrets(str(value)[:_LONGEST_TEXT]))


def _json(entry: Any, **_: Any) -> str:
    return orjson.dumps(entry, default=str).decode()


def _console(out: TextIO) -> Any:
    return structlog.dev.ConsoleRenderer(
        colors=out.isatty(), exception_formatter=structlog.dev.plain_traceback
    )
