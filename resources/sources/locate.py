"""Resolve the paths, folders, globs and URLs of a source to files, and open them."""

import glob
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from urllib.parse import urlsplit

from outcross.resources.errors import BadInput, reason_of
from outcross.resources.sources.containers import is_container, member_of_zip, unpack
from outcross.resources.sources.download import download, opened
from outcross.resources.sources.encodings import decode
from outcross.resources.sources.folders import files_of_folder
from outcross.resources.sources.foreign import HEAD, refuse_foreign_text
from outcross.resources.system_faults import refuse_to_blame


@dataclass(frozen=True)
class SourceFile:
    """One file of a source: ``name`` is its name in messages, ``address`` a local path or a URL."""

    name: str
    address: Path | str

    def read(self) -> bytes:
        """Return the whole content; a URL is downloaded.

        Raises:
            BadInput: the file cannot be opened, or is empty.
        """
        content = (
            _open(self.name, self.address) if isinstance(self.address, Path) else _download(self.name, self.address)
        )
        if not content:
            raise BadInput(f"file {self.name!r} is empty; name a file with data in it")
        return content

    def is_empty(self) -> bool:
        """Return whether a local file has no bytes; of a URL that is not known."""
        try:
            return isinstance(self.address, Path) and self.address.stat().st_size == 0
        except OSError:
            return False

    def digest(self) -> str:
        """Identify the content: of a local file by its sha256, of a URL by what its server states of its version.

        That is the entity tag, or the time and size. Where a server states neither, the content is downloaded.

        Raises:
            BadInput: the file cannot be opened.
        """
        if isinstance(self.address, Path):
            try:
                with self.address.open("rb") as file:
                    return hashlib.file_digest(file, "sha256").hexdigest()
            except OSError as error:
                refuse_to_blame(error)
                raise BadInput(
                    f"file {self.name!r} cannot be opened ({reason_of(error)}); check its permissions"
                ) from error
        return _stated_version(self.address) or hashlib.sha256(self.read()).hexdigest()

    def text(self, most: int | None = None, encoding: str | None = None) -> str:
        """Return the whole content as text; containers such as gzip are unpacked.

        Args:
            most: decompressed bytes allowed; None allows those of :mod:`.containers`.
            encoding: as stated; None takes UTF-8, or what a byte order mark states.

        Raises:
            BadInput: as :meth:`read` does; or the content is damaged, is of another format or encoding, or is larger
                than allowed.
        """
        if most is not None and self._size() > most:
            raise self._too_large(most)
        content = unpack(self.read(), name=self.name, most=most)
        if most is not None and len(content) > most:
            raise self._too_large(most)
        refuse_foreign_text(content, self.name)
        return decode(content, name=self.name, encoding=encoding)

    def head(self) -> bytes | None:
        """Return the first bytes of a local file, enough to tell its format; None of a URL, or if it cannot be read."""
        if not isinstance(self.address, Path):
            return None
        try:
            with self.address.open("rb") as file:
                return file.read(HEAD)
        except OSError:
            return None

    def member(self) -> str:
        """Return the name of the one file in a zip.

        Raises:
            BadInput: as :meth:`read` does; or the zip is damaged, is empty, or holds several files.
        """
        return member_of_zip(io.BytesIO(self.read()), name=self.name)

    def binary(self, most: int | None = None) -> Path | io.BytesIO:
        """Return what a binary reader takes: a local path, of which it may read a part, or the bytes.

        Args:
            most: decompressed bytes allowed of a file in a container; None allows those of :mod:`.containers`.

        Raises:
            BadInput: as :meth:`read` does; or the container is damaged or holds more than allowed.
        """
        if isinstance(self.address, Path) and not is_container(self.head() or b""):
            return self.address
        if most is not None and self._size() > most:
            raise self._too_large(most)
        return io.BytesIO(unpack(self.read(), name=self.name, most=most))

    def _size(self) -> int:
        """Return the bytes of a local file before it is read; 0 where that is not known."""
        try:
            return self.address.stat().st_size if isinstance(self.address, Path) else 0
        except OSError:
            return 0

    def _too_large(self, most: int) -> BadInput:
        return BadInput(f"file {self.name!r} holds more than {most:,} bytes of text; split it or convert it to Parquet")


def locate(paths: Sequence[str], *, base: Path) -> list[SourceFile]:
    """Return every file that the paths name, in the order given; those of a folder or a glob are sorted.

    Relative paths are resolved against ``base``. Nothing is downloaded; a glob over an object store lists that store.

    Raises:
        BadInput: a path does not exist or is an empty folder, a glob matches no file, or a store cannot be listed.
    """
    found: dict[Path | str, SourceFile] = {}
    for path in paths:
        try:
            files = _remote(path) if "://" in path else _local(path, base)
        except BadInput:
            raise
        except (OSError, RuntimeError, ValueError) as error:  # a name too long, an unknown ~user, half an address
            raise BadInput(f"'path' cannot be resolved ({reason_of(error)}); correct it") from error
        for file in files:
            found.setdefault(file.address, file)
    return list(found.values())


def _local(path: str, base: Path) -> list[SourceFile]:
    full = base / Path(path).expanduser()
    if full.is_dir():
        return [SourceFile(str(Path(path, name)), full / name) for name in files_of_folder(full, path)]
    if full.is_file():
        return [SourceFile(path, full)]
    if full.exists():
        raise BadInput(f"path {path!r} is neither a file nor a folder; name a regular file")
    if not glob.has_magic(path):
        raise BadInput(f"file {path!r} does not exist (full path {str(full)!r}); correct the path")
    pattern = str(Path(path).expanduser())
    matches = sorted(glob.glob(pattern, root_dir=base, recursive=True))  # noqa: PTH207 Path.glob takes no absolute one
    files = [SourceFile(match, base / match) for match in matches if (base / match).is_file()]
    if not files:
        files = [file for match in matches if (base / match).is_dir() for file in _local(match, base)]
    if not files:
        raise BadInput(f"glob {path!r} matches no file (full path {str(full)!r}); correct the path")
    return files


def _remote(url: str) -> list[SourceFile]:
    if _is_web(url) or not glob.has_magic(url):
        return [SourceFile(_public(url), url)]
    try:
        import fsspec

        system, pattern = fsspec.core.url_to_fs(url)
        matches = [system.unstrip_protocol(match) for match in sorted(system.glob(pattern)) if system.isfile(match)]
    except Exception as error:  # every fsspec backend has its own exceptions
        raise BadInput(f"glob {_public(url)!r} cannot be listed ({reason_of(error)}); check the address") from error
    if not matches:
        raise BadInput(f"glob {_public(url)!r} matches no file; correct the path")
    return [SourceFile(_public(match), match) for match in matches]


def _open(name: str, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        refuse_to_blame(error)
        raise BadInput(f"file {name!r} cannot be opened ({reason_of(error)}); check its permissions") from error


def _download(name: str, url: str) -> bytes:
    try:
        if _is_web(url):
            return download(url, name)
        import fsspec

        with fsspec.open(url, "rb") as file:
            content: bytes = file.read()
            return content
    except BadInput:
        raise
    except (HTTPException, OSError) as error:
        raise BadInput(f"file {name!r} cannot be opened ({reason_of(error)}); check the address") from error
    except Exception as error:  # every fsspec backend has its own exceptions
        raise BadInput(
            f"file {name!r} cannot be opened ({reason_of(error)}); check the address, and install the fsspec package "
            "for that kind of store"
        ) from error


def _stated_version(url: str) -> str | None:
    """Return the version that the server of a URL states without sending the content; None if it states none."""
    try:
        if not _is_web(url):
            import fsspec

            system, path = fsspec.core.url_to_fs(url)
            return str(system.ukey(path))
        with opened(url, url, method="HEAD") as answer:
            tag, time, size = (answer.headers.get(name) for name in ("ETag", "Last-Modified", "Content-Length"))
    except Exception:  # a server may refuse HEAD, and every fsspec backend has its own exceptions: read it instead
        return None
    return tag or (f"{time} {size}" if time else None)


def _is_web(url: str) -> bool:
    return url.lower().startswith(("http://", "https://"))


def _public(url: str) -> str:
    """Return the URL without user, password and query: they may hold secrets, and messages and notes show the URL."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
