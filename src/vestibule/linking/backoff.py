"""How long a service is left alone after it failed. Pure: randomness is an argument.

What a service asks for itself (Retry-After) is obeyed as it is, up to a day.
"""

from __future__ import annotations

#: The first wait at most; each further failure on end doubles it.
FIRST_SECONDS = 10.0
LONGEST_SECONDS = 3600.0
#: Whoever asks for more is asked again after a day all the same.
LONGEST_ASKED_SECONDS = 86_400.0


def wait_after(failures: int, chance: float) -> float:
    """Seconds after so many failures on end: between half of the doubled wait and all of it, by ``chance`` (0 to 1)."""
    whole = min(LONGEST_SECONDS, FIRST_SECONDS * 2.0 ** min(failures - 1, 20))
    return whole * (0.5 + 0.5 * chance)
