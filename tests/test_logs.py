"""How a serving process logs: JSON on demand, and nothing secret or personal in any line."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog
import uvicorn

from vestibule.logs import set_up_logs
from vestibule.secret_texts import without_secrets


@pytest.fixture
def said() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield io.StringIO()
    structlog.reset_defaults()
    root.handlers, root.level = handlers, level


def test_json_is_one_object_a_line_with_time_level_and_fields(said: io.StringIO) -> None:
    uvicorn.Config(app="x:y")
    set_up_logs("json", "info", said)
    structlog.get_logger("vestibule.web").info("tidied", rows=3, tenant="corp")
    structlog.get_logger("vestibule.web").debug("not heard")
    logging.getLogger("uvicorn.error").warning("a library %s", "speaks")
    first, second = (json.loads(line) for line in said.getvalue().splitlines())
    assert (first["event"], first["rows"], first["tenant"], first["level"]) == ("tidied", 3, "corp", "info")
    assert first["timestamp"].endswith("Z")
    assert (second["event"], second["level"]) == ("a library speaks", "warning")


@pytest.mark.parametrize("format", ["json", "text"])
def test_secrets_and_mail_addresses_are_not_in_a_line(said: io.StringIO, format: str) -> None:
    set_up_logs(format, "info", said)
    log = structlog.get_logger()
    log.warning(
        "refused ada@example.com",
        token="vst_scim_abcdefgh12345678",
        headers={"Authorization": "Bearer abcdefgh12345678", "x": ["Bearer zyxwvuts12345678"]},
        url="postgresql://mia:hunter2@db/vestibule",
    )
    try:
        raise ValueError('{"password": "hunter2", "userName": "grace@example.com"}')
    except ValueError:
        log.exception("it failed")
    text = said.getvalue()
    for hidden in ("ada@", "grace@", "hunter2", "abcdefgh", "zyxwvuts"):
        assert hidden not in text
    assert "example.com" in text
    assert "[redacted]" in text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Bearer abcdefgh12345678 came", "[redacted] came"),
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "[redacted]"),
        ('{"client_secret": "s3", "name": "n"}', '{"client_secret": [redacted], "name": "n"}'),
        ("?api_key=12345&x=1", "?api_key=[redacted]&x=1"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "[redacted]"),
        ("https://mia:pw@host/", "https://mia:[redacted]@host/"),
        ("the token is expired", "the token is expired"),
        ("a secretary writes", "a secretary writes"),
    ],
)
def test_what_looks_like_a_secret_goes_and_prose_stays(text: str, left: str) -> None:
    assert without_secrets(text) == left
