"""The plain pages behind the links of error texts: they name the command, and show no data."""

from __future__ import annotations

import pytest

from vestibule.web.exchange import Reply
from vestibule.web.story_page import review_page, story_page

REQUEST = "1a2004e69f98314d2951543f"
REVIEW = "01a2004e-69f0-7c48-821d-628e043af4fe"


@pytest.mark.parametrize(
    ("reply", "command"),
    [
        pytest.param(story_page(REQUEST), f"vestibule explain {REQUEST}", id="request"),
        pytest.param(review_page(REVIEW), f"vestibule review link TENANT {REVIEW}", id="review"),
    ],
)
def test_a_page_names_its_command(reply: Reply, command: str) -> None:
    assert reply.status == 200
    assert command in reply.body.decode()
    assert (b"referrer-policy", b"no-referrer") in reply.headers


@pytest.mark.parametrize("path", ["", "x", "<script>", REQUEST[:-1], REQUEST + "0", REQUEST.upper()])
def test_what_is_no_number_is_not_shown_back(path: str) -> None:
    for reply in (story_page(path), review_page(path)):
        assert reply.status == 404
        assert b"<" not in reply.body
