"""Every error the package raises on purpose.

::

    PaliDataprepError            base class: a message for a person, and a hint on what to do
    ├── UsageError               an option or a combination of options makes no sense
    ├── InputError               an input file cannot be read or is not what it should be
    ├── FindingsError            the input was read, and findings of severity `error` stop the run
    ├── BudgetError              rows exceed the token budget and nothing may be dropped
    ├── OutputError              the output cannot be written (it exists, no room, no right)
    └── WeightsError             mask codec weights are missing, foreign or damaged
        └── CheckpointError      a file is not a mask VQ-VAE checkpoint of the expected layout

The command line turns each into one message and an exit code (`exit_code`); a
traceback is a bug.
"""

from __future__ import annotations


class PaliDataprepError(Exception):
    """Base class. `hint` says what the user can do about it; it may be empty."""

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(PaliDataprepError):
    """An option or a combination of options makes no sense."""

    exit_code = 2


class InputError(PaliDataprepError):
    """An input file cannot be read, or is not in the format it was taken for."""

    exit_code = 3


class FindingsError(PaliDataprepError):
    """The input holds findings of severity `error`; nothing was written."""


class BudgetError(PaliDataprepError):
    """Rows exceed the token budget; nothing was written."""


class OutputError(PaliDataprepError):
    """The output cannot be written."""


class WeightsError(PaliDataprepError):
    """Mask codec weights are missing or not what they should be."""


class CheckpointError(WeightsError):
    """A file is not a mask VQ-VAE checkpoint of the expected layout."""
