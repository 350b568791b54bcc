"""pooch's progress bar protocol on Rich."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn


class DownloadProgress:
    """A bar on standard error, shown while bytes arrive; use it as a context, so that it never outlives a failure.

    For each attempt pooch sets `total`, calls `update(bytes)`, and in the end `reset()` and `close()`.
    """

    def __init__(self, title: str) -> None:
        columns = (TextColumn(title), BarColumn(), DownloadColumn(), TransferSpeedColumn())
        self._bar = Progress(*columns, console=Console(stderr=True))
        self._task = self._bar.add_task(title, total=None)
        self._total = 0

    def __enter__(self) -> DownloadProgress:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def total(self) -> int:
        """Bytes in all."""
        return self._total

    @total.setter
    def total(self, total: int) -> None:
        """An attempt begins: of so many bytes, none has arrived."""
        self._total = total
        self._bar.reset(self._task, total=total)
        self._bar.start()

    def update(self, amount: int) -> None:
        """So many more bytes have arrived."""
        self._bar.update(self._task, advance=amount)

    def reset(self) -> None:
        """pooch resets, then updates by the total, to fill the bar at the end."""
        self._bar.reset(self._task)

    def close(self) -> None:
        """Leave the terminal as it was."""
        if self._bar.live.is_started:
            self._bar.stop()
