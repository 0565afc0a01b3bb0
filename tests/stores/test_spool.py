"""An answer too large for memory waits in a file that nobody sees, and reads back as it was."""

from __future__ import annotations

import gc
import os

from vestibule.directory.pieces import Pieces
from vestibule.stores.spool import Spool


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


def test_what_fits_stays_in_memory() -> None:
    gc.collect()  # what other tests left for later
    before = open_files()
    spool = Spool(10)
    assert [spool.keep(b"12345"), spool.keep(b"67890")] == [b"12345", b"67890"]
    assert open_files() == before


def test_the_rest_reads_back_and_leaves_no_file_open() -> None:
    gc.collect()  # what other tests left for later
    before = open_files()
    spool = Spool(10)
    texts = [bytes([65 + n]) * 7 for n in range(20)]
    pieces = Pieces([spool.keep(text) for text in texts], 140)
    del spool
    assert open_files() == before + 1
    assert len(pieces) == 140
    assert bytes(pieces) == b"".join(texts) == bytes(pieces)
    del pieces
    gc.collect()
    assert open_files() == before


def test_joining_copies_nothing() -> None:
    inner = Pieces([b"a", lambda: b"bc"], 3)
    whole = Pieces.joined([b"[", inner, b"]"])
    assert (len(whole), bytes(whole)) == (5, b"[abc]")
    assert not Pieces()
