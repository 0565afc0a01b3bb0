"""A server that filters, sorts and pages wrongly, or shows what was not asked for."""

from __future__ import annotations

import re
from dataclasses import replace

from tests.judge.faults.fault import (
    Ask,
    Memory,
    answering,
    asking,
    document_of,
    fault,
    place,
    query_of,
    refusal,
    resources_of,
    with_query,
)
from vestibule.recordings.replay import Reply, Request

_LISTS = ("Users", "Groups")


def _is_list(request: Request) -> bool:
    return request.method == "GET" and place(request)[0] in _LISTS and not place(request)[1]


@fault(
    {"user_name_in_any_case": "R38"},
    follows={"spec_6_create_in_mixed_case": "K2", "lookup_finds_what_create_collides_with": "W26"},
    why="Okta looks a name up in capitals.",
)
async def eq_has_letter_case(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """userName eq compares letter case."""
    reply = await ask(request)
    match = re.fullmatch(r'userName eq "([^"\\]*)"', query_of(request).get("filter", ""))
    if not _is_list(request) or not match:
        return reply
    document = document_of(reply)
    kept = [one for one in resources_of(document) if one["userName"] == match[1]]
    return answering(reply, {**document, "Resources": kept, "totalResults": len(kept)})


@fault({"external_id_is_case_exact": "R31"})
async def external_ids_have_no_letter_case(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """externalId eq compares without letter case."""
    reply = await ask(request)
    match = re.fullmatch(r'externalId eq "([^"\\]*)"', query_of(request).get("filter", ""))
    if not _is_list(request) or not match or document_of(reply).get("totalResults") != 0:
        return reply
    return await ask(with_query(request, filter=f'externalId eq "{match[1].swapcase()}"'))


@fault(
    {"bad_filters_are_refused": "R119"},
    follows={"complex_needs_a_part": "R117", "booleans_have_no_order": "R112"},
    why="These too are filters that are to be refused.",
)
async def a_bad_filter_finds_everybody(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """A filter that is not understood is passed over."""
    reply = await ask(request)
    if _is_list(request) and reply.status == 400 and document_of(reply).get("scimType") == "invalidFilter":
        return await ask(with_query(request, filter=None))
    return reply


@fault(
    {"precedence": "R114"},
    follows={"every_operator": "R111"},
    why="One of its expressions is not (title pr).",
)
async def not_is_passed_over(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """not (…) is read as (…)."""
    expression = query_of(request).get("filter", "")
    if _is_list(request) and "not (" in expression:
        request = with_query(request, filter=expression.replace("not (", "("))
    return await ask(request)


@fault({"arrays_and_value_paths": "R116"})
async def brackets_are_read_as_and(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """emails[type eq "a" and value eq "b"] is read as emails.type eq "a" and emails.value eq "b"."""
    expression = query_of(request).get("filter", "")
    pattern = r'(\w+)\[(\w+ \w+ "[^"]*") and (\w+ \w+ "[^"]*")\]'
    if _is_list(request) and re.search(pattern, expression):
        request = with_query(request, filter=re.sub(pattern, r"(\1.\2 and \1.\3)", expression))
    return await ask(request)


@fault(
    {"present_means_not_empty": "R113"},
    follows={"every_operator": "R111"},
    why="pr is one of the operators.",
)
async def everything_is_present(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """pr is true for everybody."""
    expression = query_of(request).get("filter", "")
    if _is_list(request) and " pr" in expression:
        request = with_query(request, filter=re.sub(r"[\w.]+ pr\b", "id pr", expression))
    return await ask(request)


@fault({"instants_compare_as_instants": "R7"})
async def times_are_compared_as_texts(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """The zone of a time in a filter is cut off."""
    expression = query_of(request).get("filter", "")
    if _is_list(request) and "meta.created" in expression:
        cut = re.sub(r"(\d\d:\d\d:\d\d)(\.\d+)?[+-]\d\d:\d\d", r"\1\2Z", expression)
        request = with_query(request, filter=cut)
    return await ask(request)


@fault(
    {"nobody_found_is_an_empty_list": "R105", "test_connection": "K24", "spec_3_nobody_of_that_name": "K2"},
    follows={
        "external_id_is_case_exact": "R31",
        "precedence": "R114",
        "push_a_new_group": "W84",
        "membership_probe": "K23",
    },
    why="Each of them looks for what is not there.",
)
async def nobody_found_is_404(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """A lookup that finds nobody is answered 404."""
    reply = await ask(request)
    looks_up = _is_list(request) and " eq " in query_of(request).get("filter", "")
    if looks_up and document_of(reply).get("totalResults") == 0:
        return refusal(404, detail="Nobody.")
    return reply


@fault({"sorted_as_advertised": "R122"})
async def sort_by_is_ignored(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """sortBy is passed over."""
    return await ask(with_query(request, sortBy=None) if "sortBy" in query_of(request) else request)


@fault({"sorted_as_advertised": "R122"})
async def descending_is_ascending(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """sortOrder is passed over."""
    return await ask(with_query(request, sortOrder=None) if "sortOrder" in query_of(request) else request)


@fault(
    {"pages_make_the_whole": "R125"},
    follows={"count_is_obeyed": "R124"},
    why="It wants the total with count=0 too.",
)
async def the_total_is_that_of_the_page(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """totalResults is the number on the page."""
    reply = await ask(request)
    document = document_of(reply)
    if not _is_list(request) or "Resources" not in document:
        return reply
    return answering(reply, {**document, "totalResults": len(document["Resources"])})


@fault(
    {"a_page_says_where_it_stands": "R104"},
    follows={"spec_1_first_user": "W54"},
    why="Okta's suite reads the same number.",
)
async def no_items_per_page(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """Lists have no itemsPerPage."""
    reply = await ask(request)
    document = document_of(reply)
    if "itemsPerPage" not in document:
        return reply
    return answering(reply, {key: value for key, value in document.items() if key != "itemsPerPage"})


@fault(
    {"start_below_one_is_one": "R123"},
    follows={"pages_of_a_hundred": "W55"},
    why="From 1 on everybody but the first is there.",
)
async def start_index_begins_at_zero(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """startIndex=0 is the first, startIndex=1 the second, wherever there is no filter."""
    query = query_of(request)
    if not _is_list(request) or "filter" in query or not re.fullmatch(r"\d+", query.get("startIndex", "")):
        return await ask(request)
    reply = await ask(with_query(request, startIndex=str(int(query["startIndex"]) + 1)))
    document = document_of(reply)
    return (
        answering(reply, {**document, "startIndex": int(query["startIndex"])})
        if reply.status == 200
        else reply
    )


@fault(
    {"a_page_says_where_it_stands": "R124", "count_is_obeyed": "R124"},
    follows={"pages_make_the_whole": "R125"},
    why="Pages that hold more than they should overlap.",
)
async def count_is_ignored(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """count is passed over, except with a cursor."""
    query = query_of(request)
    return await ask(
        with_query(request, count=None) if "count" in query and "cursor" not in query else request
    )


@fault(
    {"the_order_is_stable": "W56"},
    follows={"start_below_one_is_one": "R123"},
    why="It compares two pages.",
)
async def the_order_changes(request: Request, ask: Ask, memory: Memory) -> Reply:
    """Every other list without a filter comes the other way round."""
    reply = await ask(request)
    document = document_of(reply)
    if not _is_list(request) or "filter" in query_of(request) or "Resources" not in document:
        return reply
    memory["times"] = memory.get("times", 0) + 1
    turn = -1 if memory["times"] % 2 else 1
    return answering(reply, {**document, "Resources": document["Resources"][::turn]})


@fault({"walk_by_cursor": "R191"})
async def a_cursor_repeats_a_page(request: Request, ask: Ask, memory: Memory) -> Reply:
    """The second page of a walk shows the first one's people."""
    reply = await ask(request)
    document = document_of(reply)
    cursor = query_of(request).get("cursor")
    if cursor == "" and reply.status == 200:
        memory["first"], memory["next"] = document["Resources"], document.get("nextCursor")
    elif cursor and cursor == memory.get("next") and reply.status == 200:
        return answering(reply, {**document, "Resources": memory["first"]})
    return reply


@fault({"a_cursor_belongs_to_its_question": "R192"})
async def a_cursor_takes_any_filter(request: Request, ask: Ask, memory: Memory) -> Reply:
    """A cursor goes on with the filter it began with, whatever the filter is now."""
    query = query_of(request)
    reply = await ask(request)
    if query.get("cursor") == "" and reply.status == 200:
        memory[document_of(reply).get("nextCursor", "")] = query.get("filter")
    elif reply.status == 400 and query.get("cursor") in memory:
        return await ask(with_query(request, filter=memory[query["cursor"]]))
    return reply


@fault(
    {"only_what_is_asked_for": "R127", "writes_are_projected_too": "R126", "extensions_by_name": "R127"},
    follows={"search_equals_get": "R130"},
    why="It compares an answer by GET, which shows everything, with one by POST.",
)
async def attributes_is_ignored(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """attributes in the query is passed over."""
    return await ask(with_query(request, attributes=None) if "attributes" in query_of(request) else request)


@fault({"all_but_what_is_left_out": "R71", "every_resource_has_an_id": "R24"})
async def the_id_can_be_left_out(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """excludedAttributes=id hides the id."""
    reply = await ask(request)
    if "id" not in query_of(request).get("excludedAttributes", "").split(","):
        return reply
    return answering(reply, {key: value for key, value in document_of(reply).items() if key != "id"})


@fault({"groups_without_members": "R128"})
async def members_are_always_shown(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """excludedAttributes=members is passed over."""
    leaves_out = query_of(request).get("excludedAttributes") == "members"
    return await ask(with_query(request, excludedAttributes=None) if leaves_out else request)


@fault({"not_modified": "R174"})
async def if_none_match_is_ignored(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """A GET with If-None-Match always answers with the whole resource."""
    kept = {name: value for name, value in request.headers.items() if name != "if-none-match"}
    return await ask(replace(request, headers=kept))


@fault({"stale_writes_are_refused": "R175"})
async def if_match_is_ignored(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """A write with If-Match is carried out whatever the version."""
    kept = {name: value for name, value in request.headers.items() if name != "if-match"}
    return await ask(replace(request, headers=kept))


@fault({"failures_are_counted": "R166"})
async def fail_on_errors_is_ignored(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """Bulk goes on after failOnErrors."""
    document = document_of(request)
    if "failOnErrors" in document:
        request = asking(request, {key: value for key, value in document.items() if key != "failOnErrors"})
    return await ask(request)
