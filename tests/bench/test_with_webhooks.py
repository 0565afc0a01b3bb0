"""The promises with webhooks and without, at 1,000 users: everything is measured, every event arrives; nothing about speed."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from bench.compared import Change, compared
from bench.process import python
from bench.results import Bar

_REPOSITORY = Path(__file__).resolve().parents[2]


def test_a_quick_run_measures_every_promise_in_three_ways(tmp_path: Path) -> None:
    written, docs = tmp_path / "figures.json", tmp_path / "docs"
    command = python("-m", "bench", "--with-webhooks", "--quick", "--json", str(written), "--docs", str(docs))
    done = subprocess.run(
        [*command, "--folder", str(tmp_path)], cwd=_REPOSITORY, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-3000:]
    figures = json.loads(written.read_text())
    names = [ratio["bar"]["name"] for ratio in figures["ratios"]]
    assert names == [
        "lookup at 1,000 users, share of bare uvicorn",
        "durable create up to 1,000 users, share of bare uvicorn",
        "p99 of lookups beside GETs of 500 members and scans",
        "add one member: group of 500 against 100",
    ]
    for ratio in figures["ratios"]:
        for way in ("alone", "writes", "webhooks"):
            assert len(ratio[way]) == 2
            assert all(value > 0 for value in ratio[way])
    assert (figures["missing"], figures["out_of_order"]) == (0, 0)
    assert figures["read_from_feed"] == figures["events"] > figures["writes"] > 0
    assert figures["bars"][-1]["name"] == "delivery lag p99, steady writes"
    assert "What is promised" in done.stdout
    page = (docs / "benchmark-webhooks.md").read_text()
    assert page.startswith("# Benchmark with webhooks, on SQLite")
    assert all(f"| {name} |" in page for name in names)


@pytest.mark.parametrize(
    ("quotients", "at_least", "within"),
    [
        pytest.param([0.5, 0.9, 1.2, 1.9], False, None, id="rounds that differ too much"),
        pytest.param([0.9, 1.0, 1.1, 1.2], True, True, id="better"),
        pytest.param([0.8, 0.9, 1.0, 1.1], True, True, id="worse by less than the spread"),
        pytest.param([0.90, 0.91, 0.92, 0.93], True, False, id="worse by more"),
        pytest.param([0.90, 0.91, 0.92, 0.93], False, True, id="less is better"),
        pytest.param([1.20, 1.21, 1.22, 1.23], False, False, id="more is worse"),
    ],
)
def test_noise_is_what_the_rounds_differ_by(
    quotients: list[float], at_least: bool, within: bool | None
) -> None:
    assert Change(quotients, at_least).within_noise is within


def test_the_ways_are_compared_round_by_round() -> None:
    ways = [[[Bar("share", value, 35.0, at_least=True)] for value in values] for values in _SHARES]
    (found,) = compared(*ways)
    assert (found.bar.value, found.bar.met) == (36.0, True)
    assert found.by_all.median == pytest.approx(0.6)
    assert found.by_webhooks.quotients == pytest.approx([0.9, 0.72, 1.2])


_SHARES = [60.0, 60.0, 60.0], [50.0, 50.0, 30.0], [45.0, 36.0, 36.0]
