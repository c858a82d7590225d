"""Plain text."""

from outcross.resources.sources.formats.contract import DEFAULT_OPTIONS, ReadOptions, TextFormat
from outcross.resources.sources.locate import SourceFile


class PlainText(TextFormat):
    """Plain text, unchanged."""

    name = "text"
    suffixes = (".txt",)

    def text(self, file: SourceFile, options: ReadOptions = DEFAULT_OPTIONS) -> str:
        """Read the whole text of a file."""
        return file.text(options.text_bytes, options.encoding)
