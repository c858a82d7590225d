"""The file formats that are read. A new one is a file here and a line that imports it.

Sources of files and the batches of a corpus both read by this table; formats of running text are for sources alone.
"""

from typing import TYPE_CHECKING, Literal

from outcross.resources.registry import kinds_in
from outcross.resources.sources.formats.contract import RowFormat, TextFormat
from outcross.resources.sources.formats.delimited import Csv as Csv
from outcross.resources.sources.formats.delimited import Tsv as Tsv
from outcross.resources.sources.formats.json_lines import JsonLines as JsonLines
from outcross.resources.sources.formats.parquet import Parquet as Parquet
from outcross.resources.sources.formats.plain_text import PlainText as PlainText

AnyFormat = RowFormat | TextFormat

_KINDS: tuple[type[AnyFormat], ...] = (
    *kinds_in(globals(), RowFormat),  # type: ignore[type-abstract]
    *kinds_in(globals(), TextFormat),  # type: ignore[type-abstract]
)

FORMATS: dict[str, AnyFormat] = {kind.name: kind() for kind in _KINDS}
"""Name → format."""

BY_SUFFIX: dict[str, AnyFormat] = {suffix: each for each in FORMATS.values() for suffix in each.suffixes}
"""Extension → format."""

ROWS_BY_SUFFIX: dict[str, RowFormat] = {
    suffix: each for suffix, each in BY_SUFFIX.items() if isinstance(each, RowFormat)
}
"""Extension → format, of those that hold rows."""

if TYPE_CHECKING:
    FormatName = str
else:
    FormatName = Literal[tuple(FORMATS)]
"""The name of a format."""


def suffix_of(name: str) -> str:
    """The extension of a file's name that tells its format, in lower case; ``.gz`` behind it does not count."""
    last = name.replace("\\", "/").rpartition("/")[2].lower().removesuffix(".gz")
    return last[last.rfind(".") :] if "." in last else ""
