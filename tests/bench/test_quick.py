"""The benchmark at 1,000 users, as a smoke test: every answer right, every measure there, nothing about speed."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bench.process import python

_REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(("store", "page"), [("sqlite", "benchmark"), ("postgresql", "benchmark-postgresql")])
def test_a_quick_run_measures_everything(tmp_path: Path, store: str, page: str) -> None:
    written = tmp_path / "figures.json"
    command = python("-m", "bench", "--quick", "--store", store, "--json", str(written))
    command += ["--docs", str(tmp_path / "docs")]
    done = subprocess.run(
        [*command, "--folder", str(tmp_path)], cwd=_REPOSITORY, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-3000:]
    figures = json.loads(written.read_text())
    workloads = {burst["workload"] for burst in figures["bursts"]}
    assert {"lookup", "bare uvicorn", "W1 create after lookup", "W2 lookup", "W2 get by id"} <= workloads
    assert {"W3 PATCH active", "W5 list of 100", "W6 mix"} <= workloads
    assert [row["members"] for row in figures["memberships"]] == [100, 500]
    assert figures["bare_rows_per_second"] > 0
    assert figures["beside"]["lookups"] > 0
    assert all(bar["met"] in (True, False) for bar in figures["bars"])
    assert "What is promised" in done.stdout
    assert ("bare asyncpg reads" in workloads) == (store == "postgresql")
    shares = [bar["value"] for bar in figures["bars"] if "share of" in bar["name"]]
    assert len(shares) == (1 if store == "postgresql" else 2)
    assert all(share > 0 for share in shares)
    ElementTree.parse(tmp_path / "docs" / f"{page}.svg")
    assert f"{page}.svg" in (tmp_path / "docs" / f"{page}.md").read_text()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("run-")] == [], (
        "databases are removed"
    )
