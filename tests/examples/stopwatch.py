"""From an empty machine to the first provisioned person in the product's own table, by the clock.

``python -m tests.examples.stopwatch``. For each example product: a new virtual environment, Vestibule and the
framework installed into it with pip, the product served, a tenant and a token made, a person sent as an identity
provider sends one. Exits 1 where one takes 90 seconds or more.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

from tests.examples.products import PRODUCTS, Product, provision, served

_REPOSITORY = Path(__file__).resolve().parents[2]
LIMIT_SECONDS = 90.0


def measured(product: Product, folder: Path) -> tuple[float, float]:
    """Seconds by the clock, and seconds of processor time, for one product."""
    began, worked = time.monotonic(), _processor_seconds()
    venv.create(folder / "venv", with_pip=True)
    python = str(folder / "venv" / "bin" / "python")
    subprocess.run(
        [
            python,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            str(_REPOSITORY),
            *product.installs,
        ],
        check=True,
    )
    with served(product, folder, python) as base:
        rows = provision(base, folder, python)
        seconds = time.monotonic() - began
    assert rows, "nobody arrived"
    return seconds, _processor_seconds() - worked


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> int:
    """0 where all are quick enough."""
    parser = argparse.ArgumentParser(prog="python -m tests.examples.stopwatch", description=__doc__)
    parser.add_argument("names", nargs="*", help="only these products")
    given = parser.parse_args()
    slow = 0
    for product in PRODUCTS:
        if given.names and product.name not in given.names:
            continue
        with tempfile.TemporaryDirectory(prefix="vestibule-stopwatch-") as folder:
            seconds, worked = measured(product, Path(folder))
        slow += seconds >= LIMIT_SECONDS
        print(
            f"{product.name}: {seconds:.0f} s ({worked:.0f} s of processor time on {os.cpu_count()} cores), "
            f"{product.lines()} lines of its own",
            flush=True,
        )
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
