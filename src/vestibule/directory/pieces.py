"""A JSON text that may be too large to hold, or to join, as one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

#: A piece, or the function that reads it from where it was put aside.
Part = bytes | Callable[[], bytes]


class Pieces:
    """Pieces of a text in their order. False where there is none; ``bytes(…)`` joins them."""

    __slots__ = ("_length", "_parts")

    def __init__(self, parts: Sequence[Part] = (), length: int | None = None) -> None:
        self._parts = parts
        self._length = (
            sum(len(part) for part in parts if isinstance(part, bytes)) if length is None else length
        )

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[bytes]:
        for part in self._parts:
            yield part if isinstance(part, bytes) else part()

    def __bytes__(self) -> bytes:
        return b"".join(self)

    @classmethod
    def joined(cls, texts: Iterable[bytes | Pieces]) -> Pieces:
        """One text after the other, nothing copied."""
        parts: list[Part] = []
        length = 0
        for text in texts:
            length += len(text)
            if isinstance(text, bytes):
                parts.append(text)
            else:
                parts.extend(text._parts)
        return cls(parts, length)

    def changed(self, change: Callable[[bytes], bytes]) -> Pieces:
        """The text with ``change`` done to each piece."""
        return Pieces([change(piece) for piece in self])
