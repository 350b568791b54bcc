"""How many cores there are to compute on."""

from __future__ import annotations

import os


def usable_cores() -> int:
    """Those this process may use, 1 or more."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
