"""What a rule is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeAlias, TypeVar

from pali_dataprep.findings import Finding, Location, Remark, Severity

Subject = TypeVar("Subject")
Seen = TypeVar("Seen", contravariant=True)


@dataclass(frozen=True, slots=True)
class Rule(Generic[Subject]):
    """A check with a stable code. `check` yields words, or a Remark, for each thing wrong with its subject.

    Its docstring is the rule's page: what it checks, why it matters, what to do. With
    `leaves_out`, what the finding concerns is not written. Errors stop a run unless told to skip.
    """

    code: str
    name: str
    severity: Severity
    leaves_out: bool
    check: Callable[[Subject], Iterable[str | Remark]]

    def findings(self, subject: Subject, location: Location) -> Iterator[Finding]:
        """Run the check."""
        for said in self.check(subject):
            yield finding_of(self, said, location)

    @property
    def page(self) -> str:
        """The docstring of the check."""
        return self.check.__doc__ or ""


def findings_of(rules: Sequence[Rule[Subject]], subject: Subject, location: Location) -> list[Finding]:
    """What all the rules have to say of a subject."""
    return [finding_of(rule, said, location) for rule in rules for said in rule.check(subject)]


Family: TypeAlias = tuple[Callable[[Subject], bool], tuple[Rule[Subject], ...]]
"""Rules, and a quick look at a subject: where it is False, none of them has anything to say."""


def findings_of_families(families: Sequence[Family[Subject]], subject: Subject, location: Location) -> list[Finding]:
    """What the rules of all the families have to say of a subject."""
    return [f for applies, rules in families if applies(subject) for f in findings_of(rules, subject, location)]


class Accumulator(Protocol[Seen]):
    """A check across subjects: sees each of them once, in order, then says what it found.

    It must not keep the subjects; what it remembers is a few numbers each, or a bounded table.
    """

    def see(self, subject: Seen, /) -> Iterable[str | Remark]:
        """Take note of one; what can be said of it at once is said here."""
        ...

    def conclude(self) -> Iterable[str | Remark]:
        """What only the whole can tell."""
        ...


@dataclass(frozen=True, slots=True)
class DatasetRule(Generic[Subject]):
    """A check across subjects with a stable code; the docstring of `start` is its page.

    `start` makes a fresh accumulator: one a file with `per_file`, else one for all files.
    """

    code: str
    name: str
    severity: Severity
    per_file: bool
    start: Callable[[], Accumulator[Subject]]

    @property
    def page(self) -> str:
        """The docstring of the accumulator."""
        return self.start.__doc__ or ""


def finding_of(rule: Rule[Subject] | DatasetRule[Subject], said: str | Remark, location: Location) -> Finding:
    """What a check said, as a finding of its rule."""
    leaves_out = isinstance(rule, Rule) and rule.leaves_out
    if isinstance(said, str):
        return Finding(rule.code, rule.severity, said, location, leaves_out)
    place = location
    if said.line is not None or said.path:
        place = Location(said.path or location.path, said.line)
    return Finding(rule.code, rule.severity, said.message, place, leaves_out, said.span)
