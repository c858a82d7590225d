"""The file formats that can be read. To add one, add a file here and a line that imports it.

The source ``files`` and the batches of a corpus both use this table; only sources read formats of plain text.
"""

from typing import TYPE_CHECKING, Literal

from outcross.resources.registry import kinds_in
from outcross.resources.sources.containers import strip_suffixes
from outcross.resources.sources.formats.arrow import Arrow as Arrow
from outcross.resources.sources.formats.contract import RowFormat, SetFormat, TextFormat
from outcross.resources.sources.formats.delimited import Csv as Csv
from outcross.resources.sources.formats.delimited import Tsv as Tsv
from outcross.resources.sources.formats.idx import Idx as Idx
from outcross.resources.sources.formats.idx import is_idx
from outcross.resources.sources.formats.image_file import ImageFile as ImageFile
from outcross.resources.sources.formats.json_lines import Json as Json
from outcross.resources.sources.formats.json_lines import JsonLines as JsonLines
from outcross.resources.sources.formats.numpy_arrays import Npy as Npy
from outcross.resources.sources.formats.numpy_arrays import Npz as Npz
from outcross.resources.sources.formats.parquet import Parquet as Parquet
from outcross.resources.sources.formats.plain_text import PlainText as PlainText

AnyFormat = RowFormat | TextFormat | SetFormat

_KINDS: tuple[type[AnyFormat], ...] = (
    *kinds_in(globals(), RowFormat),  # type: ignore[type-abstract]
    *kinds_in(globals(), TextFormat),  # type: ignore[type-abstract]
    *kinds_in(globals(), SetFormat),  # type: ignore[type-abstract]
)

FORMATS: dict[str, AnyFormat] = {kind.name: kind() for kind in _KINDS}
"""Name → format."""

BY_SUFFIX: dict[str, AnyFormat] = {suffix: each for each in FORMATS.values() for suffix in each.suffixes}
"""Extension → format."""

ROWS_BY_SUFFIX: dict[str, RowFormat] = {
    suffix: each for suffix, each in BY_SUFFIX.items() if isinstance(each, RowFormat)
}
"""Extension → format, for the formats of rows."""

if TYPE_CHECKING:
    FormatName = str
else:
    FormatName = Literal[tuple(FORMATS)]
"""The name of a format."""


def suffix_of(name: str) -> str:
    """Return the extension that decides a file's format, in lower case; those of containers (``.gz``) are ignored."""
    if is_idx(name):
        return Idx.suffixes[0]
    last = strip_suffixes(name)
    return last[last.rfind(".") :] if "." in last else ""
