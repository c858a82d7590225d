"""Folders for what lies on this machine while it is worked on: copies of files that came, rows for a command.

They lie in ``staging`` of the home folder, or, where ``OUTCROSS_HOME`` is not set, in the system's folder for temporary
files. Nobody else can look into one. A process that is killed leaves its folder behind, with rows in it; the next
process of this machine that makes one removes it.
"""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote, unquote

from outcross.resources.atomic_file import make_folder
from outcross.resources.executing_process import BOOT_TAG, HOST_TAG, PROCESS_TAG, has_ended, process_tags

FOLDER = "staging"
_NAME = re.compile(r"outcross~(?P<host>[^~]*)~(?P<boot>[^~]*)~(?P<process>[^~]*)~.*")


@contextmanager
def staging_folder() -> Iterator[Path]:
    """Make a folder that lasts as long as the block."""
    folder = make_staging_folder()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def make_staging_folder() -> Path:
    """Make a folder, which whoever asked for it removes; remove those of processes that have ended."""
    base = _base()
    _clean(base)
    tags = process_tags()
    owner = "~".join(quote(tags[name], safe="").replace("~", "%7E") for name in (HOST_TAG, BOOT_TAG, PROCESS_TAG))
    return Path(tempfile.mkdtemp(prefix=f"outcross~{owner}~", dir=base))


def _base() -> Path:
    if home := os.environ.get("OUTCROSS_HOME"):
        folder = Path(home).absolute() / FOLDER
        make_folder(folder)
        return folder
    return Path(tempfile.gettempdir())


def _clean(base: Path) -> None:
    for entry in os.scandir(base):
        if not (found := _NAME.fullmatch(entry.name)):
            continue
        tags = {name: unquote(found[name.rpartition("/")[2]]) for name in (HOST_TAG, BOOT_TAG, PROCESS_TAG)}
        with suppress(FileNotFoundError):  # its process has removed it meanwhile, or another one that cleans
            if entry.stat(follow_symlinks=False).st_uid == os.getuid() and has_ended(tags):
                shutil.rmtree(entry.path, ignore_errors=True)
