"""pooch's progress bar protocol on Rich."""

from __future__ import annotations

from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn


class DownloadProgress:
    """A bar for one download; pooch sets `total`, calls `update(bytes)`, `reset()` and `close()`."""

    def __init__(self, title: str) -> None:
        self._bar = Progress(TextColumn(title), BarColumn(), DownloadColumn(), TransferSpeedColumn())
        self._task = self._bar.add_task(title, total=None)
        self._bar.start()
        self.total = 0

    def update(self, amount: int) -> None:
        """So many more bytes have arrived."""
        self._bar.update(self._task, total=self.total, advance=amount)

    def reset(self) -> None:
        """pooch resets, then updates by the total, to fill the bar at the end."""
        self._bar.reset(self._task)

    def close(self) -> None:
        """Leave the terminal as it was."""
        self._bar.stop()
