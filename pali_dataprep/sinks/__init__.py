"""Outputs: one module each, and one line here."""

from pali_dataprep.sinks.base import Sink, Writer
from pali_dataprep.sinks.jsonl import open_jsonl, read_jsonl

__all__ = ["SINKS", "Sink", "Writer", "read_jsonl"]

SINKS: dict[str, Sink] = {"jsonl": open_jsonl}
"""By the name used on the command line."""
