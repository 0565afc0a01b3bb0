"""From an empty machine to the first provisioned person in the product's own table, by the clock.

``python -m tests.examples.stopwatch``. Vestibule's wheel is built once before the clock starts: whoever installs it gets
one from an index. Then for each example product: a new virtual environment, Vestibule and the framework installed
into it with pip, the product served, a tenant and a token made, a person sent as an identity provider sends
one. Exits 1 where one takes 90 seconds or more.
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
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.examples.products import PRODUCTS, Product, provision, served

_REPOSITORY = Path(__file__).resolve().parents[2]
LIMIT_SECONDS = 90.0
_QUIETLY = ("--quiet", "--disable-pip-version-check")


def wheel(folder: Path) -> Path:
    """Vestibule as an index would give it."""
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            *_QUIETLY,
            "--no-deps",
            "--wheel-dir",
            str(folder),
            str(_REPOSITORY),
        ],
        check=True,
    )
    (built,) = folder.glob("vestibule-*.whl")
    return built


def measured(product: Product, folder: Path, vestibule: Path) -> tuple[Mapping[str, float], float]:
    """Seconds by the clock for each part, and seconds of processor time, for one product."""
    worked, parts = _processor_seconds(), dict[str, float]()
    with _timed(parts, "installed"):
        venv.create(folder / "venv", with_pip=False)
        python = str(folder / "venv" / "bin" / "python")
        # What is imported is compiled when it is: most of what comes with it never is.
        install = [
            "--python",
            python,
            "install",
            *_QUIETLY,
            "--no-compile",
            str(vestibule),
            *product.installs,
        ]
        subprocess.run([sys.executable, "-m", "pip", *install], check=True)
    with _timed(parts, "served and provisioned"), served(product, folder, python) as base:
        rows = provision(base, folder, python)
    assert rows, "nobody arrived"
    return parts, _processor_seconds() - worked


@contextmanager
def _timed(parts: dict[str, float], name: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    parts[name] = time.monotonic() - began


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> int:
    """0 where all are quick enough."""
    parser = argparse.ArgumentParser(prog="python -m tests.examples.stopwatch", description=__doc__)
    parser.add_argument("names", nargs="*", help="only these products")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="vestibule-wheel-") as shared:
        vestibule = wheel(Path(shared))
        slow = sum(
            _shown(product, vestibule)
            for product in PRODUCTS
            if not given.names or product.name in given.names
        )
    return 1 if slow else 0


def _shown(product: Product, vestibule: Path) -> bool:
    """Tell how long it took; whether that is too long."""
    with tempfile.TemporaryDirectory(prefix="vestibule-stopwatch-") as folder:
        parts, worked = measured(product, Path(folder), vestibule)
    seconds = sum(parts.values())
    told = ", ".join(f"{name} in {took:.0f} s" for name, took in parts.items())
    print(
        f"{product.name}: {seconds:.0f} s ({told}; {worked:.0f} s of processor time on {os.cpu_count()} cores), "
        f"{product.lines()} lines of its own",
        flush=True,
    )
    return seconds >= LIMIT_SECONDS


if __name__ == "__main__":
    sys.exit(main())
