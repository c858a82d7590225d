"""What one column of a file is: its settings where they are stated, else its spelling and role as inferred."""

from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from outcross.resources.errors import BadInput
from outcross.resources.schema import Column, Role
from outcross.resources.sources.column_record import ColumnRecord
from outcross.resources.sources.column_setting import ColumnSetting
from outcross.resources.sources.roles import guess_role
from outcross.resources.sources.spelled import FileSpelling, Spelled, spell, spell_numeric, spell_words
from outcross.resources.sources.spellings import Iso, Moments, Numbers, Spelling


@dataclass(frozen=True, kw_only=True)
class Inferred:
    """A column before it is made canonical.

    Attributes:
        values: numbers, dates or times where text spells them; else as they were.
        setting: its role and settings, stated or inferred.
        spelling: what its text was read by, where that is not the usual spelling.
        why: how the role came about, and how values were read; empty where nothing was inferred.
        remedy: what to write to have it otherwise.
        told: whether users hear of it before anything runs.
        lost: whether it has content that only a guess leaves out.
        stated: whether the settings state its role.
    """

    values: pl.Series
    setting: ColumnSetting
    spelling: Spelling | None = None
    why: str = ""
    remedy: str = ""
    told: bool = False
    lost: bool = False
    stated: bool = False

    def record(self, raw: pl.Series, column: Column | None, nulls: int, *, twin: str | None) -> ColumnRecord:
        """Return what is told of the column.

        Args:
            raw: the column as read.
            column: what it became; None where it is left out.
            nulls: values that are missing.
            twin: the earlier column from whose name its own differs by case alone; None where there is none.
        """
        renamed = column is not None and column.name != raw.name
        why = "the name means something else here" if twin is None else f"it differs from {twin!r} by case alone"
        parts = [f"is called {column.name!r} from here on, since {why}"] if renamed else []  # type: ignore[union-attr]
        parts += [self.why] if self.why else []
        default = "stated in 'columns'" if self.stated else "by its values"
        return ColumnRecord(
            name=raw.name,
            called=None if column is None else column.name,
            type="text" if raw.dtype == pl.String else str(raw.dtype),
            role=self.setting.role.value,
            nulls=nulls,
            why="; ".join(parts) or default,
            remedy=self.remedy,
            told=self.told or renamed,
            lost=self.lost,
            setting=self._to_paste(),
        )

    def _to_paste(self) -> str | dict[str, Any]:
        stated = self.setting.model_dump(mode="json", exclude_none=True)
        match self.spelling:
            case Numbers(decimal=decimal) as numbers if decimal == "," or numbers.thousands:
                stated.setdefault("decimal", decimal)
            case Moments(format=form):
                stated.setdefault("date", form)
        return stated if len(stated) > 1 else str(stated["role"])


def infer(
    values: pl.Series,
    declared: ColumnSetting | None,
    file: FileSpelling,
    *,
    name: str,
    nulls: tuple[str, ...],
    where: str,
) -> Inferred:
    """Read a column's text by its spelling, and infer its role where the settings do not state it.

    Args:
        values: the column as read, with null for the values of ``nulls``, under a name that is no pattern.
        declared: its settings; None where there are none.
        file: what is known of the whole file.
        name: of the column in its file.
        nulls: values that mean a missing value in this column.
        where: the column, as messages name it.

    Raises:
        BadInput: every value is missing, or a value does not fit the settings.
    """
    if declared is not None and declared.role is Role.IGNORE:
        return Inferred(values=values, setting=declared, stated=True)
    if values.null_count() == len(values):
        raise BadInput(f"{where}: every value is missing; give the column the role 'ignore'")
    if declared is None:
        found = _guess(values, file, name, nulls)
    else:
        read = _read_declared(values, declared, file, name=name, nulls=nulls, where=where)
        found = Inferred(values=read.values, setting=declared, spelling=read.spelling, why=read.why, stated=True)
    if nulls and values.dtype == pl.String and found.setting.role in (Role.NUMERIC, Role.TARGET):
        found = replace(found, spelling=_with_nulls(found, nulls))
    return found


def leave_to_carry(values: pl.Series, why: str) -> Inferred:
    """Return a column that is not modelled, and stays in the rows as they came."""
    setting = ColumnSetting(role=Role.IGNORE)
    return Inferred(values=values, setting=setting, why=f"{why}: it is carried as it came", told=True)


def _read_declared(
    values: pl.Series, declared: ColumnSetting, file: FileSpelling, *, name: str, nulls: tuple[str, ...], where: str
) -> Spelled:
    match declared.role:
        case Role.NUMERIC | Role.TARGET:
            decimal, date = declared.decimal or file.decimal, declared.date or file.date
            return spell_numeric(values, decimal=decimal, date=date, name=name, where=where)
        case Role.CATEGORICAL | Role.LABEL | Role.GROUP:
            return spell_words(values, file, nulls)
        case _:
            return Spelled(values=values)


def _guess(values: pl.Series, file: FileSpelling, name: str, nulls: tuple[str, ...]) -> Inferred:
    read = spell(values, file, name=name)
    guess = guess_role(read.values, name=name, doubt=read.doubt)
    setting = ColumnSetting(role=guess.role)
    if guess.role in (Role.NUMERIC, Role.IGNORE):
        why = "; ".join(filter(None, (read.why, guess.why)))
        return Inferred(
            values=read.values,
            setting=setting,
            spelling=read.spelling if guess.role is Role.NUMERIC else None,
            why=why,
            remedy=guess.remedy or read.remedy,
            told=bool(guess.told or (read.why and not read.stated)),
            lost=guess.lost,
        )
    words = spell_words(values, file, nulls) if guess.role in (Role.CATEGORICAL, Role.LABEL) else Spelled(values=values)
    doubt = read.why if read.doubt else ""
    return Inferred(
        values=words.values,
        setting=setting,
        spelling=words.spelling,
        why="; ".join(filter(None, (doubt, words.why, guess.why))),
        remedy=read.remedy if read.doubt else guess.remedy,
        told=guess.told or read.doubt,
        lost=guess.lost,
    )


def _with_nulls(found: Inferred, nulls: tuple[str, ...]) -> Spelling:
    """Return the spelling of a numeric column that remembers its values for missing."""
    if found.spelling is not None:
        return replace(found.spelling, nulls=nulls)
    dtype = found.values.dtype
    return Iso(times=isinstance(dtype, pl.Datetime), nulls=nulls) if dtype.is_temporal() else Numbers(nulls=nulls)
