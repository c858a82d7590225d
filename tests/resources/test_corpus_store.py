"""The files of a corpus: whole or not at all, and never two of a name that may be written once."""

import hashlib
import os
import random
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO

import fsspec
import pytest
from fsspec import AbstractFileSystem
from fsspec.implementations.memory import MemoryFileSystem

from outcross.resources.corpus_store import Conflict, CorpusStore
from outcross.resources.errors import BadInput
from outcross.resources.store import MissingArtefact, Store


@pytest.fixture(params=["path", "memory"])
def corpus(request: pytest.FixtureRequest, tmp_path: Path) -> CorpusStore:
    return CorpusStore(Store(tmp_path if request.param == "path" else f"memory://{tmp_path.name}"), "adult")


def test_a_file_comes_back_with_its_digest_and_size(corpus: CorpusStore) -> None:
    digest = corpus.put("parts/b=1.parquet", b"content")
    assert digest == hashlib.sha256(b"content").hexdigest() == corpus.digest("parts/b=1.parquet")
    assert corpus.get("parts/b=1.parquet") == b"content"
    assert corpus.size("parts/b=1.parquet") == 7
    assert corpus.exists("parts/b=1.parquet")
    assert not corpus.exists("parts/b=2.parquet")


def test_put_replaces_what_is_there(corpus: CorpusStore) -> None:
    corpus.put("a", b"one")
    corpus.put("a", b"two")
    assert corpus.get("a") == b"two"


def test_put_new_leaves_what_is_there(corpus: CorpusStore) -> None:
    corpus.put_new("versions/1.json", b"one")
    with pytest.raises(Conflict, match="there already"):
        corpus.put_new("versions/1.json", b"two")
    assert corpus.get("versions/1.json") == b"one"


def test_a_listing_is_sorted_and_holds_every_file_below_the_folder_and_no_remnants(corpus: CorpusStore) -> None:
    for path in ("parts/b.parquet", "parts/a.parquet", "parts/deep/c.parquet", "versions/1.json"):
        corpus.put(path, b"")
    corpus.filesystem.pipe_file(f"{corpus.path}/parts/.0123.partial", b"half")
    assert corpus.list("parts") == ["parts/a.parquet", "parts/b.parquet", "parts/deep/c.parquet"]
    assert corpus.list()[-1] == "versions/1.json"
    assert corpus.list("nowhere") == []


class Listed(MemoryFileSystem):
    """A store that keeps its listings until it is told to forget them, as fsspec's of S3 does."""

    protocol, cachable = "listed", False
    find, isfile = AbstractFileSystem.find, AbstractFileSystem.isfile

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return super()._strip_protocol(path.removeprefix("listed://"))

    def ls(self, path: str, detail: bool = True, **how: object) -> list:
        path = self._strip_protocol(path)
        if path not in self.dircache:
            self.dircache[path] = super().ls(path, detail=True, **how)
        return self.dircache[path] if detail else [each["name"] for each in self.dircache[path]]

    def info(self, path: str, **how: object) -> dict:
        path = self._strip_protocol(path)
        found = [each for each in self.ls(self._parent(path)) if each["name"] == path]
        if not found:
            raise FileNotFoundError(path)
        return found[0]

    def _open(self, path: str, mode: str = "rb", **how: object) -> IO[bytes]:
        if mode == "rb":
            self.info(path)
        return super()._open(path, mode, **how)

    def invalidate_cache(self, path: str | None = None) -> None:
        self.dircache.clear()


def test_two_writers_see_each_others_files_where_a_file_system_keeps_its_listings(tmp_path: Path) -> None:
    fsspec.register_implementation("listed", Listed, clobber=True)
    one, other = (CorpusStore(Store(f"listed://{tmp_path.name}"), "adult") for _ in range(2))
    one.put("versions/1.json", b"first")
    assert other.list("versions") == one.list("versions") == ["versions/1.json"]
    one.put("versions/2.json", b"second")
    assert other.list("versions") == ["versions/1.json", "versions/2.json"]
    one.put_new("versions/3.json", b"third")
    assert other.exists("versions/3.json")
    one.put("versions/1.json", b"longer than before")
    assert other.size("versions/1.json") == 18
    one.put("versions/4.json", b"fourth")
    assert other.get("versions/4.json") == b"fourth"
    with pytest.raises(Conflict, match="there already"):
        other.put_new("versions/2.json", b"its own second")


def test_a_corpus_does_not_see_another_of_a_longer_name(tmp_path: Path) -> None:
    store = Store(tmp_path)
    CorpusStore(store, "adult2").put("a", b"")
    assert CorpusStore(store, "adult").list() == []


def test_a_file_written_piece_by_piece_appears_at_the_end(corpus: CorpusStore) -> None:
    with corpus.create("parts/a") as file:
        file.write(b"first ")
        assert not corpus.exists("parts/a")
        file.write(b"second")
    assert corpus.get("parts/a") == b"first second"


def test_a_file_whose_writing_fails_does_not_appear(corpus: CorpusStore) -> None:
    corpus.put("parts/a", b"earlier")
    with pytest.raises(RuntimeError, match="stop"), corpus.create("parts/a") as file:
        file.write(b"half")
        raise RuntimeError("stop")
    assert corpus.get("parts/a") == b"earlier"
    assert corpus.list() == ["parts/a"]


def test_no_remnant_is_left_by_a_conflict(tmp_path: Path) -> None:
    corpus = CorpusStore(Store(tmp_path), "adult")
    corpus.put_new("a", b"one")
    with pytest.raises(Conflict):
        corpus.put_new("a", b"two")
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["a"]


def test_what_is_missing_is_named(corpus: CorpusStore) -> None:
    for read in (corpus.get, corpus.digest, corpus.size):
        with pytest.raises(MissingArtefact, match=r"parts/a of corpus 'adult'"):
            read("parts/a")


@pytest.mark.parametrize(
    "path", ["../x", "a/../../x", "/etc/passwd", "a//b", "", "a/", ".hidden", "a\nb", "a b", "a/..", "x" * 9 + "\0"]
)
def test_no_path_leads_out_of_the_corpus(corpus: CorpusStore, path: str) -> None:
    for use in (corpus.get, corpus.exists, corpus.location, lambda each: corpus.put(each, b"")):
        with pytest.raises(BadInput, match="cannot be a path"):
            use(path)


@pytest.mark.parametrize("name", ["..", "a/b", "", ".a", "a..b", "a\n", "é"])
def test_no_name_of_a_corpus_leads_out_of_the_root(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match="cannot name a corpus"):
        CorpusStore(Store(tmp_path), name)


def test_a_file_system_without_hard_links_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unsupported(source: str, target: str) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "link", unsupported)
    with pytest.raises(BadInput, match="without hard links"):
        CorpusStore(Store(tmp_path), "adult").put_new("a", b"")


def test_of_many_writers_of_a_new_file_one_wins(tmp_path: Path) -> None:
    corpus = CorpusStore(Store(tmp_path), "adult")
    won: list[int] = []

    def write(number: int) -> None:
        for name in range(20):
            try:
                corpus.put_new(f"f{name}", str(number).encode())
            except Conflict:
                continue
            won.append(name)

    writers = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert sorted(won) == list(range(20))


_WRITER = """
import sys
from outcross.resources.corpus_store import CorpusStore
from outcross.resources.store import Store
corpus = CorpusStore(Store(sys.argv[1]), "adult")
content = b"x" * 4_000_000
print("ready", flush=True)
for number in range(10**9):
    corpus.put_new(f"versions/{sys.argv[2]}-{number}", content)
    corpus.put("parts/a", content)
"""


def test_a_killed_writer_leaves_no_half_file(tmp_path: Path) -> None:
    corpus = CorpusStore(Store(tmp_path), "adult")
    chance = random.Random(7)
    for turn in range(4):
        writer = subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(tmp_path), str(turn)], stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        while not corpus.exists(f"versions/{turn}-0"):
            os.sched_yield()
        for _ in range(chance.randrange(200, 20_000)):  # let it write for a while that is never the same
            os.sched_yield()
        writer.send_signal(signal.SIGKILL)
        writer.communicate()
    found = corpus.list()
    assert len(found) > 1
    assert {corpus.size(path) for path in found} == {4_000_000}


@pytest.mark.parametrize("corpus_of", ["path", "memory"])
def test_a_corpus_lies_below_the_root_and_polars_can_open_where(corpus_of: str, tmp_path: Path) -> None:
    root = str(tmp_path) if corpus_of == "path" else "memory://bucket"
    corpus = CorpusStore(Store(root), "adult")
    assert (corpus.corpus, corpus.is_local) == ("adult", corpus_of == "path")
    assert corpus.location("parts/a") == f"{root}/corpora/adult/parts/a"
    assert corpus.path == (f"{tmp_path}/corpora/adult" if corpus_of == "path" else "/bucket/corpora/adult")


def test_a_file_is_fetched_whole_and_a_folder_is_no_file(corpus: CorpusStore, tmp_path: Path) -> None:
    content = bytes(range(256)) * 5000
    corpus.put("parts/a", content)
    corpus.fetch("parts/a", tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == content
    assert corpus.exists("parts") is False
    with pytest.raises(MissingArtefact):
        corpus.fetch("parts/b", tmp_path / "other")
    assert not (tmp_path / "other").exists()
    assert corpus.put_new("parts/new", b"new") == hashlib.sha256(b"new").hexdigest()


@pytest.mark.parametrize("path", ["a", "a.b-c_d=e/0", "0/1/2.json"])
def test_letters_digits_and_four_marks_make_a_path(corpus: CorpusStore, path: str) -> None:
    corpus.put(path, b"content")
    assert corpus.list() == [path]
