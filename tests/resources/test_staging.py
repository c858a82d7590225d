"""Folders of work in progress: below the home, for nobody else's eyes, and gone with or after their process."""

import subprocess
import sys
from pathlib import Path

import pytest

from outcross.resources.staging import FOLDER, make_staging_folder, staging_folder

KEEP = """
import sys, time
from outcross.resources.staging import make_staging_folder
folder = make_staging_folder()
(folder / "rows").write_text("of people")
print(folder, flush=True)
time.sleep(600)
"""


def test_what_a_killed_process_leaves_is_removed_by_the_next_and_that_of_a_living_one_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OUTCROSS_HOME", str(tmp_path))
    (tmp_path / FOLDER / "another's").mkdir(parents=True)
    process = subprocess.Popen([sys.executable, "-c", KEEP], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    theirs = Path(process.stdout.readline().strip())
    assert theirs.parent == tmp_path / FOLDER and theirs.stat().st_mode & 0o777 == 0o700
    mine = make_staging_folder()
    assert (theirs / "rows").exists(), "it is in use"
    process.kill()
    process.communicate()
    with staging_folder() as folder:
        assert folder.is_dir()
    assert sorted(each.name for each in (tmp_path / FOLDER).iterdir()) == sorted(["another's", mine.name])
