"""Members: what a value means, what operations do, and that they commute."""

from __future__ import annotations

import pytest

from tests import cast
from tests.directory.acting import did_nothing, id_of, made, refusal
from tests.directory.products import PLAIN, SIGNING
from tests.directory.world import ENTRA, World
from vestibule.directory.facts import AllMembers, AllPending
from vestibule.directory.membership import MAX_UNRESOLVED
from vestibule.directory.request import Patch


def add(*values: str) -> cast.Document:
    return {"op": "add", "path": "members", "value": [{"value": value} for value in values]}


def remove(value: str) -> cast.Document:
    return {"op": "remove", "path": f'members[value eq "{value}"]'}


def replace(*values: str) -> cast.Document:
    return {"op": "replace", "path": "members", "value": [{"value": value} for value in values]}


CLEAR = {"op": "remove", "path": "members"}


class Team:
    """A world with two people and a group."""

    def __init__(self) -> None:
        self.world = World(SIGNING)
        self.hanako = id_of(self.world.post(cast.hanako()))
        self.zoe = id_of(self.world.post(cast.zoe()))
        self.group = id_of(self.world.post(cast.sales()))

    def patch(self, *operations: cast.Document, **more: object):  # type: ignore[no-untyped-def]
        return self.world.patch(self.group, *operations, **more)

    @property
    def members(self) -> set[str]:
        return set(self.world.shown_members(self.group))

    @property
    def waiting(self) -> set[str]:
        return set(self.world.waiting(self.group))


@pytest.fixture
def team() -> Team:
    return Team()


@pytest.mark.parametrize(
    ("value", "tolerance"),
    [
        ("{hanako}", {}),
        ("00u1hanako", {"member_by_external_id": 1}),
        ("HANAKO.sato@corp.test", {"member_by_user_name": 1}),
    ],
    ids=["id", "externalId", "userName"],
)
def test_a_value_means_a_person(team: Team, value: str, tolerance: dict[str, int]) -> None:
    change = team.patch(add(value.format(hanako=team.hanako)))
    assert team.members == {team.hanako}
    assert dict(change.tolerances) == tolerance
    assert not team.waiting


def test_an_external_id_is_that_of_the_asking_connection(team: Team) -> None:
    team.patch(add("00u1hanako"), connection=ENTRA)
    assert team.members == set()
    assert team.waiting == {"00u1hanako"}


def test_an_external_id_of_two_people_means_nobody(team: Team) -> None:
    team.world.post(cast.minjun(userName="kim@corp.test", externalId="00u1hanako"))
    team.patch(add("00u1hanako"))
    assert team.members == set()
    assert team.waiting == {"00u1hanako"}


def test_who_nobody_knows_waits_unseen_and_makes_no_version(team: Team) -> None:
    change = team.patch(add("nobody"))
    assert change.answer.error is None
    assert team.waiting == {"nobody"}
    assert team.world.resource(team.group).version == 1
    assert not change.events
    assert dict(change.tolerances) == {"member_unresolved": 1}
    assert change.pending[0].connection == 1
    assert change.pending[0].since


@pytest.mark.requirement("R52")
def test_strict_refuses_who_nobody_knows_and_matches_nobody(team: Team) -> None:
    for value in ("nobody", "00u1hanako"):
        status, scim_type, detail = refusal(team.patch(add(value), strict=True, match_people=False))
        assert (status, scim_type) == (400, "invalidValue")
        assert value in detail
    assert not team.patch(remove("nobody"), strict=True, match_people=False).changes_something


def test_who_existed_before_is_unresolved_until_claimed(team: Team) -> None:
    mika = team.world.bring(cast.existing_mika())
    team.patch(add(mika, "mika.laine@corp.test"))
    assert team.members == set()
    assert team.waiting == {mika, "mika.laine@corp.test"}
    team.world.patch(mika, {"op": "replace", "path": "title", "value": "x"})
    assert team.members == {mika}
    assert not team.waiting


@pytest.mark.parametrize(
    ("operations", "after"),
    [
        ([add("{h}"), add("{h}")], {"h"}),
        ([add("{h}", "{h}", "00u1hanako")], {"h"}),
        ([add("{h}"), remove("{h}")], set()),
        ([remove("{h}"), add("{h}")], {"h"}),
        ([remove("{h}")], set()),
        ([add("{h}", "{z}"), remove("00u1hanako")], {"z"}),
        ([add("{h}"), replace("{z}")], {"z"}),
        ([add("{h}"), replace()], set()),
        ([add("{h}"), CLEAR], set()),
        ([CLEAR, add("{h}")], {"h"}),
        ([add("{h}", "{z}"), {"op": "remove", "path": 'members[type eq "User"]'}], {"h", "z"}),
    ],
    ids=[
        "twice",
        "thrice-in-one",
        "add-remove",
        "remove-add",
        "remove-absent",
        "remove-by-external-id",
        "replace",
        "replace-empty",
        "clear",
        "clear-add",
        "matching-sees-who-was-there",
    ],
)
def test_operations_in_order(team: Team, operations: list[cast.Document], after: set[str]) -> None:
    ids = {"h": team.hanako, "z": team.zoe}

    def filled(value: object) -> object:
        if isinstance(value, str):
            return value.replace("{h}", team.hanako).replace("{z}", team.zoe)
        if isinstance(value, list):
            return [filled(item) for item in value]
        return {key: filled(item) for key, item in value.items()} if isinstance(value, dict) else value

    team.patch(*(filled(operation) for operation in operations))  # type: ignore[arg-type]
    assert team.members == {ids[name] for name in after}


def test_members_that_match_a_filter_go(team: Team) -> None:
    inner = id_of(team.world.post(cast.group("Inner")))
    team.patch(add(team.hanako, inner))
    team.patch({"op": "remove", "path": 'members[type eq "Group"]'})
    assert team.members == {team.hanako}


@pytest.mark.requirement("R152")
@pytest.mark.parametrize("again", [add, replace], ids=["add", "replace"])
def test_what_is_so_already_changes_nothing(team: Team, again) -> None:  # type: ignore[no-untyped-def]
    team.patch(add(team.hanako, "nobody"))
    assert did_nothing(team.patch(again(team.hanako, "nobody")))


def test_removing_who_is_not_there_changes_nothing(team: Team) -> None:
    assert did_nothing(team.patch(remove(team.hanako)))
    assert did_nothing(team.patch(remove("nobody")))


def test_an_unresolved_value_is_removed_by_itself(team: Team) -> None:
    team.patch(add("nobody"))
    assert team.patch(remove("nobody")).changes_something
    assert not team.waiting


@pytest.mark.parametrize("verb", ["PUT", "PATCH"])
def test_the_whole_leaves_nothing_unnamed(team: Team, verb: str) -> None:
    layla = id_of(team.world.post(cast.layla()))
    team.patch(add(team.hanako, layla, "nobody", "somebody"))
    team.world.delete(layla)
    if verb == "PUT":
        team.world.put(team.group, cast.sales(team.zoe, "somebody"))
    else:
        team.patch(replace(team.zoe, "somebody"))
    assert team.members == {team.zoe}
    assert team.waiting == {"somebody"}
    assert (team.group, layla) not in team.world.members


def test_a_tombstone_named_is_kept_and_comes_back(team: Team) -> None:
    team.world.delete(team.hanako)
    change = team.patch(add(team.hanako))
    assert change.members[0].tombstone
    assert not change.events
    assert team.members == set()
    team.world.post(cast.hanako())
    assert team.members == {team.hanako}


def test_adding_and_removing_reads_no_more_than_is_named(team: Team) -> None:
    team.patch(add(team.hanako))
    team.patch(add(team.zoe), remove(team.hanako))
    assert not [key for key in team.world.asked if isinstance(key, AllMembers | AllPending)]


def test_a_first_add_asks_twice_at_most(team: Team) -> None:
    team.patch(add(team.hanako))
    assert team.world.rounds <= 2


def test_beyond_the_limit_nothing_is_applied_and_the_count_is_named(team: Team) -> None:
    team.patch(add(*(f"nobody-{n}" for n in range(MAX_UNRESOLVED))))
    assert len(team.waiting) == MAX_UNRESOLVED
    change = team.patch(add(team.hanako, "one-more"))
    status, _, detail = refusal(change)
    assert status == 400
    assert "1,001" in detail
    assert team.members == set()
    assert team.patch(remove("nobody-1"), add("one-more")).answer.error is None


def test_the_limit_holds_for_a_new_group_and_a_whole(team: Team) -> None:
    many = [f"nobody-{n}" for n in range(MAX_UNRESOLVED + 1)]
    assert refusal(team.world.post(cast.group("Many", *many)))[0] == 400
    assert refusal(team.world.put(team.group, cast.sales(*many)))[0] == 400
    assert team.world.put(team.group, cast.sales(*many[1:])).answer.status == 200


@pytest.mark.requirement("R53")
def test_groups_nest_but_never_in_a_circle(team: Team) -> None:
    inner, outer = id_of(team.world.post(cast.group("Inner"))), id_of(team.world.post(cast.group("Outer")))
    team.world.patch(outer, add(inner))
    team.patch(add(outer))
    assert team.members == {outer}
    for group, member in ((inner, team.group), (team.group, team.group), (inner, outer)):
        status, _, detail = refusal(team.world.patch(group, add(member)))
        assert status == 400
        assert member in detail


@pytest.mark.requirement("R53")
def test_two_groups_that_add_each_other_at_once_make_no_circle(team: Team) -> None:
    inner = id_of(team.world.post(cast.group("Inner")))
    requests = [
        team.world.patch_request(inner, add(team.group)),
        team.world.patch_request(team.group, add(inner)),
    ]
    decided = [(team.world.decided(request), request) for request in requests]
    statuses = [team.world.commit(change, request).answer.status for change, request in decided]
    assert statuses == [200, 400]


def test_overlapping_patches_all_succeed_and_all_hold(team: Team) -> None:
    people = [
        id_of(team.world.post(cast.hanako(userName=f"p{n}@corp.test", externalId=f"e{n}"))) for n in range(32)
    ]
    team.patch(add(*people[16:]))
    requests: list[Patch] = [
        team.world.patch_request(team.group, add(person) if n < 16 else remove(person))
        for n, person in enumerate(people)
    ]
    decided = [(team.world.decided(request), request) for request in requests]
    for change, request in decided:
        assert not change.resources
        assert team.world.commit(change, request).answer.error is None
    assert team.members == set(people[:16])
    assert team.world.resource(team.group).version == 1 + 1 + 32


def test_two_that_add_the_same_person_both_succeed(team: Team) -> None:
    request = team.world.patch_request(team.group, add(team.hanako))
    first, second = team.world.decided(request), team.world.decided(request)
    team.world.commit(first, request)
    assert team.world.commit(second, request).answer.error is None
    assert team.members == {team.hanako}


def test_a_member_without_value_is_400(team: Team) -> None:
    assert refusal(team.patch({"op": "add", "path": "members", "value": [{"display": "x"}]}))[0] == 400
    assert refusal(team.world.post(cast.group("X", members=[{"display": "x"}])))[0] == 400


def test_nobody_by_external_id_of_a_dead_or_unmanaged_person() -> None:
    world = World(PLAIN)
    person = id_of(world.post(cast.hanako()))
    world.delete(person)
    group = id_of(world.post(cast.sales("00u1hanako")))
    assert world.waiting(group) == ["00u1hanako"]
    again = made(world.post(cast.hanako())).id
    assert world.shown_members(group) == [again]
