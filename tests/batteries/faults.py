"""Every fault that can be switched into our own server, tried on every check of the judge, in every role.

``python -m tests.batteries.faults [NAME…]``. Says of each what the judge missed or found too much; exits 1 if anything.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Mapping, Sequence

from tests.judge.switchboard import switched
from tests.judge.test_faults import FAULTS, expected_of, judged_with
from tests.judge.test_own_server import findings


async def try_all(names: Sequence[str]) -> int:
    """How many faults did not end as they should; a line for each."""
    wrong = 0
    async with switched() as board:
        for fault in (None, *FAULTS):
            name = fault.name if fault else "no fault"
            if names and name not in names:
                continue
            began = time.monotonic()
            found, expected = findings(await judged_with(board, fault)), expected_of(fault)
            wrong += found != expected
            told = "as it should" if found == expected else _difference(found, expected)
            print(f"{time.monotonic() - began:5.1f} s  {name}: {told}", flush=True)
    return wrong


def _difference(found: Mapping[str, str], expected: Mapping[str, str]) -> str:
    missed = {check: row for check, row in expected.items() if found.get(check) != row}
    more = {check: row for check, row in found.items() if expected.get(check) != row}
    return f"missed {missed}, found {more}"


if __name__ == "__main__":
    sys.exit(1 if asyncio.run(try_all(sys.argv[1:])) else 0)
