"""The endless scripts of the workload, W1 to W6, each over one population."""

from __future__ import annotations

from collections.abc import Iterator

from bench.call import Call
from bench.population import Population

#: The mix of W6 in hundredths, over sixteen connections.
MIX = {"lookup": 45, "get": 15, "create": 17, "patch active": 15, "add member": 5, "list": 3}
MIX_CONNECTIONS = 16


def create_as_okta(population: Population) -> Iterator[Call]:
    """W1: a lookup that finds nothing, then the POST."""
    while True:
        yield population.calls.lookup(population.next_user_name(), found=False)
        yield population.create_call()


def lookups(population: Population) -> Iterator[Call]:
    """W2: ``userName eq`` of somebody who is there."""
    while True:
        yield population.calls.lookup(population.anyone()[0])


def gets(population: Population) -> Iterator[Call]:
    """W2: one person by id."""
    while True:
        yield population.calls.get(population.anyone()[1])


def patches(population: Population) -> Iterator[Call]:
    """W3: ``active`` to and fro, one person after another, so that every PATCH changes something."""
    people = [user_id for _, user_id in population.people]
    population.random.shuffle(people)
    people = people[:200]
    while True:
        for active in (False, True):
            for user_id in people:
                yield population.calls.patch_active(user_id, active)


def one_member_to_and_fro(population: Population, group_id: str, members: set[str]) -> Iterator[Call]:
    """W4: add one who is not in the group, take them out again: the group keeps its size."""
    while True:
        user_id = population.anyone()[1]
        if user_id not in members:
            yield population.calls.add_members(group_id, [user_id])
            yield population.calls.remove_member(group_id, user_id)


def random_pages(population: Population, count: int = 100) -> Iterator[Call]:
    """W5: a page of an import from anywhere."""
    while True:
        yield population.calls.page(population.random.randint(1, max(1, population.wanted - count)), count)


def mix(population: Population) -> Iterator[Call]:
    """W6: what a busy hour looks like."""
    kinds = list(MIX)
    weights = list(MIX.values())
    calls = population.calls
    while True:
        for kind in population.random.choices(kinds, weights, k=100):
            name, user_id = population.anyone()
            match kind:
                case "lookup":
                    yield calls.lookup(name)
                case "get":
                    yield calls.get(user_id)
                case "create":
                    yield population.create_call()
                case "patch active":
                    yield calls.patch_active(user_id, population.random.random() < 0.5)
                case "add member":
                    group_id, _ = population.random.choice(population.groups[:10])
                    yield calls.add_members(group_id, [user_id])
                case "list":
                    yield calls.page(population.random.randint(1, max(1, population.wanted - 100)))
