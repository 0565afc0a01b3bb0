"""A run with webhooks and without, as tables and as a page for the documentation."""

from __future__ import annotations

from statistics import median

from bench.compared import Change, Compared, Lag, WithWebhooks
from bench.report import DURABLE, Rows, Tables, machine, measured, page, promised, yes_or_no


def tables(found: WithWebhooks) -> Tables:
    """(title, headings, rows) of everything that was measured; the promises last."""
    return [table for table in (_memory(found), _deliveries(found), _ratios(found)) if table[2]]


def markdown(found: WithWebhooks) -> str:
    """The page of the documentation."""
    sizes = found.sizes
    pace = f"{sizes.writes_per_second:g}"
    intro = [
        "Written by `python -m bench --with-webhooks`; do not edit. The promises of [the benchmark](benchmark.md),",
        "measured in three ways, in turns in one run, with all shipped defaults on",
        f"(every commit {DURABLE[found.store]}):",
        "",
        "- *alone*: servers with nothing but their people;",
        f"- *beside writes*: the same servers, while one more connection sends each of them {pace} writes a second. A",
        "  commit makes what was read before it cold, whether anybody hears of its event or not;",
        f"- *with webhooks*: servers with {sizes.endpoints} endpoints, {sizes.dead} of them dead (they hang, answer 500",
        f"  or refuse), {sizes.near} of them of the measured tenant, one of these dead; a reader follows the feed; and the",
        f"  same writes, each an event for the reader and {sizes.near} endpoints.",
        "",
        "Bare uvicorn is measured in the same turn, beside the same writes and deliveries: what these take of the",
        "machine they take from it too, so that the share is that of the server. Client, product and all servers share",
        "the machine.",
        "",
        f"A *change* is the median over {sizes.rounds} rounds of each round's own quotient, *with webhooks* over *alone*",
        "(by all) or over *beside writes* (by webhooks); after the ± stands how far the middle half of these quotients",
        "reaches. *Within the noise* is a change by webhooks for the better, or for the worse by no more than that;",
        "where the rounds differ too much, it cannot be told.",
        "",
        "Durable creates and members of groups are written at full tilt in short bursts. Each of these writes is",
        f"{sizes.near} deliveries, which wait in the log until the burst is over: their lag is that of a queue, and stands by",
        "itself. The promised lag is that of the steady writes, beside lookups at full tilt, imports, GETs of large",
        "groups and scans.",
        "",
        f"Machine: {machine(found.machine)}.",
    ]
    return page(f"Benchmark with webhooks, on {found.store}", intro, tables(found))


def _ratios(found: WithWebhooks) -> tuple[str, list[str], Rows]:
    rows = [
        [
            one.bar.name,
            *(_rounds(one, values) for values in (one.alone, one.writes, one.webhooks)),
            *(_change(one.by_all), _change(one.by_webhooks), _within(one.by_webhooks)),
            *(promised(one.bar), yes_or_no(one.bar.met)),
        ]
        for one in found.ratios
    ]
    headings = [
        *("measure", "alone", "beside writes", "with webhooks", "change by all"),
        *("change by webhooks", "within the noise", "bar", "met with webhooks"),
    ]
    return "What is promised: the median, lowest and highest of the rounds", headings, rows


def _within(change: Change) -> str:
    within = change.within_noise
    return "cannot be told" if within is None else yes_or_no(within)


def _change(change: Change) -> str:
    return f"{change.median - 1:+.1%} ± {change.spread:.1%}"


def _rounds(one: Compared, values: list[float]) -> str:
    low, high = (measured(one.bar, value).split()[0] for value in (min(values), max(values)))
    return f"{measured(one.bar, median(values))} ({low} to {high})"


def _deliveries(found: WithWebhooks) -> tuple[str, list[str], Rows]:
    late = found.bars[-1]
    rows = [
        _lag("lag, steady writes", found.steady, f"{promised(late)} at p99: {yes_or_no(late.met)}"),
        _lag("lag, bursts at full tilt", found.bursts, "none"),
        ["events that a living endpoint did not get", str(found.missing), "0"],
        ["events out of order for their resource", str(found.out_of_order), "0"],
        ["events that came twice", f"{found.again:,}", "none"],
        [
            f"events that the feed's readers got, of {found.events:,}",
            f"{found.read_from_feed:,}",
            "all",
        ],
        ["steady writes", f"{found.writes:,}", "none"],
    ]
    return "Deliveries to living endpoints", ["what", "measured", "bar"], rows


def _lag(name: str, lag: Lag | None, bar: str) -> list[str]:
    if lag is None:
        return [name, "nothing came", bar]
    said = f"p50 {lag.p50:.2f} s, p99 {lag.p99:.2f} s, worst {lag.worst:.2f} s, of {lag.deliveries:,}"
    return [name, said, bar]


def _memory(found: WithWebhooks) -> tuple[str, list[str], Rows]:
    rows = [[f"{row.users:,}", f"{row.without:.0f}", f"{row.beside:.0f}"] for row in found.memory]
    return (
        "Resident memory of the serving process at the end",
        ["users", "without MB", "with webhooks MB"],
        rows,
    )
