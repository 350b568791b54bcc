"""Whether x stands before y: what boxes of wide and tall pictures, and of upright things, have to say."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from pali_dataprep.dialects.catalogue import CORNER_AND_SIZE, SWAPPED
from pali_dataprep.dialects.row import Box, DialectRow
from pali_dataprep.dialects.statistics import ALARM, binomial_tail, normal_tail
from pali_dataprep.dialects.verdict import Verdict, percent
from pali_dataprep.tokens.grammar import LOC_BINS

UPRIGHT = frozenset(
    {"person", "man", "woman", "boy", "girl", "child", "people", "pedestrian", "bottle", "giraffe", "vase", "tie"}
    | {"cup", "toothbrush", "refrigerator", "traffic light", "wine glass", "fire hydrant", "parking meter"}
)
LYING = frozenset(
    {"car", "bus", "truck", "train", "boat", "airplane", "couch", "sofa", "bed", "keyboard", "skateboard"}
    | {"sheep", "cow", "horse", "motorcycle"}
)
"""Classes that stand or lie by nature, of COCO's and VOC's names."""
_STANCE = {**dict.fromkeys(UPRIGHT, "upright"), **dict.fromkeys(LYING, "lying")}

_MIN_ROWS = 50
_MIN_VOTES = 12
_MIN_BOXES = 30


class Axes:
    """Sums for one regression, votes of rows for two sign tests, and boxes that end before they start."""

    def __init__(self) -> None:
        self._n = 0
        self._sums = [0.0] * 5
        self._votes: Counter[str] = Counter()
        self._boxes = self._reversed = 0

    def add(self, row: DialectRow) -> None:
        """One observation a row: boxes of one picture are not independent."""
        picture = math.log(row.size[0] / row.size[1]) if row.size is not None and min(row.size) > 0 else None
        shapes: list[float] = []
        balances: dict[str, int] = {}
        for o in row.fresh:
            y1, x1, y2, x2 = o.locs
            height, width = y2 - y1, x2 - x1
            if height < 0 or width < 0:
                self._reversed += 1
            if height <= 0 or width <= 0:
                continue
            lean: float = width - height  # in bins; in pixels where the picture's size is known
            if picture is not None:
                shape = math.log(width / height)
                lean = shape + picture
                if _is_small(o.locs):
                    shapes.append(shape)
            if stance := _STANCE.get(o.label.lower()):
                balances[stance] = balances.get(stance, 0) + (lean > 0) - (lean < 0)
        self._boxes += len(row.fresh)
        if picture is not None and shapes:
            self._regress(picture, sum(shapes) / len(shapes))
        for stance, balance in balances.items():
            if balance:  # most boxes of the stance are wider than tall, or taller than wide
                self._votes[f"{stance} wide" if balance > 0 else f"{stance} tall"] += 1

    def absorb(self, other: Axes) -> None:
        """Add what another has seen."""
        self._n += other._n
        self._sums = [a + b for a, b in zip(self._sums, other._sums, strict=True)]
        self._votes += other._votes
        self._boxes, self._reversed = self._boxes + other._boxes, self._reversed + other._reversed

    def verdicts(self) -> Iterator[Verdict]:
        """Corner and size first: it makes nonsense of the shapes."""
        p = binomial_tail(self._reversed, self._boxes, 1 / 50)
        if self._boxes >= _MIN_BOXES and self._reversed > self._boxes / 5 and p <= ALARM:
            share = percent(self._reversed, self._boxes)
            evidence = f"{share} of {self._boxes:,} boxes end before they start: they look like a corner and a size"
            yield Verdict(CORNER_AND_SIZE, evidence, p_value=p)
            return
        p, verdict = min((self._by_pictures(), self._by_classes()), key=lambda found: found[0])
        if 2 * p <= ALARM:
            yield replace(verdict, p_value=2 * p)

    def _regress(self, picture: float, box: float) -> None:
        self._n += 1
        for i, term in enumerate((picture, box, picture * picture, picture * box, box * box)):
            self._sums[i] += term

    def _by_pictures(self) -> tuple[float, Verdict]:
        """The slope of log(width / height) in bins over that of the pictures: negative in good data.

        In bins a box is narrower by the picture's own ratio, so the slope is -1 for shapes that do not depend on
        the picture (TACO's small boxes: -0.83). One-sided test of a slope of 0 or below, one observation a picture.
        """
        slope, error = self._slope()
        p = normal_tail(slope / error) if self._n >= _MIN_ROWS and error > 0 else 1.0
        evidence = f"over {self._n:,} pictures, small boxes have more bins across where the picture is wider (slope"
        evidence += f" {slope:+.2f}, standard error {error:.2f}), where they should have fewer"
        return p, Verdict(SWAPPED, f"{evidence}: x and y look swapped")

    def _slope(self) -> tuple[float, float]:
        """Least squares and its standard error; (0, 0) where pictures have one shape."""
        x, y, xx, xy, yy = self._sums
        n = max(self._n, 1)
        spread, residual = xx - x * x / n, yy - y * y / n
        if self._n < 3 or spread < 1e-3 * n:
            return 0.0, 0.0
        slope = (xy - x * y / n) / spread
        return slope, math.sqrt(max(residual - slope * slope * spread, 1e-12) / (n - 2) / spread)

    def _by_classes(self) -> tuple[float, Verdict]:
        """Both groups must lie: people alone may (a dataset of falls), cars alone may stand (from above)."""
        v = self._votes
        upright, lying = v["upright wide"] + v["upright tall"], v["lying wide"] + v["lying tall"]
        p = 1.0
        if min(upright, lying) >= _MIN_VOTES:
            p = max(binomial_tail(v["upright wide"], upright, 0.5), binomial_tail(v["lying tall"], lying, 0.5))
        evidence = (
            f"people, bottles and the like are wider than tall in {v['upright wide']:,} of {upright:,} pictures, and"
        )
        evidence += f" cars, trains and the like stand in {v['lying tall']:,} of {lying:,}"
        return p, Verdict(SWAPPED, f"{evidence}: x and y look swapped")


def _is_small(box: Box) -> bool:
    """Pictures are framed round large things, and so take their shape; small things have their own."""
    return (box[2] - box[0]) * (box[3] - box[1]) <= LOC_BINS * LOC_BINS / 8
