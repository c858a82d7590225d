"""The source of rows that a command names by a path and options ``--read``."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from outcross.resources.errors import BadInput
from outcross.resources.sources.files import Files


def source_of(path: str, reading: Mapping[str, Any], *, base: Path) -> Files:
    """Return the source; raises ``BadInput`` for a key or a value of ``--read`` that it does not have.

    Args:
        path: of the rows.
        reading: key of the source ``files`` → value.
        base: folder of a relative path.
    """
    try:
        return Files.model_validate({"kind": "files", "path": path, **reading}, context={"base": base})
    except ValidationError as error:
        first = error.errors()[0]
        key, fault = first["loc"][0] if first["loc"] else "path", first["msg"].removeprefix("Value error, ")
        raise BadInput(f"--read: '{key}': {fault}; correct it, docs/files.md has the keys") from None
