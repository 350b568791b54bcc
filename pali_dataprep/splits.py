"""Images into train, val and so on: seeded, and with each class spread by the shares asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from random import Random

from pali_dataprep.errors import UsageError

NO_LABEL = ""
"""Stands for the images without objects, which are spread like a class of their own."""


def parse_splits(text: str) -> dict[str, float]:
    """`train=0.8,val=0.2` to shares. Raises UsageError for anything else."""
    shares: dict[str, float] = {}
    for part in text.split(","):
        name, _, share = part.partition("=")
        if name.strip() in shares:
            raise UsageError(f"--split {text!r}: {name.strip()!r} is named twice")
        try:
            shares[name.strip()] = float(share)
        except ValueError:
            raise UsageError(f"--split {text!r}: {part!r} is not name=share", hint="e.g. train=0.9,val=0.1") from None
    if not all(name and name.isidentifier() for name in shares):
        raise UsageError(f"--split {text!r}: a split's name is a word", hint="e.g. train=0.9,val=0.1")
    return shares


def stratify(labels: Iterable[tuple[str, frozenset[str]]], shares: Mapping[str, float], seed: int) -> dict[str, str]:
    """Assign each image (key, its labels) to a split: iterative stratification.

    The rarest label's images are placed first, each in the split that still lacks most of
    that label, then in the one that lacks most images (Sechidis et al., 2011). The result
    depends on the seed and the images, not on their order.
    """
    images = {key: found or frozenset((NO_LABEL,)) for key, found in labels}
    total = sum(shares.values())
    frequency = Counter(label for found in images.values() for label in found)
    lacking = {
        name: Counter({label: n * share / total for label, n in frequency.items()}) for name, share in shares.items()
    }
    room = {name: len(images) * share / total for name, share in shares.items()}
    assigned: dict[str, str] = {}
    for key in _rarest_first(images, frequency, seed):
        label = min(images[key], key=lambda name: (frequency[name], name))
        split = max(shares, key=lambda name: (lacking[name][label], room[name]))
        lacking[split].subtract(images[key])
        room[split] -= 1
        assigned[key] = split
    return assigned


def _rarest_first(images: Mapping[str, frozenset[str]], frequency: Counter[str], seed: int) -> list[str]:
    keys = sorted(images)
    Random(seed).shuffle(keys)
    return sorted(keys, key=lambda key: min((frequency[name], name) for name in images[key]))
