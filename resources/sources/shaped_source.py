"""The base of sources whose columns are shaped before their roles are read: rendered to text, converted to pictures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import polars as pl
from pydantic import Field, PositiveInt, field_validator

from outcross.resources.did_you_mean import did_you_mean
from outcross.resources.errors import BadInput
from outcross.resources.schema import Role
from outcross.resources.sources.column_record import ColumnRecord
from outcross.resources.sources.column_setting import ColumnSetting
from outcross.resources.sources.file_source import FileSource
from outcross.resources.sources.picture_columns import convert_pictures
from outcross.resources.sources.templates import TEXT, check_template, render
from outcross.resources.sources.untemplated import refuse_untemplated

Settings = Mapping[str, ColumnSetting]


@dataclass(frozen=True)
class Shaped:
    """The columns of a source as their roles are read.

    Attributes:
        rows: the columns, one ``text`` in place of those that a template renders, and pictures as grey pixels.
        columns: their settings.
        told: column → what was done to it.
        notes: remarks on what was rendered and converted.
        pictures: columns that were converted to pictures.
        guessed: those of which no setting says that they are pictures.
    """

    rows: pl.DataFrame
    columns: Settings
    told: Mapping[str, tuple[str, ...]]
    notes: tuple[str, ...]
    pictures: frozenset[str] = frozenset()
    guessed: frozenset[str] = frozenset()

    def tell(self, records: tuple[ColumnRecord, ...]) -> tuple[ColumnRecord, ...]:
        """Add what was done to the records of the columns."""
        return tuple(map(self._tell, records))

    def _tell(self, record: ColumnRecord) -> ColumnRecord:
        if record.name in self.pictures:
            record = replace(record, type="images")
        if record.name in self.told:
            return replace(record, why="; ".join(self.told[record.name]), told=True)
        return replace(record, why="by its values") if record.name in self.guessed else record


class ShapedSource(FileSource):
    """A source of tables in which columns may be rendered to one text, or hold pictures."""

    later_keys: ClassVar[frozenset[str]] = frozenset({"template", "size", "grey"})

    template: str | None = Field(
        default=None,
        description="render conversations or several columns to one text: chatml, alpaca, prompt-response, or a text "
        "with columns in braces",
    )
    size: tuple[PositiveInt, PositiveInt] | None = Field(
        default=None, description="height and width that images are resized to"
    )
    grey: bool = Field(default=False, description="whether images in colour are converted to grey")

    @field_validator("template")
    @classmethod
    def _is_a_template(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                check_template(value)
            except BadInput as error:
                raise ValueError(str(error)) from None
        return value

    def refuse_shaping(self, where: str) -> None:
        """Raise ``BadInput`` if a key is set that is for columns: plain text has none."""
        if key := next((key for key in ShapedSource.later_keys if getattr(self, key)), None):
            raise BadInput(f"{where}: plain text has no columns, which {key!r} is for; remove {key!r}")

    def shape_columns(self, raw: pl.DataFrame, columns: Settings, *, where: str, files: Sequence[str] = ()) -> Shaped:
        """Render the template, and convert pictures.

        Args:
            raw: the columns as read.
            columns: their settings.
            where: the source, as messages name it.
            files: the file of each row, where rows are image files.

        Raises:
            BadInput: there are conversations or exchanges and no template, or the columns do not fit the settings.
        """
        _refuse_unknown(raw, columns, templated=self.template is not None, where=where)
        told: dict[str, tuple[str, ...]] = {}
        rendered: list[str] = []
        if self.template is None:
            refuse_untemplated(raw, columns, where=where)
        else:
            raw, rendered = render(raw, self.template, leave_out=ignored(columns), where=where)
            columns = _columns_of_text(raw, columns, where)
            told[TEXT] = tuple(rendered)
        found = convert_pictures(raw, columns, size=self.size, grey=self.grey, where=where, files=files)
        notes = [f"column {name!r}: {note}" for name, those in found.told.items() for note in those]
        told |= {name: ("pictures", *those) for name, those in found.told.items() if those}
        notes = [*(f"column {TEXT!r}: {note}" for note in rendered), *notes]
        pictures = frozenset(found.told)
        return Shaped(found.rows, found.columns, told, tuple(notes), pictures, pictures.difference(columns))


def ignored(columns: Settings) -> tuple[str, ...]:
    """Return the columns that the settings leave out."""
    return tuple(name for name, setting in columns.items() if setting.role is Role.IGNORE)


def _refuse_unknown(raw: pl.DataFrame, columns: Settings, *, templated: bool, where: str) -> None:
    known = [*raw.columns, TEXT] if templated else raw.columns
    if unknown := [name for name in columns if name not in known]:
        listed = ", ".join(map(repr, raw.columns[:8]))
        raise BadInput(
            f"{where} has no column {unknown[0]!r}{did_you_mean(unknown[0], known)}, only {listed}; correct 'columns'"
        )


def _columns_of_text(raw: pl.DataFrame, columns: Settings, where: str) -> Settings:
    """Return the settings of the columns that are left, of which ``text`` is text."""
    if gone := [name for name, each in columns.items() if name not in raw.columns and each.role is not Role.IGNORE]:
        raise BadInput(
            f"{where}: column {gone[0]!r} has a role in 'columns', and the template renders it; remove it there"
        )
    return {
        **{name: each for name, each in columns.items() if name in raw.columns},
        TEXT: ColumnSetting(role=Role.TEXT),
    }
