"""The base of all settings: unknown keys, numbers that are not finite and truth values for numbers are refused."""

from collections.abc import Mapping
from functools import cache
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, model_validator


class Settings(BaseModel):
    """Settings that a file or a program states."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _no_truth_for_a_number(cls, value: Any) -> Any:
        """Refuse ``true`` where a number is wanted: it would count as 1."""
        if isinstance(value, Mapping):
            for name, field in cls.model_fields.items():
                given = value.get(field.alias or name)
                if _has_truth(given) and _wants_numbers(cls, name):
                    raise ValueError(f"'{field.alias or name}' is a number, and true and false are none")
        return value


def _has_truth(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return any(isinstance(each, bool) for each in value)
    return isinstance(value, bool)


@cache
def _wants_numbers(model: type[BaseModel], name: str) -> bool:
    """Whether a field takes numbers, and neither truth values nor anything."""
    types = _types(model.model_fields[name].annotation)
    return bool(types & {int, float}) and not types & {bool, Any}


def _types(annotation: Any) -> set[Any]:
    """Return every type that an annotation names, those within it included."""
    found = {annotation} if isinstance(annotation, type) or annotation is Any else set()
    return found.union(*(_types(each) for each in get_args(annotation)))
