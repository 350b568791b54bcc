"""`pali-dataprep formats`: what can be read."""

from __future__ import annotations


def formats() -> None:
    """List the input formats with what each carries."""
    from pali_dataprep.formats import FORMATS

    for info in FORMATS.values():
        kinds = ("boxes", "masks", "captions", "questions")
        carries = ", ".join(kind for kind in kinds if getattr(info, kind))
        print(f"{info.name:<6} {carries}{'; can be written' if info.writes else ''}\n       {info.title}")
