"""schemathesis (pinned) against the real server, over a socket, by the OpenAPI document that it serves.

All its checks run. What they call a failure and is none stands in ``REASONS``, by the type of the problem.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import given
from schemathesis import Case, GenerationMode, Response
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi.checks import RejectedPositiveData

from bench.servers import Vestibule
from tests.cast import hanako
from tests.reference.effort import examples
from tests.served import HOST, hand_of, serving
from vestibule import registry
from vestibule.web.api.schemas import openapi_document

SLUG = "described"
#: What JSON Schema calls valid and is refused all the same, by the slug of the problem.
REASONS: dict[str, str] = {
    "invalid-filter": "a filter has a grammar of its own",
    "invalid-cursor": "cursors come from the server alone",
    "faulty-profile": "a profile is TOML with rules of its own",
    "invalid-body": "what no schema says: U+0000 is no text, 5.0 no integer",
    "invalid-parameter": "U+0000 is no text",
    "bad-domain": "a domain name has a form of its own",
    "bad-role": "a role names rights that the product has",
    "foreign-cursor": "cursors come from the server alone",
    "unknown-event-type": "types are those of the catalogue, or a part of it with a star",
    "address-refused": "an address is looked up, and must be public",
    "bad-secret": "a signing secret has a form of its own",
    "bad-slug": "a slug has two characters at least",
    "unknown-plan": "plans are the profile's",
    "unknown-dialect": "dialects are those installed",
    "key-reused": "a key that was used for another request",
    "name-missing": "a name of blanks is none",
    "no-such-service": "services are those that the product names",
    "setup-refused": "an identity provider has metadata, or addresses and a certificate, of its own form",
    "not-set-up": "what changes sign-on needs a sign-on",
    "consent-refused": "a code comes from a consent alone",
    "too-many": "a filter that would find more than is computed",
    "changed-meanwhile": "If-Match names a version",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vestibule]:
    with serving(tmp_path_factory.mktemp("served")) as running:
        yield running


@pytest.fixture(scope="module")
def person(server: Vestibule) -> str:
    idp = hand_of(server, SLUG, "--profile", "generic")
    return str(idp("POST", "/Users", hanako()).json["id"])


@pytest.fixture(scope="module")
def session(server: Vestibule) -> Iterator[requests.Session]:
    token = server.command("api-token", "issue", "--scope", "*").strip()
    with requests.Session() as opened:
        opened.headers["Authorization"] = f"Bearer {token}"
        yield opened


@pytest.fixture(scope="module")
def described(server: Vestibule, session: requests.Session) -> Any:
    base = f"http://{HOST}:{server.port}/api/v1"
    served = session.get(f"{base}/openapi.json").json()
    assert served["servers"] == [{"url": base}]
    schema = schemathesis.openapi.from_dict(served)
    schema.config.update(base_url=base)
    return schema


def operations() -> list[tuple[str, str]]:
    """Path and method of everything that is described."""
    resources = list(registry.members("vestibule.web.api.resources", "RESOURCE").values())
    document = openapi_document(resources, "http://localhost", "0")
    return [(path, method.upper()) for path, methods in document["paths"].items() for method in methods]


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["valid", "invalid"])
@pytest.mark.parametrize(("path", "method"), operations())
def test_what_is_described_is_what_happens(
    described: Any, session: requests.Session, person: str, path: str, method: str, mode: GenerationMode
) -> None:
    operation = described[path][method]
    if mode is GenerationMode.NEGATIVE and not _can_be_wrong(operation):
        pytest.skip("nothing can be wrong with it: no parameter, no body")

    @examples(4)
    @given(case=operation.as_strategy(generation_mode=mode))
    def run(case: Case) -> None:
        _make_useful(case, person, mode)
        _validate(case, case.call(session=session))

    run()


def _can_be_wrong(operation: Any) -> bool:
    raw = operation.definition.raw
    return bool(raw["parameters"] or "requestBody" in raw)


def _make_useful(case: Case, person: str, mode: GenerationMode) -> None:
    """Valid requests are about a tenant and a person that there are; and nobody waits for an event."""
    if isinstance(case.query, dict) and case.query.get("wait"):
        case.query["wait"] = 0
    if mode is GenerationMode.POSITIVE and isinstance(case.path_parameters, dict):
        for name, known in (("tenant", SLUG), ("id", person), ("name", "default")):
            if name in case.path_parameters and (name != "name" or "/connections/" in case.path):
                case.path_parameters[name] = known


def _validate(case: Case, response: Response) -> None:
    try:
        case.validate_response(response)
    except FailureGroup as group:
        failures = [failure for failure in group.exceptions if isinstance(failure, Failure)]
        left = [failure for failure in failures if not _is_listed(failure, case, response)]
        if left:
            raise FailureGroup(left) from None


def _is_listed(failure: Failure, case: Case, response: Response) -> bool:
    if isinstance(failure, RejectedPositiveData):
        return str(response.json().get("type", "")).rpartition("/")[2] in REASONS
    # A head over the limit is refused before anybody knows where it leads, in SCIM's words.
    return response.headers["content-type"] == ["application/scim+json"] and response.status_code in (
        400,
        431,
    )
