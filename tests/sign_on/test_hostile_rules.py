"""Each hostile response is refused by the rule that means it, and not by luck."""

from __future__ import annotations

import pytest

from tests.sign_on.hostile import RULES, hostile
from tests.sign_on.stage import IDP, PUBLIC, START, identity_provider, keys
from vestibule.dev_idp.mint import Recipe
from vestibule.sign_on.matching import said_by
from vestibule.sign_on.response import Expected, accepted
from vestibule.sign_on.service_provider import service_provider
from vestibule.sign_on.setup import Choices
from vestibule.sign_on.unacceptable import Unacceptable


@pytest.mark.parametrize("name", RULES)
def test_it_is_refused_by_the_rule_that_means_it(name: str) -> None:
    us = service_provider(PUBLIC, "corp", shared=False)
    expected = Expected(us, identity_provider(), START, "v1", [keys("our certificate").key()])

    def make(email: str, **more: object) -> Recipe:
        given = {
            "issuer": IDP, "acs_url": us.acs_url, "audience": us.entity_id, "now": START, "name_id": email,
            "attributes": {"email": (email,)}, "in_response_to": "v1",
        }  # fmt: skip
        return Recipe(**{**given, **more})

    with pytest.raises(Unacceptable) as caught:
        said_by(accepted(hostile(name, make), expected), Choices())
    assert caught.value.rule == RULES[name], caught.value.sentence
