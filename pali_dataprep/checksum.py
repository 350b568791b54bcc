"""SHA-256 of files, which weights are verified by and manifests record; and 64 bits of a text, to know it again."""

from __future__ import annotations

import hashlib
from pathlib import Path


def file_sha256(path: Path) -> str:
    """Hex SHA-256 of a file's bytes, read in pieces."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def hash64(text: str) -> int:
    """64 bits of a text, the same in every run. Two of a million texts agree by chance once in 37 million times."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")
