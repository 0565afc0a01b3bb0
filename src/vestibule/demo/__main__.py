"""``python -m vestibule.demo``: what ``make demo`` runs."""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
from pathlib import Path

import uvloop

from vestibule.demo.run import DemoFailed, demonstrate
from vestibule.refused import Refused

_DONE, _FAILED = 0, 1


def main() -> int:
    """Run the demonstration; 0 only where everything that was printed is true."""
    asked = _arguments().parse_args()
    with contextlib.ExitStack() as stack:
        data = asked.data or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="vestibule-demo-")))
        data.mkdir(parents=True, exist_ok=True)
        try:
            uvloop.run(demonstrate(data.resolve(), asked.directory, port=asked.port, once=asked.once))
        except (DemoFailed, Refused) as fault:
            print(f"\nThe demo failed: {fault}", file=sys.stderr)
            return _FAILED
        except KeyboardInterrupt:
            return _DONE
    return _DONE


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m vestibule.demo",
        description="Provision a directory into two products over HTTP, and print what happened.",
    )
    parser.add_argument(
        "--once", action="store_true", help="end after the report, rather than serve until Ctrl-C"
    )
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="keep vestibule.db, directory.db and report.json here; run "
        "again, only what changed is sent"
    )  # fmt: skip
    parser.add_argument(
        "--directory", type=Path, metavar="DIR", help="the directory to provision (default: directory in the "
        "data folder, else examples/directory)"
    )  # fmt: skip
    parser.add_argument("--port", type=int, default=0, help="where to listen (default: a free port)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
