"""Plain text from a team's own files, local or remote, cut into equal rows."""

from typing import ClassVar, Literal

from pydantic import Field, field_validator

from outcross.resources.sources.blocks import DEFAULT_BLOCK, Words, cut
from outcross.resources.sources.contract import RealData
from outcross.resources.sources.encodings import check_encoding
from outcross.resources.sources.file_source import FileSource, describe_files


class TextFiles(FileSource):
    """Plain text files (any extension, also compressed), concatenated and cut into equal rows.

    ``TextFiles(path="wikitext/*.txt", words="folded")``. The source ``files`` reads tables with a column of text.
    """

    later_keys: ClassVar[frozenset[str]] = frozenset({"encoding"})

    kind: Literal["text_files"] = "text_files"
    block: int = Field(default=DEFAULT_BLOCK, ge=2, description="tokens a row")
    words: Words = Field(default="as_written", description="folded: lower-cased words only, no punctuation")
    rows_limit: int | None = Field(default=None, ge=2, description="keep the first rows only")
    encoding: str | None = Field(default=None, description="default: UTF-8, or what the first bytes state")

    @field_validator("encoding")
    @classmethod
    def _known(cls, value: str | None) -> str | None:
        return None if value is None else check_encoding(value)

    def load(self) -> RealData:
        """Return the column ``text``."""
        files = self.locate_files()
        text = "\n".join(file.text(encoding=self.encoding) for file in files)
        return cut(text, block=self.block, words=self.words, where=describe_files(files), rows_limit=self.rows_limit)
