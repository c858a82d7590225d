"""The base of sources that read a team's own files: it resolves their paths."""

import hashlib
import json
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import Field, PrivateAttr

from outcross.resources.sources.contract import Source
from outcross.resources.sources.formats import suffix_of
from outcross.resources.sources.locate import SourceFile, locate


class FileSource(Source):
    """A source of files, read in the order of ``path``; the matches of a glob are sorted.

    Relative paths are resolved against the folder in ``model_validate(…, context={"base": folder})``, or else against
    the working directory. A URL is downloaded when the source is loaded, never before.
    """

    path: str | list[str] = Field(min_length=1, description="paths, globs or URLs")

    _base: Path | None = PrivateAttr(default=None)

    def model_post_init(self, context: Any) -> None:
        """Store the folder of relative paths outside the settings, so that no dump of them contains it."""
        if isinstance(context, dict) and "base" in context:
            self._base = Path(context["base"])

    def locate_files(self) -> list[SourceFile]:
        """Return every file without reading it; raises ``BadInput`` if one does not exist."""
        paths = [self.path] if isinstance(self.path, str) else self.path
        return locate(paths, base=self.base)

    @property
    def base(self) -> Path:
        """The folder that relative paths are resolved against."""
        return (self._base or Path()).absolute()

    def content_version(self) -> str:
        """Identify the content by the files' digests, without reading rows; raises ``BadInput`` as a read does."""
        digests = [file.digest() for file in self.locate_files()]
        return hashlib.sha256("\n".join(digests).encode()).hexdigest()

    def identity(self) -> str:
        """Hash the content, and what names say of it: the format, and the columns of folders such as ``year=2026``.

        Raises ``BadInput`` as a read does.
        """
        names = [PurePosixPath(file.name) for file in self.locate_files()]
        said = [[suffix_of(name.name), *(part for part in name.parts[:-1] if "=" in part)] for name in names]
        return hashlib.sha256(json.dumps([self.content_version(), said]).encode()).hexdigest()


def describe_files(files: list[SourceFile]) -> str:
    """Name a source by its files, for messages."""
    return f"source {files[0].name!r}" + (f" and {len(files) - 1} more" if len(files) > 1 else "")
