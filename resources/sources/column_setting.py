"""The settings of one column of a source."""

from typing import Any, Literal, Self

from pydantic import (
    Field,
    PositiveInt,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from outcross.resources.schema import Role
from outcross.resources.settings import Settings

Decimal = Literal[".", ","]
_LATER_KEYS = ("decimal", "date", "channels")


class ColumnSetting(Settings):
    """The settings of one column; a bare role is short for ``{role: …}``.

    Attributes:
        role: what the column is to the study.
    """

    role: Role
    shape: tuple[PositiveInt, PositiveInt] | None = Field(default=None, description="height and width of images")
    levels: int | None = Field(default=None, ge=1, le=255, description="highest grey value of images")
    channels: Literal[1, 3] | None = Field(default=None, description="1: grey images, 3: red, green and blue")
    integer: bool | None = Field(default=None, description="whether numbers are whole; default: as in the file")
    decimal: Decimal | None = Field(default=None, description="the decimal mark of numbers in text")
    date: str | None = Field(default=None, min_length=2, description="the format of dates, as of strptime: %d.%m.%Y")

    @model_serializer(mode="wrap")
    def _without_unset(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out keys that are not set and that earlier versions lack: fingerprints of studies do not change."""
        return {key: value for key, value in dump(self).items() if key not in _LATER_KEYS or value is not None}

    @model_validator(mode="before")
    @classmethod
    def _bare_role(cls, value: Any) -> Any:
        return {"role": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _fits_role(self) -> Self:
        if self.role is not Role.IMAGE and (self.shape or self.levels or self.channels):
            raise ValueError(
                f"'shape', 'levels' and 'channels' are settings of the role 'image', not of {self.role.value!r}; "
                "remove them"
            )
        for key in ("integer", "decimal", "date"):
            if self.role not in (Role.NUMERIC, Role.TARGET) and getattr(self, key) is not None:
                raise ValueError(
                    f"{key!r} is a setting of the roles 'numeric' and 'target', not of {self.role.value!r}; remove it"
                )
        if self.decimal is not None and self.date is not None:
            raise ValueError("'decimal' is for numbers and 'date' for dates; remove one of them")
        return self
