"""Provenance out: what a dataset is and how it came to be, in the formats that others read.

A format is a file of this folder that declares a ``FORMAT``, and its place in the list below. These files import no
heavy library at module level, so that a command's help lists the formats at once.
"""

from importlib import import_module

from outcross.assets.export.description import Description
from outcross.assets.export.format import Format

_FILES = (
    "croissant",
    "openlineage",
    "card",
    "expectations",
    "statement",
    "statement_as_json",
)


def _declaration(file: str) -> Format:
    declared: Format = import_module(f"{__name__}.{file}").FORMAT
    return declared


FORMATS: dict[str, Format] = {each.name: each for each in map(_declaration, _FILES)}
"""Name → format."""

__all__ = ["FORMATS", "Description", "Format"]
