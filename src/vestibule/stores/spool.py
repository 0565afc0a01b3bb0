"""Where large answers wait for a slow client: in memory up to a limit, then in a file without a name."""

from __future__ import annotations

import os
import tempfile
import weakref
from functools import partial

from vestibule.directory.pieces import Part

#: What one answer may hold in memory (design §6).
_IN_MEMORY = 8 * 1024 * 1024


class Spool:
    """Takes the pieces of one answer. The file goes when the last piece that needs it goes."""

    def __init__(self, in_memory: int = _IN_MEMORY) -> None:
        self._left = in_memory
        self._file: _Nameless | None = None

    def keep(self, piece: bytes) -> Part:
        """The piece, or how to read it back."""
        self._left -= len(piece)
        if self._left >= 0:
            return piece
        if self._file is None:
            self._file = _Nameless()
        return partial(self._file.read, self._file.append(piece), len(piece))


class _Nameless:
    """A file that nobody else can open, closed with its last reference."""

    def __init__(self) -> None:
        self._descriptor, path = tempfile.mkstemp(prefix="vestibule-")
        os.unlink(path)
        weakref.finalize(self, os.close, self._descriptor)
        self._length = 0

    def append(self, piece: bytes) -> int:
        """Where it was written."""
        offset, written = self._length, 0
        while written < len(piece):
            written += os.pwrite(self._descriptor, piece[written:], offset + written)
        self._length += len(piece)
        return offset

    def read(self, offset: int, length: int) -> bytes:
        """What was written there."""
        return os.pread(self._descriptor, length, offset)
