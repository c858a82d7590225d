"""The statement of a corpus's version as JSON, see :mod:`.statement`."""

from outcross.assets.export.format import Format
from outcross.assets.export.statement import write_json

FORMAT = Format(
    name="statement-json",
    file_name="statement.json",
    about="the same statement as JSON",
    write=write_json,
)
