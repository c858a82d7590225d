"""Where a corpus lives: files below ``{root}/corpora/{corpus}/``, each written whole or not at all.

How that is kept, on a disk and in an object store, is in :mod:`outcross.resources.atomic_file`. Of two writers of a
new file one wins, and the other gets a :class:`Conflict`.
"""

import hashlib
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from outcross.resources.atomic_file import create_file, open_to_replace, remove_file
from outcross.resources.errors import BadInput, OutcrossError
from outcross.resources.store import MissingArtefact, Store

FOLDER = "corpora"
_PIECE = 2**20
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_STEP = re.compile(r"[A-Za-z0-9][A-Za-z0-9._=-]*")


class Conflict(OutcrossError):
    """Somebody else has written first: read what is there now, and try again on top of it."""


class CorpusStore:
    """The files of one corpus.

    Paths are relative to the corpus's folder, with ``/`` between steps of letters, digits, ``.``, ``_``, ``=`` and
    ``-``: ``CorpusStore(Store(root), "adult").put("parts/b1.parquet", content)``.
    """

    def __init__(self, store: Store, corpus: str) -> None:
        if not _NAME.fullmatch(corpus) or ".." in corpus:
            raise BadInput(
                f"{corpus!r:.80} cannot name a corpus: use letters, digits, '.', '_' and '-', starting with a letter "
                "or digit, so that it stays inside the store's root"
            )
        self.corpus = corpus
        self.filesystem = store.filesystem
        self.is_local = store.is_local
        self.path = f"{store.path}/{FOLDER}/{corpus}"
        self.url = f"{store.url}/{FOLDER}/{corpus}"

    def put(self, path: str, content: bytes) -> str:
        """Write a file, in place of an earlier one, and return its sha256."""
        with self.create(path) as file:
            file.write(content)
        return hashlib.sha256(content).hexdigest()

    def put_new(self, path: str, content: bytes) -> str:
        """Write a file that is not there yet, and return its sha256.

        On an object store a request whose answer was lost is repeated, and then finds its own file: on a conflict
        read what is there before doing the work again.

        Raises:
            Conflict: it is there already; it is left as it is.
            BadInput: this file system cannot tell.
        """
        try:
            create_file(self._full(path), content, self.filesystem)
        except FileExistsError:
            raise Conflict(f"{self.url}/{path} is there already") from None
        return hashlib.sha256(content).hexdigest()

    @contextmanager
    def create(self, path: str) -> Iterator[IO[bytes]]:
        """Open a file to write piece by piece; it appears, in place of an earlier one, once the block ends well.

        What goes to an object store is gathered in a temporary file of this machine first.
        """
        with open_to_replace(self._full(path), self.filesystem) as file:
            yield file

    def remove(self, path: str) -> None:
        """Remove a file, if it is there; a power cut afterwards does not bring it back."""
        remove_file(self._full(path), self.filesystem)

    def open(self, path: str) -> IO[bytes]:
        """Open a file to read.

        Raises:
            MissingArtefact: it is not there.
        """
        full = self._full(path)
        self._forget()
        try:
            result: IO[bytes] = self.filesystem.open(full, "rb")
            return result
        except FileNotFoundError:
            raise self._missing(path) from None

    def get(self, path: str) -> bytes:
        """Read a file; raises as :meth:`open` does."""
        with self.open(path) as file:
            return file.read()

    def fetch(self, path: str, to: Path) -> None:
        """Copy a file to one of this machine, some bytes at a time; raises as :meth:`open` does."""
        with self.open(path) as source, to.open("wb") as copy:
            shutil.copyfileobj(source, copy, _PIECE)

    def exists(self, path: str) -> bool:
        """Whether the file is there."""
        full = self._full(path)
        self._forget()
        return bool(self.filesystem.isfile(full))

    def size(self, path: str) -> int:
        """Bytes of a file; raises as :meth:`open` does."""
        full = self._full(path)
        self._forget()
        try:
            return int(self.filesystem.size(full))
        except FileNotFoundError:
            raise self._missing(path) from None

    def digest(self, path: str) -> str:
        """Compute the sha256 of a file as it lies there; raises as :meth:`open` does."""
        with self.open(path) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]  # fsspec files read into buffers

    def list(self, folder: str = "", *, hidden: bool = False) -> list[str]:
        """Paths of all files below a folder, sorted; none where there is no such folder.

        Remnants of killed writers, and other files whose name starts with a dot, are left out unless ``hidden``.
        """
        self._forget()
        below = self._full(folder) if folder else self.path
        found = (str(path)[len(self.path) + 1 :] for path in self.filesystem.find(below))
        return sorted(path for path in found if hidden or not path.rsplit("/", 1)[-1].startswith("."))

    def location(self, path: str) -> str:
        """Where a file lies, as Polars or DuckDB open it: a local path, or a URL."""
        self._full(path)
        return f"{self.url}/{path}"

    def _full(self, path: str) -> str:
        if not all(_STEP.fullmatch(step) and ".." not in step for step in path.split("/")):
            raise BadInput(
                f"{path!r:.120} cannot be a path in corpus '{self.corpus}': use letters, digits, '.', '_', '=' and '-' "
                "between slashes, so that it stays inside the corpus's folder"
            )
        return f"{self.path}/{path}"

    def _missing(self, path: str) -> MissingArtefact:
        return MissingArtefact(f"{path} of corpus '{self.corpus}' is not in the store at {self.url}")

    def _forget(self) -> None:
        """Ask the file system anew: an object store's listings are kept by fsspec, and others write beside us."""
        if not self.is_local:
            self.filesystem.invalidate_cache()
