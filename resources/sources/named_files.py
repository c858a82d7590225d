"""Files that are named by a path alone, or by the keys of the source ``files``."""

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator

from outcross.resources.sources.files import Files
from outcross.resources.sources.read_as import refuse_roles


def _as_files(value: Any) -> Any:
    """Accept a path, a list of paths, or a mapping of the source's keys without its kind."""
    if isinstance(value, str | list):
        return {"kind": "files", "path": value}
    return {"kind": "files", **value} if isinstance(value, dict) else value


def _without_roles(value: Files) -> Files:
    refuse_roles(value, what="a named test set")
    return value


NamedFiles = Annotated[Files, BeforeValidator(_as_files), AfterValidator(_without_roles)]
"""Settings of files whose columns are those of the anchor."""
