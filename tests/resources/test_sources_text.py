"""Plain text as a source: where it is read from, how it is cut, and which words are kept."""

import gzip
import re
from pathlib import Path

import pytest

from outcross.resources.errors import BadInput
from outcross.resources.sources import Files, PythonDocs, RealData, TextFiles
from outcross.resources.tokens import tokenize
from tests.resources.test_sources import assert_canonical
from tests.shared_data import shared_data

PROSE = "One, two;\n\nThree four. FIVE don't! naïve Straße"


def load(folder: Path, **options: object) -> RealData:
    data = TextFiles.model_validate(options, context={"base": folder}).load()
    assert_canonical(data)
    return data


def help_topics() -> str:
    from pydoc_data.topics import topics

    return "\n\n".join(topics[name] for name in sorted(topics))


def test_text_files_read_what_files_reads_of_plain_text(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(help_topics(), encoding="utf-8")
    files = Files.model_validate({"path": "a.txt", "block": 50}, context={"base": tmp_path}).load()
    assert load(tmp_path, path="a.txt", block=50).rows.equals(files.rows)


def test_folded_text_is_its_words_in_lower_case_without_marks(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(PROSE, encoding="utf-8")
    rows = load(tmp_path, path="a.txt", block=3, words="folded").rows["text"].to_list()
    assert rows == ["one two three", "four five don", "t naïve straße"]


def test_folded_words_are_what_splitting_on_non_word_characters_leaves() -> None:
    data = PythonDocs(block=16, words="folded").load()
    expected = [word for word in re.split(r"\W+", help_topics().lower()) if word]
    kept = " ".join(data.rows["text"]).split(" ")
    assert kept == expected[: len(kept)]
    assert len(expected) - len(kept) < 16
    assert {len(tokenize(row)) for row in data.rows["text"]} == {16}
    assert any("lower-cased words" in note for note in data.notes)


def test_words_of_any_script_stay_whole_when_folded(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("İstanbul हिन्दी 東京 ΣΊΣΥΦΟΣ naïve x_1 " * 3, encoding="utf-8")
    rows = load(tmp_path, path="a.txt", block=5, words="folded").rows["text"]
    assert {len(tokenize(row)) for row in rows} == {5}


def test_wikitext_folded_has_the_words_and_types_of_its_two_files() -> None:
    paths = [str(shared_data(f"wikitext2_{part}.txt")) for part in ("valid", "test")]
    data = TextFiles(path=paths, block=10, words="folded").load()
    assert any("389,987 tokens" in note for note in data.notes)
    assert len({word for row in data.rows["text"] for word in row.split()}) == 15_824


def test_several_files_are_concatenated_in_the_order_named(tmp_path: Path) -> None:
    (tmp_path / "b.md").write_text("five six seven")
    (tmp_path / "a.md").write_text("one two")
    (tmp_path / "c.md").write_bytes(gzip.compress(b"three four"))
    assert load(tmp_path, path="*.md", block=2).rows["text"].to_list() == ["one two", "five six", "seven three"]
    listed = load(tmp_path, path=["c.md", "a.md"], block=2)
    assert listed.rows["text"].to_list() == ["three four", "one two"]


def test_a_url_is_read_like_a_path(tmp_path: Path) -> None:
    import fsspec

    with fsspec.open("memory://text_files/a.txt", "wb") as file:
        file.write(PROSE.encode())
    (tmp_path / "a.txt").write_text(PROSE, encoding="utf-8")
    address = load(tmp_path, path="memory://text_files/*.txt", block=4)
    assert address.rows.equals(load(tmp_path, path="a.txt", block=4).rows)


def test_rows_limit_keeps_only_the_first_rows(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(help_topics(), encoding="utf-8")
    limited = load(tmp_path, path="a.txt", rows_limit=7)
    assert limited.rows.equals(load(tmp_path, path="a.txt").rows.head(7))
    assert any("rows_limit" in note for note in limited.notes)


@pytest.mark.parametrize(
    ("content", "path", "says"),
    [
        (b"", "a.txt", r"'a.txt' is empty; name a file"),
        (b" \n\n ", "a.txt", r"0 tokens do not fill two rows of 64 tokens; lower 'block' or add text"),
        (b"... !!! ???", "a.txt", r"0 tokens do not fill two rows"),
        (b"one\ntwo \xff", "a.txt", r"'a.txt', line 2: not UTF-8 .*save it as UTF-8"),
        (b"\x1f\x8b\x08half", "a.txt", r"'a.txt' is not whole gzip .*copy it again"),
        (b"x", "b.txt", r"'b.txt' does not exist .*correct the path"),
        (b"x", "*.md", r"matches no file .*correct the path"),
        (b"x", ".", r"'a.txt': 1 tokens do not fill two rows"),
        (b"x", "http://127.0.0.1:9/a.txt", r"cannot be opened .*check the address"),
    ],
)
def test_text_that_cannot_be_used_is_refused_with_the_file_and_the_remedy(
    tmp_path: Path, content: bytes, path: str, says: str
) -> None:
    (tmp_path / "a.txt").write_bytes(content)
    with pytest.raises(BadInput, match=says):
        load(tmp_path, path=path, words="folded")


def test_without_a_base_relative_paths_are_resolved_against_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.txt").write_text(PROSE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert TextFiles(path="a.txt", block=3).load().rows.height == 4
