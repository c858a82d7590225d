"""Text files as rows: a file is a row, with its line breaks."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from outcross.resources.errors import BadInput
from outcross.resources.sources import Files, RealData, TextFiles

FILES = {
    "docs/a.md": "# One\n\n- two\n",
    "docs/deep/b.md": "three\r\nfour\n",
    "docs/deep/c.md": " \n",
    "docs/deep/d.md": "",
    "docs/.hidden.md": "never",
    "code/a.py": "def f():\n    return 1\n",
    "code/b.py": "x = 1\n",
    "more/a.html": "<p>a</p>\n<script>b</script>",
    "more/b.rst": "Title\n=====\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(text.encode())
    return tmp_path


def load(folder: Path, kind: type[Files] | type[TextFiles] = Files, **options: Any) -> RealData:
    return kind.model_validate(options, context={"base": folder}).load()


@pytest.mark.parametrize("kind", [Files, TextFiles])
@pytest.mark.parametrize(
    ("path", "texts"),
    [
        ("docs/**/*.md", ["# One\n\n- two\n", "three\nfour\n"]),
        ("docs", ["# One\n\n- two\n", "three\nfour\n"]),
        ("code/*.py", ["def f():\n    return 1\n", "x = 1\n"]),
        ("more", ["<p>a</p>\n<script>b</script>", "Title\n=====\n"]),
    ],
)
def test_a_file_is_a_row_with_its_line_breaks(
    folder: Path, kind: type[Files] | type[TextFiles], path: str, texts: list[str]
) -> None:
    data = load(folder, kind, path=path, rows="files")
    assert data.rows["text"].to_list() == texts
    assert "2 files, each a row" in data.notes[0]
    assert ("2 files without text were left out" in data.notes) == path.startswith("docs")


def test_text_of_any_extension_is_cut_into_rows_where_the_format_says_so(folder: Path) -> None:
    assert load(folder, path="more/*", format="text", block=2).rows.height > 2


def test_the_first_files_are_read_where_rows_are_limited(folder: Path) -> None:
    (folder / "code/c.py").write_bytes(b"\xff\xfe")
    assert load(folder, path="code/*.py", rows="files", rows_limit=2).rows.height == 2


@pytest.mark.parametrize(
    ("options", "says", "offer"),
    [
        ({"path": "code/a.py"}, "1 files hold text; name more files, .*or remove 'rows'", {"path": "code"}),
        ({"path": "mixed"}, "'mixed/a.png' is no text; name the files of text alone", {"path": "mixed/*.md"}),
        ({"path": "a.csv"}, "these are read as csv; remove 'rows', or set 'format: text'", {"rows": None}),
        ({"path": "docs", "template": "chatml"}, "remove 'template'", {"template": None}),
    ],
)  # fmt: skip
def test_what_are_no_rows_of_files_is_refused_with_a_remedy_that_works(
    folder: Path, options: dict[str, Any], says: str, offer: dict[str, Any]
) -> None:
    (folder / "mixed").mkdir()
    (folder / "mixed/a.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    for name in "bc":
        (folder / f"mixed/{name}.md").write_text(f"text {name}")
    (folder / "a.csv").write_text("a,b\n1,2\n3,4\n")
    with pytest.raises(BadInput, match=says):
        load(folder, rows="files", **options)
    assert load(folder, **{"rows": "files", **options, **offer}).rows.height >= 2


def test_folding_is_for_rows_of_tokens() -> None:
    with pytest.raises(ValidationError, match="'words: folded' is for rows of 'block' tokens"):
        TextFiles(path="a.txt", rows="files", words="folded")


@pytest.mark.parametrize("kind", [Files, TextFiles])
def test_keys_that_an_earlier_version_lacked_are_left_out_of_settings_where_they_are_not_set(
    kind: type[Files] | type[TextFiles],
) -> None:
    later = {"rows", "template", "size", "grey"}
    assert not later & kind(path="a.txt").model_dump().keys()
    assert kind(path="a.txt", rows="files").model_dump()["rows"] == "files"
