"""The help topics of the Python language reference: English prose in every Python installation."""

import platform
from typing import Literal

from pydantic import Field

from outcross.resources.sources.blocks import DEFAULT_BLOCK, Words, cut
from outcross.resources.sources.contract import RealData, Source


class PythonDocs(Source):
    """The topics of ``pydoc_data`` (about 460,000 characters), sorted by name and cut into equal rows.

    The text depends on the Python version: compare only studies made under the same one.
    """

    kind: Literal["python_docs"] = "python_docs"
    block: int = Field(default=DEFAULT_BLOCK, ge=2, description="tokens a row")
    words: Words = Field(default="as_written", description="folded: lower-cased words only, no punctuation")

    def load(self) -> RealData:
        """Return the column ``text``; raises ``BadInput`` if ``block`` is longer than half the text."""
        from pydoc_data.topics import topics

        text = "\n\n".join(topics[name] for name in sorted(topics))
        data = cut(text, block=self.block, words=self.words, where="source 'python_docs'")
        version = f"{len(topics)} help topics of Python {platform.python_version()}"
        return RealData(rows=data.rows, schema=data.schema, notes=[version, *data.notes])
