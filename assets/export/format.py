"""What a format of exports declares of itself."""

from collections.abc import Callable
from dataclasses import dataclass

from outcross.assets.export.description import Description


@dataclass(frozen=True, kw_only=True)
class Format:
    """A format of exports: its name on the command line, the name of its file, one line on it, and its writer.

    ``write`` turns a description into text, and the same description into the same text.
    """

    name: str
    file_name: str
    about: str
    write: Callable[[Description], str]
