"""Kill the server (SIGKILL) in the middle of a load, again and again, on one database.

``python -m tests.batteries.kill --times 50``. After each kill another process compares the
client's journal of acknowledged answers with the database as the dead server left it; then the
server starts on the same file and the next load begins. Every other load is of creates alone, and in
half of these the process that writes them is killed as well, while the server goes on. Exits 1 at the
first fault.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from bench.process import python, started_by
from bench.servers import Vestibule
from tests.batteries.journal import Journal
from tests.batteries.load import CREATES, EVERYTHING, start_lanes
from tests.served import Hand, hand_of

_REPOSITORY = Path(__file__).resolve().parents[2]
_FIRST_ANSWER_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of all kills: how much was acknowledged, and the first fault found."""

    kills: int
    acknowledged: int
    fault: str = ""


def kill_again_and_again(folder: Path, times: int, seed: int, say: Callable[[str], None]) -> Outcome:
    """Start, load, kill, compare; ``times`` times or until something is wrong."""
    dice = random.Random(seed)
    server = Vestibule(folder)
    journal_path = folder / "journal.jsonl"
    journal_path.touch()
    journal = Journal(journal_path)
    hand: Hand | None = None
    try:
        for number in range(1, times + 1):
            server.start()
            hand = hand or hand_of(server, "battery")
            group_id = hand.create_group(f"Round {number}")
            after = dice.uniform(0.02, 0.6)
            wrong = _load_and_kill(server, hand, group_id, journal, number, after)
            wrong = wrong or _compared(server.database, journal_path)
            say(
                f"kill {number} of {times}, {after:.2f} s into the load: {journal.heard:,} answers acknowledged so far"
            )
            if wrong:
                return Outcome(number, journal.heard, wrong)
        server.start()
        alive = replace(hand, port=server.port)("GET", "/Users") if hand else None
        fault = "" if alive is None or alive.status == 200 else f"after the last kill: {alive}"
        return Outcome(times, journal.heard, fault)
    finally:
        server.stop()
        journal.close()


def _load_and_kill(
    server: Vestibule, hand: Hand, group_id: str, journal: Journal, number: int, after: float
) -> str:
    before = journal.heard
    lanes = start_lanes(number, hand, group_id, journal, EVERYTHING if number % 2 else CREATES)
    deadline = time.monotonic() + _FIRST_ANSWER_SECONDS
    while journal.heard == before and time.monotonic() < deadline:
        time.sleep(0.001)
    if number % 4 == 0:
        time.sleep(after)
        for process in started_by(server.pid):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
    time.sleep(after)
    server.kill()
    for lane in lanes:
        lane.join(_FIRST_ANSWER_SECONDS)
    if journal.heard == before:
        return f"nothing was acknowledged before the kill: {server.said()}"
    return next((lane.wrong for lane in lanes if lane.wrong), "")


def _compared(database: Path, journal: Path) -> str:
    """What the other process found."""
    command = python("-m", "tests.batteries.compare", str(database), str(journal))
    done = subprocess.run(command, cwd=_REPOSITORY, capture_output=True, text=True, timeout=300)
    return "" if done.returncode == 0 else f"{done.stdout}{done.stderr}"


def main() -> int:
    """0 where every acknowledged write held, whole."""
    parser = argparse.ArgumentParser(prog="python -m tests.batteries.kill", description=__doc__)
    parser.add_argument("--times", type=int, default=50, help="how often (default 50)")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="when each kill comes")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="vestibule-kill-") as folder:
        outcome = kill_again_and_again(
            Path(folder), given.times, given.seed, lambda text: print(text, flush=True)
        )
    if outcome.fault:
        print(f"FAULT after kill {outcome.kills} (--seed {given.seed}):\n{outcome.fault}")
        return 1
    print(f"{outcome.kills} kills, {outcome.acknowledged:,} acknowledged writes: all there, none half there.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
