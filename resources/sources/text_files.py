"""Plain text from a team's own files, local or remote, cut into equal rows or a row a file."""

from typing import ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator

from outcross.resources.sources.blocks import DEFAULT_BLOCK, Words, cut
from outcross.resources.sources.contract import RealData
from outcross.resources.sources.documents import read_documents
from outcross.resources.sources.encodings import check_encoding
from outcross.resources.sources.file_source import FileSource, describe_files
from outcross.resources.sources.formats.contract import ReadOptions
from outcross.resources.sources.formats.plain_text import PlainText


class TextFiles(FileSource):
    """Plain text files (any extension, also compressed), concatenated and cut into equal rows.

    With ``rows="files"`` each file is a row, with its line breaks.

    ``TextFiles(path="wikitext/*.txt", words="folded")``. The source ``files`` reads tables with a column of text.
    """

    kind: Literal["text_files"] = "text_files"
    block: int = Field(default=DEFAULT_BLOCK, ge=2, description="tokens a row")
    words: Words = Field(default="as_written", description="folded: lower-cased words only, no punctuation")
    rows_limit: int | None = Field(default=None, ge=2, description="keep the first rows only")
    rows: Literal["files"] | None = Field(
        default=None, description="files: a row a file, with its line breaks; default: rows of 'block' tokens"
    )

    encoding: str | None = Field(default=None, description="default: UTF-8, or what the first bytes state")

    later_keys: ClassVar[frozenset[str]] = frozenset({"rows", "encoding"})

    @field_validator("encoding")
    @classmethod
    def _known(cls, value: str | None) -> str | None:
        return None if value is None else check_encoding(value)

    def read_options(self) -> ReadOptions:
        """Return how a file is read with these settings."""
        return ReadOptions(encoding=self.encoding)

    @model_validator(mode="after")
    def _files_are_not_folded(self) -> Self:
        if self.rows == "files" and self.words == "folded":
            raise ValueError("'words: folded' is for rows of 'block' tokens; remove it, or 'rows'")
        return self

    def load(self) -> RealData:
        """Return the column ``text``."""
        files = self.locate_files()
        if self.rows == "files":
            return read_documents(
                files, PlainText(), self.read_options(), rows_limit=self.rows_limit, where=describe_files(files)
            )
        text = "\n".join(PlainText().text(file, self.read_options()) for file in files)
        return cut(text, block=self.block, words=self.words, where=describe_files(files), rows_limit=self.rows_limit)
