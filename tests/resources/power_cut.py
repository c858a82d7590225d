"""What would still be there after a power cut: a record of flushes and renames, and the files it leaves at risk."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest

FLUSH, NAME, FOLDER = "flush", "name", "folder"


class Step(NamedTuple):
    """One step: a file or folder was flushed, a file was named (linked or renamed), or a folder was made."""

    kind: str
    path: str
    source: str = ""
    """The earlier name of a file that was renamed or linked."""


class Disk:
    """The steps towards the disk below a folder, in their order."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.steps: list[Step] = []

    def lost(self) -> list[str]:
        """Return the files and folders that a power cut may take, or leave without their content; hidden ones aside."""
        below = {path: path.relative_to(self.root) for path in sorted(self.root.rglob("*"))}
        shown = {path: name for path, name in below.items() if not any(part.startswith(".") for part in name.parts)}
        return [str(name) for path, name in shown.items() if not self._is_kept(path, len(self.steps))]

    def _is_kept(self, path: Path, until: int) -> bool:
        """Whether the content was flushed before the name was given, and the name after."""
        given = [at for at, step in enumerate(self.steps[:until]) if step.kind != FLUSH and step.path == str(path)]
        if not given:
            return self._came_along(path, until)
        step, at = self.steps[given[-1]], given[-1]
        written = step.kind == FOLDER or Step(FLUSH, step.source) in self.steps[:at]
        moved = step.kind == NAME and self._is_kept(Path(step.source), at)
        return (written or moved) and Step(FLUSH, str(path.parent)) in self.steps[at:until]

    def _came_along(self, path: Path, until: int) -> bool:
        """Whether it was kept in a folder that was then renamed to one that it lies in now."""
        for folder in path.parents:
            named = [at for at, step in enumerate(self.steps[:until]) if step.kind == NAME and step.path == str(folder)]
            if named:
                before = Path(self.steps[named[-1]].source) / path.relative_to(folder)
                return self._is_kept(before, named[-1]) and self._is_kept(folder, until)
        return False

    def hasty(self) -> list[str]:
        """Return the files that were named while the name before them was not on the disk yet."""
        names = [at for at, step in enumerate(self.steps) if step.kind == NAME]
        return [
            self.steps[later].path
            for earlier, later in pairwise(names)
            if Step(FLUSH, str(Path(self.steps[earlier].path).parent)) not in self.steps[earlier:later]
        ]


@contextmanager
def recorded(root: Path, patch: pytest.MonkeyPatch) -> Iterator[Disk]:
    """Record every flush, rename, link and new folder below a root while the block lasts; each is also done."""
    disk, real = Disk(root), {name: getattr(os, name) for name in ("fsync", "replace", "rename", "link", "mkdir")}

    def note(kind: str, path: str | os.PathLike[str], source: str | os.PathLike[str] = "") -> None:
        whole = Path(path).absolute()
        if whole.is_relative_to(root):
            disk.steps.append(Step(kind, str(whole), str(Path(source).absolute()) if source else ""))

    def fsync(descriptor: int) -> None:
        note(FLUSH, Path(f"/proc/self/fd/{descriptor}").readlink())
        real["fsync"](descriptor)

    def naming(name: str) -> object:
        def do(source: str, target: str, **how: object) -> None:
            real[name](source, target, **how)
            note(NAME, target, source)

        return do

    def mkdir(path: str, *arguments: object, **how: object) -> None:
        real["mkdir"](path, *arguments, **how)
        note(FOLDER, path)

    with patch.context() as within:
        within.setattr(os, "fsync", fsync)
        within.setattr(os, "mkdir", mkdir)
        for name in ("replace", "rename", "link"):
            within.setattr(os, name, naming(name))
        yield disk
