"""A file of rows in place of a study file is refused with the command that writes a study of it."""

from pathlib import Path

import pytest

from outcross.jobs.files.given_rows import refuse_rows
from outcross.resources.errors import BadInput


@pytest.mark.parametrize("content", ["a,b\n1,2\n", "just: a mapping\n", "- study\n", "study: [\n"])
def test_a_file_that_holds_no_settings_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "my rows.csv"
    path.write_text(content)
    with pytest.raises(BadInput, match=r"is no study file but a file of rows; .* 'outcross init '.*my rows.csv''"):
        refuse_rows(str(path))


def test_a_folder_is_refused_as_one(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is no study file but a folder"):
        refuse_rows(str(tmp_path))


@pytest.mark.parametrize("content", ["study: mine\n", "extends: digits\n"])
def test_settings_under_another_ending_are_left_to_the_reader(tmp_path: Path, content: str) -> None:
    (tmp_path / "study.txt").write_text(content)
    refuse_rows(str(tmp_path / "study.txt"))


@pytest.mark.parametrize("given", ["", "absent.csv", "a-name"])
def test_what_is_no_file_is_left_to_the_reader(given: str) -> None:
    refuse_rows(given)
