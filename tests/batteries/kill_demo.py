"""Kill ``make demo`` (SIGKILL, both sides at once) at random moments; every one ends in the same state.

``python -m tests.batteries.kill_demo --times 10``. Each time a fresh demo is killed, killed again
while it goes on, and then finished; what both products hold must be what a demo that nobody
touched left behind. Exits 1 at the first difference.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.process import python

_REPOSITORY = Path(__file__).resolve().parents[2]
#: A whole run takes some four seconds; later kills find nothing to kill.
_KILLS = (0.4, 4.0)
_TENANTS = ("kitano-works", "aldermoor")
_WITH_TEAMS = ("aldermoor",)
_OF_THIS_RUN = ("id", "meta", "externalId")


def demo(data: Path) -> subprocess.Popen[bytes]:
    """One run on the data folder."""
    command = python("-m", "vestibule.demo", "--once", "--data", str(data))
    return subprocess.Popen(
        command, cwd=_REPOSITORY, env=_clean(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


def held(data: Path) -> dict[str, Any]:
    """What both products hold, without what differs from one installation to the next."""
    found: dict[str, Any] = {}
    for tenant in _TENANTS:
        users = _listed(data, "user", tenant)
        names = {user["id"]: user["userName"] for user in users}
        found[tenant] = {
            "users": sorted((_shown(user) for user in users), key=lambda user: str(user["userName"])),
            "groups": {
                group["displayName"]: sorted(names[member["value"]] for member in group.get("members", []))
                for group in (_listed(data, "group", tenant) if tenant in _WITH_TEAMS else ())
            },
        }
    return found


def finished(data: Path) -> dict[str, Any]:
    """Run to the end, then what is held. Raises AssertionError where the demo says it failed."""
    running = demo(data)
    said, _ = running.communicate(timeout=300)
    assert running.returncode == 0, said.decode()
    return held(data)


def kill_again_and_again(times: int, dice: random.Random) -> str:
    """The first difference, or nothing."""
    with tempfile.TemporaryDirectory(prefix="vestibule-kill-demo-") as folder:
        untouched = finished(Path(folder) / "untouched")
        for number in range(1, times + 1):
            data = Path(folder) / f"killed-{number}"
            after = [dice.uniform(*_KILLS), dice.uniform(*_KILLS)]
            for seconds in after:
                running = demo(data)
                time.sleep(seconds)
                running.kill()
                running.communicate()
            ended = finished(data)
            print(f"demo {number} of {times}, killed after {after[0]:.2f} s and {after[1]:.2f} s", flush=True)
            for tenant, wanted in untouched.items():
                if ended[tenant] != wanted:
                    return f"{tenant}: {_difference(ended[tenant], wanted)}"
    return ""


def _listed(data: Path, kind: str, tenant: str) -> list[dict[str, Any]]:
    command = python("-m", "vestibule.cli.main", kind, "list", tenant, "--json")
    environment = {**_clean(), "VESTIBULE_DATABASE": f"sqlite:///{data / 'vestibule.db'}"}
    said = subprocess.run(command, cwd=_REPOSITORY, env=environment, capture_output=True, check=True)
    listed: list[dict[str, Any]] = json.loads(said.stdout)
    return listed


def _shown(user: dict[str, Any]) -> dict[str, Any]:
    groups = sorted(group.get("display", "") for group in user.get("groups", []))
    return {**{key: value for key, value in user.items() if key not in _OF_THIS_RUN}, "groups": groups}


def _difference(ended: dict[str, Any], wanted: dict[str, Any]) -> str:
    for one, other in zip(ended["users"], wanted["users"], strict=False):
        if one != other:
            return f"{one} is not {other}"
    return f"{ended['groups']} is not {wanted['groups']}"


def _clean() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if not key.startswith("VESTIBULE_")}


def main() -> int:
    """0 where every demo ended as the untouched one did."""
    parser = argparse.ArgumentParser(prog="python -m tests.batteries.kill_demo", description=__doc__)
    parser.add_argument("--times", type=int, default=10, help="how often (default 10)")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="when each kill comes")
    given = parser.parse_args()
    fault = kill_again_and_again(given.times, random.Random(given.seed))
    if fault:
        print(f"FAULT (--seed {given.seed}): {fault}")
    return 1 if fault else 0


if __name__ == "__main__":
    sys.exit(main())
