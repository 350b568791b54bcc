"""Data shared between checkouts: a folder beside this one, too large or not licensed to be committed.

A test that needs it carries `needs_shared`, and is skipped where the folder is absent.
"""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).parents[1].parent / "shared"

needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data folder is not beside this checkout")
