"""What a rule is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from pali_dataprep.findings import Finding, Location, Severity

Subject = TypeVar("Subject")


@dataclass(frozen=True, slots=True)
class Rule(Generic[Subject]):
    """A check with a stable code. `check` yields a message for each thing wrong with its subject.

    Its docstring is the rule's page: what it checks, why it matters, what to do. With
    `leaves_out`, what the finding concerns is not written. Errors stop a run unless told to skip.
    """

    code: str
    name: str
    severity: Severity
    leaves_out: bool
    check: Callable[[Subject], Iterable[str]]

    def findings(self, subject: Subject, location: Location) -> Iterator[Finding]:
        """Run the check."""
        for message in self.check(subject):
            yield Finding(self.code, self.severity, message, location, self.leaves_out)
