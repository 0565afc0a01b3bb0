"""A move in a process of its own, which kills itself (SIGKILL) at a stage or after so many rows.

``python -m tests.moving.killed SOURCE TARGET SCHEMA STAGE ROWS``; prints its highest resident memory before and after, in MB.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys

from bench.process import resident_megabytes
from vestibule.stores.move import Progress, move_installation


async def main(source: str, target: str, schema: str, stage: str, rows: int) -> None:
    """Move, unless it ends before."""

    def look(progress: Progress) -> None:
        if progress.stage == stage and progress.rows >= rows:
            os.kill(os.getpid(), signal.SIGKILL)

    before = resident_megabytes(os.getpid())
    await move_installation(source, target, schema=schema, progress=look)
    after = resident_megabytes(os.getpid())
    print(before[1] if before else 0, after[1] if after else 0)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:5], int(sys.argv[5])))
