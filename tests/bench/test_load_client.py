"""The load client reads every way in which a server may answer, and counts what is wrong."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from bench.call import HOST, Call
from bench.lane import ConnectionLost
from bench.load import drive
from bench.tally import Tally, milliseconds, paired_ratio

_OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


@contextmanager
def answering(pieces: Sequence[bytes], *, times: int, hangs_up: bool = False) -> Iterator[int]:
    """A server that answers every request with these pieces, each in a packet of its own; its port."""
    with socket.create_server((HOST, 0)) as listener:

        def serve() -> None:
            answered = 0
            while answered < times:
                connection, _ = listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                with connection:
                    while answered < times and connection.recv(65536):
                        for piece in pieces:
                            connection.sendall(piece)
                        answered += 1
                        if hangs_up:
                            break
                    if answered == times and not hangs_up:
                        connection.recv(65536)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(10)


def _calls(count: int, **expected: object) -> Iterator[Call]:
    for _ in range(count):
        yield Call("get", b"GET / HTTP/1.1\r\n\r\n", **{"status": 200, "holds": b"hello", **expected})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "pieces",
    [
        [_OK],
        [_OK[:20], _OK[20:]],
        [_OK[:-5], b"hel", b"lo"],
        [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"],
        [b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", b"5\r\nhello\r\n", b"0\r\n", b"\r\n"],
    ],
    ids=["at once", "head in two", "body in three", "chunked", "chunked in pieces"],
)
def test_an_answer_is_read_however_it_is_cut(pieces: list[bytes]) -> None:
    with answering(pieces, times=3) as port:
        tally = drive(port, [_calls(3)])
    assert (len(tally.of("get")), tally.wrong) == (3, 0)


def test_a_connection_that_ends_after_the_answer_is_opened_again() -> None:
    closing = _OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    with answering([closing], times=3, hangs_up=True) as port:
        tally = drive(port, [_calls(3)])
    assert (tally.count, tally.wrong) == (3, 0)


def test_a_connection_that_ends_instead_of_an_answer_is_an_error() -> None:
    with answering([_OK[:30]], times=1, hangs_up=True) as port, pytest.raises(ConnectionLost):
        drive(port, [_calls(1)])


@pytest.mark.parametrize("expected", [{"status": 404}, {"holds": b"bye"}, {"least": 100}])
def test_an_answer_that_is_not_as_it_must_be_is_counted(expected: dict[str, object]) -> None:
    with answering([_OK], times=1) as port:
        tally = drive(port, [_calls(1, **expected)])
    assert tally.wrong == 1
    assert "hello" in tally.first_wrong


def test_most_calls_end_a_burst() -> None:
    with answering([_OK], times=4) as port:
        assert drive(port, [_calls(100)], most=4).count == 4


def test_percentiles_are_by_nearest_rank() -> None:
    times = [number / 1000 for number in range(1, 101)]
    assert (milliseconds(times), milliseconds(times, 0.99), milliseconds(times, 1.0)) == (51, 100, 100)


def test_a_ratio_is_the_median_of_what_was_measured_together() -> None:
    assert paired_ratio([2.0, 30.0, 3.0], [1.0, 10.0, 3.0]) == 2.0


def test_an_empty_tally_has_no_rate() -> None:
    assert Tally().per_second == 0.0
