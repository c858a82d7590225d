"""Plain text in UTF-8."""

from outcross.resources.sources.formats.contract import TextFormat
from outcross.resources.sources.locate import SourceFile


class PlainText(TextFormat):
    """Plain text, unchanged."""

    name = "text"
    suffixes = (".txt",)

    def text(self, file: SourceFile) -> str:
        """Read the whole text of a file."""
        return file.text()
