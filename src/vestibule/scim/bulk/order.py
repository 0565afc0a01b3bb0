"""In which order the operations of a bulk request are carried out, so that its meaning stays (RFC 7644 §3.7, §3.7.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from heapq import heapify, heappop, heappush

from vestibule.scim.bulk.message import BulkOperation
from vestibule.scim.errors import InvalidValue
from vestibule.scim.findings import shown
from vestibule.scim.frozen import frozen


@frozen
class Step:
    """Operations carried out together: one, or several POSTs that name each other in a circle.

    ``is_circle``: they can only be made knowing each other's ids before. ``is_hopeless``: they would
    be members of each other, which no order and no id brings about (R169).
    """

    operations: tuple[BulkOperation, ...]
    is_circle: bool = False
    is_hopeless: bool = False


def ordered(operations: Sequence[BulkOperation]) -> list[Step]:
    """The steps in order (R167).

    The order is the one given, but that who names a resource of this request waits until it is
    made, and that operations on one resource never overtake each other. An operation that names
    a bulkId no POST has gets that as its fault.
    """
    makers = {one.bulk_id: at for at, one in enumerate(operations) if one.method == "POST" and one.bulk_id}
    known = [_with_fault(one, makers) for one in operations]
    needs = _needs(known, makers)
    circles = _circles(needs)
    return [_step([known[at] for at in circle], needs, makers) for circle in _in_order(circles, needs)]


def _with_fault(operation: BulkOperation, makers: dict[str, int]) -> BulkOperation:
    unknown = sorted(operation.named - makers.keys())
    if not unknown or operation.fault is not None:
        return operation
    fault = InvalidValue(
        f"Operation {operation.position}: no POST of this request has the bulkId {shown(unknown[0])}."
    )
    return replace(operation, references=(), target=None, fault=fault)


def _needs(operations: Sequence[BulkOperation], makers: dict[str, int]) -> list[set[int]]:
    """For each operation those that must come before it."""
    last_on: dict[str, int] = {}
    needs = []
    for at, operation in enumerate(operations):
        before = {makers[id] for id in operation.named}
        if operation.method != "POST":
            path = operation.path.rstrip("/").lower()
            if path in last_on:
                before.add(last_on[path])
            last_on[path] = at
        needs.append(before)
    return needs


def _circles(needs: Sequence[set[int]]) -> list[list[int]]:
    """The strongly connected parts of the graph, most of them one operation (Tarjan's way, without recursion)."""
    number: dict[int, int] = {}
    lowest: dict[int, int] = {}
    stack: list[int] = []
    on_stack: set[int] = set()
    found = []
    for start in range(len(needs)):
        if start in number:
            continue
        number[start] = lowest[start] = len(number)
        stack.append(start)
        on_stack.add(start)
        way = [(start, iter(sorted(needs[start])))]
        while way:
            at, rest = way[-1]
            for other in rest:
                if other not in number:
                    number[other] = lowest[other] = len(number)
                    stack.append(other)
                    on_stack.add(other)
                    way.append((other, iter(sorted(needs[other]))))
                    break
                if other in on_stack:
                    lowest[at] = min(lowest[at], number[other])
            else:
                way.pop()
                if way:
                    lowest[way[-1][0]] = min(lowest[way[-1][0]], lowest[at])
                if lowest[at] == number[at]:
                    cut = stack.index(at)
                    on_stack.difference_update(stack[cut:])
                    found.append(sorted(stack[cut:]))
                    del stack[cut:]
    return found


def _in_order(circles: Sequence[list[int]], needs: Sequence[set[int]]) -> list[list[int]]:
    """Each after all it needs; of those that are ready, the one that stands first in the request.

    What needs itself through others is left out.
    """
    home = {at: index for index, circle in enumerate(circles) for at in circle}
    waits = [{home[need] for at in circle for need in needs[at]} - {i} for i, circle in enumerate(circles)]
    followers: list[list[int]] = [[] for _ in circles]
    for index, before in enumerate(waits):
        for other in before:
            followers[other].append(index)
    ready = [(circle[0], index) for index, circle in enumerate(circles) if not waits[index]]
    heapify(ready)
    out = []
    while ready:
        _, index = heappop(ready)
        out.append(circles[index])
        for follower in followers[index]:
            waits[follower].discard(index)
            if not waits[follower]:
                heappush(ready, (circles[follower][0], follower))
    return out


def _step(operations: Sequence[BulkOperation], needs: Sequence[set[int]], makers: dict[str, int]) -> Step:
    first = operations[0]
    if len(operations) == 1 and first.position - 1 not in needs[first.position - 1]:
        return Step((first,))
    place = {one.position - 1: index for index, one in enumerate(operations)}
    contents = [_contents(one, makers, place) for one in operations]
    inside = _in_order([[index] for index in range(len(operations))], contents)
    if len(inside) < len(operations) or any(index in own for index, own in enumerate(contents)):
        return Step(tuple(operations), is_circle=True, is_hopeless=True)
    return Step(tuple(operations[index] for (index,) in inside), is_circle=True)


def _contents(operation: BulkOperation, makers: dict[str, int], place: dict[int, int]) -> set[int]:
    """Those of the circle that would be members of what this operation makes."""
    members = (reference.bulk_ids for reference in operation.references if reference.is_membership)
    return {place[makers[id]] for ids in members for id in ids if makers[id] in place}
