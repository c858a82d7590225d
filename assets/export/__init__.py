"""Provenance out: what a dataset is and how it came to be, in the formats that others read.

Each exporter is a function from :class:`~outcross.assets.export.description.Described` to text, and the same facts give
the same bytes.
"""

from collections.abc import Callable
from dataclasses import dataclass

from outcross.assets.export import card, croissant, openlineage
from outcross.assets.export.description import Described


@dataclass(frozen=True)
class Format:
    """A format: its exporter, the name a file of it goes by, and what it is in a line."""

    write: Callable[[Described], str]
    file_name: str
    about: str


FORMATS: dict[str, Format] = {
    "croissant": Format(croissant.write, "croissant.json", "Croissant 1.1 with responsible-AI and PROV-O terms"),
    "openlineage": Format(openlineage.write, "openlineage.jsonl", "OpenLineage run events, one a line"),
    "card": Format(card.write, "README.md", "Hugging Face dataset card"),
}
"""Name → format."""

__all__ = ["FORMATS", "Described", "Format"]
