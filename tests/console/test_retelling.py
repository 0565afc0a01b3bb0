"""What is kept in English of roles and of accounts is told in the visitor's language; what is kept stays as it is."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest

from tests.console.hand import Hand, Stage, staged
from tests.console.test_hostile import CORE, OKTA
from tests.installation import Tenant
from vestibule.web.console.languages import Language, languages
from vestibule.web.console.receiving.retelling import RETELLING, RETOLD

JAPANESE, ENGLISH = languages()["ja"], languages()["en"]
_JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
_NAMES = re.compile(r"\{(\w+)\}")


@pytest.mark.parametrize("text", RETOLD)
def test_every_sentence_is_recognised_with_its_values(text: str) -> None:
    values = {name: f"the {name} “1.”" for name in _NAMES.findall(text)}
    kept = text.format(**values)
    told = RETELLING.told(kept, JAPANESE)
    assert _JAPANESE.search(told)
    assert told == JAPANESE.say(text, **values)
    assert all(value in told for value in values.values())
    assert RETELLING.told(kept, ENGLISH) == kept


@pytest.mark.parametrize(
    "sentence",
    [
        "",
        "decides",
        " decides",
        "userType decides it",
        "default roles",
        "No source has a role",
        "{source} comes",
        "日本",
    ],
)
def test_whatever_else_was_kept_is_shown_as_it_is(sentence: str) -> None:
    assert RETELLING.told(sentence, JAPANESE) == sentence


def test_a_long_sentence_is_not_looked_into() -> None:
    sentence = "x" * 1_000_000 + " decides"
    assert RETELLING.told(sentence, JAPANESE) == sentence


def test_a_language_without_it_shows_english() -> None:
    assert RETELLING.told("userType decides", Language("xx", "None yet", {})) == "userType decides"


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as made:
        yield made


async def _somebody(stage: Stage) -> tuple[Tenant, Hand, str]:
    """A person whose User type says one role and whose roles say another; and a Japanese administrator."""
    tenant = await stage.site.tenant("getaccept", "mine")
    hand = await stage.hand_of(await stage.administrator("admin@mine.test", tenant.record))
    hand.client.headers["accept-language"] = "ja"
    document = {"schemas": [f"{CORE}User"], "userName": "mika@corp.test", "userType": "Manager"}
    roles = [{"value": "Administrator", "primary": True}]
    answer = await tenant.post("/Users", {**document, "roles": roles}, OKTA)
    assert answer.status == 201, answer.json
    return tenant, hand, str(answer.json["id"])


async def test_a_person_and_the_story_say_in_japanese_which_rule_won(stage: Stage) -> None:
    tenant, hand, id = await _somebody(stage)
    await hand.open(f"/tenants/mine/people/{id}")
    assert "userType が決めます。値を持つ最初の項目です。" in hand.text
    assert "userType が優先されます" in hand.text
    assert "ロールは userType が決めるため" in hand.text
    assert "decides" not in hand.text
    [request] = (await stage.site.application.store.log.story_of(tenant.record.id, id)).requests
    assert request.payload
    assert request.payload["role"]["rule"] == "userType decides", "what is kept stays as it was"
    await hand.open(f"/tenants/mine/activity/{request.id}")
    assert "userType が決めます。" in hand.text
    hand.client.headers["accept-language"] = "en"
    await hand.open(f"/tenants/mine/people/{id}")
    assert "userType decides. It is the first source that has a value." in hand.text


async def test_the_simulator_and_who_would_change_speak_japanese(stage: Stage) -> None:
    _, hand, _ = await _somebody(stage)
    page = "/tenants/mine/settings/roles"
    await hand.open(page, **{"try": "1", "s0": "Manager", "s1": "Administrator"})
    assert "Manager userType が決めます。値を持つ最初の項目です。" in hand.text
    await hand.open(page, **{"try": "1", "s0": "Boss"})
    assert "userType の値「Boss」は、ここにあるロールではありません。" in hand.text
    await hand.open(page, **{"try": "1"})
    assert "既定のロール。何も送られていません。" in hand.text
    query = {"source": "userType", "value": "Manager", "instead": "Administrator"}
    await hand.open(f"{page}/changes", **query)
    assert "Manager → Administrator userType が決めます。" in hand.text
