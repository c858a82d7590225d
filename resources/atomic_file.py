"""Files that appear whole or not at all, whoever is killed meanwhile.

On a local file system a file is written under a temporary name in its own folder (``.….partial``, which no listing of
Outcross shows), flushed, and renamed; then the folder is flushed, so that the name survives a power cut, and so is
the folder of each folder that was made for it. A killed writer leaves such a remnant at worst, which a later one in
its folder removes (:mod:`outcross.resources.remnants`). A new file that must
not replace another is linked instead of renamed, which fails where the name is taken: of two writers one wins. An
object store puts a file at once; there the second promise rests on its exclusive create (``If-None-Match: *`` on S3),
through fsspec's ``pipe_file(…, mode="create")``. A file system of fsspec that only looks before it writes
(``memory://``) keeps that promise within one thread of one process, and no further.

A file system of None is that of this machine.
"""

import errno
import os
import shutil
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any

from outcross.resources.errors import BadInput
from outcross.resources.remnants import held, hold, remove_remnants

AnyPath = str | os.PathLike[str]
_PRIVATE_FOLDER, _PRIVATE_FILE = 0o700, 0o600
"""Modes of what is made: rows of people may be in it, whatever the umask of whoever runs this."""
_NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}


def write_output(path: AnyPath, content: bytes) -> None:
    """Write a file that a user names, whole or not at all, with the permissions that the user's files have.

    What is there and is no file, such as a pipe or a terminal, is written to.
    """
    target = os.path.realpath(path)
    os.stat(_folder(target))  # noqa: PTH116 - where it lacks, the name is misspelt
    if os.path.exists(target) and not os.path.isfile(target):  # noqa: PTH110, PTH113
        with open(target, "wb") as file:  # noqa: PTH123
            file.write(content)
        return
    _replace(target, content, private=False)


def replace_file(path: AnyPath, content: bytes, filesystem: Any = None) -> None:
    """Write a file in place of an earlier one, and its folders where they lack."""
    if _is_remote(filesystem):
        filesystem.pipe_file(os.fspath(path), content)
        return
    with open_to_replace(path) as file:
        file.write(content)


@contextmanager
def open_to_replace(path: AnyPath, filesystem: Any = None) -> Iterator[IO[bytes]]:
    """Open a file to write piece by piece; it appears, in place of an earlier one, once the block ends well.

    What goes to an object store is gathered in a temporary file of this machine first.
    """
    target = os.fspath(path)
    if _is_remote(filesystem):
        from outcross.resources.staging import staging_folder

        with staging_folder() as folder:
            with (folder / "file").open("xb") as file:
                yield file
            filesystem.put_file(str(folder / "file"), target)
        return
    with _open_temporary(target) as (file, temporary):
        yield file
        _flush(file)
        os.replace(temporary, target)  # noqa: PTH105 - fsspec paths are strings
    _flush_folder(target)


def create_file(path: AnyPath, content: bytes, filesystem: Any = None) -> None:
    """Write a file that is not there yet, and its folders where they lack.

    On an object store a request whose answer was lost is repeated, and then finds its own file.

    Raises:
        FileExistsError: it is there already; it is left as it is.
        BadInput: this file system cannot tell.
    """
    target = os.fspath(path)
    if _is_remote(filesystem):
        _create_remotely(target, content, filesystem)
        return
    with _open_temporary(target) as (file, temporary):
        file.write(content)
        _flush(file)
        try:
            os.link(temporary, target)
        except FileExistsError:
            raise
        except OSError as error:
            if error.errno in _NO_LINKS:
                raise BadInput(
                    f"{_folder(target)} is on a file system without hard links ({error.strerror}), so two writers "
                    "could overwrite each other; keep the root on a local disk"
                ) from None
            raise
    _flush_folder(target)


def create_folder(path: AnyPath, files: Iterable[tuple[str, bytes]]) -> None:
    """Write a folder of this machine that is not there yet, with all its files; it appears once they are whole.

    Args:
        path: of the folder.
        files: (path within the folder, content).

    Raises:
        FileExistsError: something is there already.
    """
    target = os.fspath(path).rstrip("/")
    if os.path.lexists(target):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), target)
    folder = _folder(target)
    make_folder(folder)
    remove_remnants(folder)
    temporary = f"{folder}/.{uuid.uuid4().hex}.partial"
    try:
        make_folder(temporary)
        with held(temporary):
            for name, content in files:
                _replace(f"{temporary}/{name}", content, search=False)
            os.rename(temporary, target)  # noqa: PTH104
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    _flush_folder(target)


def make_folder(path: AnyPath) -> None:
    """Make a folder of this machine and those above it where they lack, and bring their names to disk."""
    folder = os.fspath(path).rstrip("/") or "/"
    if os.path.isdir(folder):  # noqa: PTH112
        return
    make_folder(_folder(folder))
    try:
        os.mkdir(folder, _PRIVATE_FOLDER)  # noqa: PTH102
    except FileExistsError:
        if not os.path.isdir(folder):  # noqa: PTH112
            raise
    _flush_folder(folder)


def move_file(path: AnyPath, to: AnyPath) -> None:
    """Rename a file of this machine, in place of an earlier one, and make the folders that lack.

    After a power cut it has at least one of its names: the new one is flushed first.
    """
    source, target = os.fspath(path), os.fspath(to)
    make_folder(_folder(target))
    os.replace(source, target)  # noqa: PTH105
    _flush_folder(target)
    if _folder(source) != _folder(target):
        _flush_folder(source)


def remove_file(path: AnyPath, filesystem: Any = None) -> None:
    """Remove a file, if it is there, and bring that to disk."""
    target = os.fspath(path)
    if _is_remote(filesystem):
        with suppress(FileNotFoundError):
            filesystem.rm_file(target)
        filesystem.invalidate_cache()
        return
    with suppress(FileNotFoundError):
        os.remove(target)  # noqa: PTH107
        _flush_folder(target)


def _create_remotely(path: str, content: bytes, filesystem: Any) -> None:
    try:
        filesystem.pipe_file(path, content, mode="create")
    except (NotImplementedError, TypeError):
        raise BadInput(
            f"{filesystem.unstrip_protocol(path)} is on a file system that cannot refuse a file that is there already, "
            "so two writers could overwrite each other; keep the root on a local disk or on S3"
        ) from None
    except FileExistsError:
        raise
    except OSError:
        filesystem.invalidate_cache()
        if filesystem.isfile(path):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), path) from None
        raise


def _is_remote(filesystem: Any) -> bool:
    if filesystem is None:
        return False
    from fsspec.implementations.local import LocalFileSystem

    return not isinstance(filesystem, LocalFileSystem)


def _folder(path: str) -> str:
    return os.path.dirname(path) or "."  # noqa: PTH120 - fsspec paths are strings


def _replace(path: str, content: bytes, *, private: bool = True, search: bool = True) -> None:
    with _open_temporary(path, private=private, search=search) as (file, temporary):
        file.write(content)
        _flush(file)
        os.replace(temporary, path)  # noqa: PTH105
    _flush_folder(path)


@contextmanager
def _open_temporary(path: str, *, private: bool = True, search: bool = True) -> Iterator[tuple[IO[bytes], str]]:
    """A file under a name of its own next to the one to be; gone when the block ends, unless it was renamed.

    Remnants next to it are searched for, except in a folder that is new.
    """
    folder = _folder(path)
    make_folder(folder)
    if search:
        remove_remnants(folder)
    temporary = f"{folder}/.{uuid.uuid4().hex}.partial"
    try:
        with open(temporary, "xb", opener=_open_private if private else None) as file:
            hold(file.fileno())
            yield file, temporary
    finally:
        with suppress(FileNotFoundError):
            os.remove(temporary)  # noqa: PTH107


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, _PRIVATE_FILE)


def _flush(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())


def _flush_folder(path: str) -> None:
    """Bring the new name of a file to disk."""
    descriptor = os.open(_folder(path), os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
