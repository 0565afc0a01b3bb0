"""A name twice in one object of a body is refused, however it is written; a colon elsewhere is none of it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.installation import installation
from vestibule.recordings.replay import Request
from vestibule.scim.errors import InvalidSyntax
from vestibule.web.repeated_names import refuse_repeated_names

CORE = '"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"]'


@pytest.mark.parametrize(
    "text",
    [
        '{"userName": "a", "userName": "b"}',
        '{"userName":"a","title":"x","userName":"a"}',
        '{"userName" : "a", "userName"\n:"b"}',
        '{"userName": "a:b", "user\\u004eame": "c"}',
        '{"userName": "a", "userName": "\\u003a"}',
        '{"userName": "a", "userName": "\\u003A:"}',
        '{"name": {"userName": 1, "userName": 2}}',
        '{"emails": [{"userName": {}}, {"userName": [], "userName": {"a": 1}}]}',
        '{"userName": null, "userName": null}',
        '{"": 1, "": 2, "userName": 1, "userName": 2, "userName": 3}',
        '{"userName":"a","userName":"a"}',
    ],
)
def test_twice_is_refused_by_name(text: str) -> None:
    with pytest.raises(InvalidSyntax, match='"userName" twice'):
        refuse_repeated_names(text.encode(), json.loads(text))


@pytest.mark.parametrize(
    "text",
    [
        '{"a": {"b": 1}, "b": {"b": {"b": 2}}}',
        '{"a": ":", "b": "::\\"c\\":", "c": "\\u003a\\u003A"}',
        '{"a:b": 1, "a": {"b": 1}, "c": 1}',
        '{"a": 1e40, "b": 0.10}',
        "{}",
        '  {\n\t"a" :\r 1 }  ',
    ],
)
def test_once_each_is_taken(text: str) -> None:
    refuse_repeated_names(
        text.encode(), json.loads(text) if "1234567890" not in text else {"a": 1.0, "b": 1.0}
    )


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    ),
    st.booleans(),
)
def test_no_clean_document_is_refused(document: object, escaped: bool) -> None:
    text = json.dumps(document, ensure_ascii=escaped)
    try:
        raw = text.encode()
    except UnicodeEncodeError:
        return
    refuse_repeated_names(raw, document)


async def test_nothing_is_written_of_a_body_that_says_it_twice() -> None:
    async with installation() as site:
        tenant = await site.tenant()
        headers = {"Authorization": f"Bearer {tenant.token}", "Content-Type": "application/scim+json"}
        body = f'{{{CORE}, "userName": "a@corp.test", "active": true, "active": false}}'.encode()
        reply = await tenant.send(Request("POST", "/Users", headers, body))
        assert (reply.status, json.loads(reply.body)["scimType"]) == (400, "invalidSyntax")
        assert '"active" twice' in json.loads(reply.body)["detail"]
        assert (await tenant.get("/Users")).json["totalResults"] == 0
