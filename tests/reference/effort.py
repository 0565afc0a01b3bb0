"""How much is tried: the same few hundred examples in every ``make test``, many more in ``make proof``."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

#: How many times the examples of ``make test``, and then others on every run; 1 is the deterministic profile.
TIMES = int(os.environ.get("VESTIBULE_PROOF_TIMES", "1"))


def examples(number: int) -> settings:
    """That many examples, and the same on every run, unless more are asked for."""
    return settings(
        max_examples=number * TIMES,
        derandomize=TIMES == 1,
        database=None,
        deadline=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
