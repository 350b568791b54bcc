"""Text of others on a terminal of ours."""

from __future__ import annotations


def printable(line: str) -> str:
    """The line with control characters spelled out, so that no file name can pass for output of ours."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in line)
