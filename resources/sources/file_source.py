"""What sources that read a team's own files have in common: where the files are."""

from pathlib import Path
from typing import Any

from pydantic import Field, PrivateAttr

from outcross.resources.sources.contract import Source
from outcross.resources.sources.locate import SourceFile, locate


class FileSource(Source):
    """A source of files, read in the order named (a glob's matches sorted).

    Relative paths start at the folder given as ``model_validate(…, context={"base": folder})``, or else at the
    working directory. A URL is downloaded when the source is loaded, never before.
    """

    path: str | list[str] = Field(min_length=1, description="paths, globs or URLs")

    _base: Path | None = PrivateAttr(default=None)

    def model_post_init(self, context: Any) -> None:
        """Remember where relative paths start, outside the settings."""
        if isinstance(context, dict) and "base" in context:
            self._base = Path(context["base"])

    def locate_files(self) -> list[SourceFile]:
        """Every file, none read yet; raises ``BadInput`` where one does not exist."""
        paths = [self.path] if isinstance(self.path, str) else self.path
        return locate(paths, base=(self._base or Path()).absolute())


def describe_files(files: list[SourceFile]) -> str:
    """How messages speak of a source of these files."""
    return f"source {files[0].name!r}" + (f" and {len(files) - 1} more" if len(files) > 1 else "")
