"""A JSON array written as its elements come, so that nobody holds them all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO

import msgspec


class JsonArray:
    """Elements of an array, with commas between them; its brackets are the caller's."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._encoder = msgspec.json.Encoder()
        self.count = 0

    def extend(self, elements: Sequence[object]) -> None:
        """Append elements."""
        if elements:
            text = self._encoder.encode(elements)[1:-1]
            self._stream.write(b"," + text if self.count else text)
            self.count += len(elements)
