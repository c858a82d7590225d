"""A remote root as DuckDB sees it: files below it are read, and nothing is written or read elsewhere."""

from typing import Any

from fsspec import AbstractFileSystem

from outcross.resources.store import Store


class ReadingFiles(AbstractFileSystem):
    """The file system of a store that is no local folder, for reading below its root alone."""

    cachable = False

    def __init__(self, store: Store) -> None:
        super().__init__()
        self._of, self._root = store.filesystem, f"{store.path}/"
        self.protocol = store.filesystem.protocol

    def open(self, path: str, mode: str = "rb", **options: Any) -> Any:
        """Open a file to read.

        Raises:
            PermissionError: it lies elsewhere, or would be written.
        """
        if mode not in {"r", "rb"}:
            raise PermissionError(f"{path} would be written, and a query only reads")
        return self._of.open(self._inside(path), mode, **options)

    def info(self, path: str, **options: Any) -> Any:
        """Return what is known of a file; raises as :meth:`open` does."""
        return self._of.info(self._inside(path), **options)

    def ls(self, path: str, detail: bool = True, **options: Any) -> Any:
        """List a folder; raises as :meth:`open` does."""
        return self._of.ls(self._inside(path), detail=detail, **options)

    def glob(self, path: str, **options: Any) -> Any:
        """Return the paths that match; raises as :meth:`open` does."""
        return self._of.glob(self._inside(path), **options)

    def modified(self, path: str) -> Any:
        """Return when a file was changed; raises as :meth:`open` does."""
        return self._of.modified(self._inside(path))

    def _inside(self, path: str) -> str:
        plain = str(self._of._strip_protocol(path))
        if not f"{plain}/".startswith(self._root) or ".." in plain.split("/"):
            raise PermissionError(f"{path} is not below the root of the store")
        return plain
