"""One server on a store for all races; every test has a tenant of its own."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator

import pytest

from bench.servers import Vestibule
from tests.served import Hand, hand_of, serving


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vestibule]:
    """A real server, listening on loopback; on the store that the test names, else on the chosen one."""
    store = getattr(request, "param", "")
    with serving(tmp_path_factory.mktemp("races"), store) as running:
        yield running


@pytest.fixture
def new_hand(server: Vestibule) -> Callable[..., Hand]:
    """Makes a tenant (options as ``vestibule tenant create`` takes them) and a hand with its token."""
    return lambda *options: hand_of(server, f"tenant-{secrets.token_hex(4)}", *options)


@pytest.fixture
def hand(new_hand: Callable[..., Hand]) -> Hand:
    """A tenant of the generic product."""
    return new_hand()
