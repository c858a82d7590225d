"""An inbox: which of its files are batches, and which changes make a file another batch."""

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import fsspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcross.jobs.automation.corpus_sensors import RUNS_PER_TICK, Sighting, Sightings, choose
from outcross.jobs.automation.inbox import Inbox, InboxFile, looks_like_batch


@pytest.mark.parametrize(
    ("name", "batch"),
    [
        ("march.parquet", True),
        ("no extension", True),
        (".hidden.csv", False),
        ("march.csv.partial", False),
        ("march.csv.PARTIAL", False),
        ("march.tmp", False),
        ("march.csv.crdownload", False),
        ("march.csv.provenance.json", False),
        ("provenance.json", True),
    ],
)
def test_a_hidden_file_a_partial_file_and_a_sidecar_are_not_batches(name: str, batch: bool) -> None:
    assert looks_like_batch(name) is batch


def test_folders_and_links_are_ignored(tmp_path: Path) -> None:
    (tmp_path / "inbox" / "folder.csv").mkdir(parents=True)
    (tmp_path / "secret.csv").write_text("a\n1\n")
    (tmp_path / "inbox" / "link.csv").symlink_to(tmp_path / "secret.csv")
    os.mkfifo(tmp_path / "inbox" / "pipe.csv")
    (tmp_path / "inbox" / "file.csv").write_text("a\n1\n")
    assert list(Inbox(str(tmp_path / "inbox")).files()) == ["file.csv"]


@pytest.mark.parametrize("gone", [0, 1, 2])
def test_a_file_that_vanishes_while_the_folder_is_read_hides_no_other(
    gone: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "abc":
        (tmp_path / name).write_text("x\n1\n")
    scandir = os.scandir

    @contextmanager
    def scan(folder: str) -> Iterator[list[os.DirEntry[str]]]:
        with scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
        Path(found[gone].path).unlink()
        yield found

    monkeypatch.setattr("outcross.jobs.automation.inbox.os.scandir", scan)
    assert sorted(Inbox(str(tmp_path)).files()) == [name for place, name in enumerate("abc") if place != gone]


def test_a_change_of_the_file_or_of_its_sidecar_makes_another_batch(tmp_path: Path) -> None:
    inbox, file = Inbox(str(tmp_path)), tmp_path / "march.csv"

    def key() -> str:
        return inbox.files()["march.csv"].key

    file.write_text("a\n1\n")
    keys = [key()]
    (tmp_path / "march.provenance.json").write_text("{}")
    keys.append(key())
    (tmp_path / "march.csv.provenance.json").write_text("{}")
    keys.append(key())
    os.utime(tmp_path / "march.csv.provenance.json", (1, 1))
    keys.append(key())
    file.write_text("a\n22\n")
    os.utime(file, (2, 2))
    keys.append(key())
    os.utime(file, (3, 3))
    keys.append(key())
    assert len(set(keys)) == len(keys)
    assert inbox.find(keys[-1]) == inbox.files()["march.csv"]
    assert [inbox.find(each) for each in keys[:-1]] == [None] * (len(keys) - 1)


def test_a_file_rewritten_within_a_second_at_equal_size_is_another_batch(tmp_path: Path) -> None:
    inbox, file = Inbox(str(tmp_path)), tmp_path / "march.csv"
    keys = []
    for content, nanoseconds in (("a\n1\n", 0), ("a\n2\n", 1_000_000)):
        file.write_text(content)
        os.utime(file, ns=(10**18 + nanoseconds, 10**18 + nanoseconds))
        keys.append(inbox.files()["march.csv"].key)
    assert len(set(keys)) == 2


@given(st.text(min_size=1, max_size=300), st.text(max_size=50))
def test_a_key_of_any_name_is_short_and_plain(name: str, state: str) -> None:
    key = InboxFile(name=name, path=name, size=1, state=state, sidecars=()).key
    assert re.fullmatch(r"[A-Za-z0-9._-]{10,69}", key)
    assert ".." not in key


def test_names_with_the_same_plain_form_have_different_keys() -> None:
    names = ["a b.csv", "a_b.csv", "a\nb.csv", "a/b.csv", "a\udcffb.csv"]
    assert len({InboxFile(name=name, path=name, size=1, state="1", sidecars=()).key for name in names}) == len(names)


def test_a_name_that_is_not_unicode_can_be_found_and_stored(tmp_path: Path) -> None:
    raw = os.fsencode(tmp_path) + b"/caf\xe9 <b>.csv"
    Path(os.fsdecode(raw)).write_text("a\n1\n")
    inbox = Inbox(str(tmp_path))
    (file,) = inbox.files().values()
    assert inbox.find(file.key) == file
    assert inbox.url(file).isascii() and inbox.url(file).endswith("caf%E9%20%3Cb%3E.csv")
    _, seen = choose(inbox.files(), {}, batches=set, now=1)
    assert json.dumps(seen).isascii()
    with inbox.local_copy(file) as path:
        assert path.read_text() == "a\n1\n"


def test_an_object_store_is_listed_and_its_files_are_fetched_with_their_sidecars() -> None:
    store = fsspec.filesystem("memory")
    for name in ("march.csv", "march.csv.provenance.json", "april.csv.partial", "below/may.csv"):
        store.pipe_file(f"/in-test/{name}", name.encode())
    inbox = Inbox("memory://in-test")
    try:
        (file,) = inbox.files().values()
        assert file.name == "march.csv"
        with inbox.local_copy(file) as path:
            assert (path.name, path.read_text()) == ("march.csv", "march.csv")
            assert path.with_name("march.csv.provenance.json").read_text() == "march.csv.provenance.json"
        assert not path.exists()
        store.pipe_file("/in-test/march.csv", b"longer than before")
        assert inbox.find(file.key) is None
    finally:
        store.rm("/in-test", recursive=True)
    with pytest.raises(FileNotFoundError):
        inbox.files()


def one_file(name: str, state: str = "1") -> dict[str, InboxFile]:
    return {name: InboxFile(name=name, path=name, size=1, state=state, sidecars=())}


def run_ticks(*inboxes: dict[str, InboxFile], batches: frozenset[str] = frozenset()) -> list[list[str]]:
    """Return the names that are requested at each tick, for the files at that tick."""
    seen: Sightings = {}
    requested = []
    for now, files in enumerate(inboxes):
        chosen, seen = choose(files, seen, batches=lambda: batches, now=now)
        seen = {name: Sighting(*sighting) for name, sighting in json.loads(json.dumps(seen)).items()}
        requested.append([each.name for each in chosen])
    return requested


def test_a_file_is_requested_at_the_second_tick_and_never_again() -> None:
    assert run_ticks(*[one_file("a")] * 4) == [[], ["a"], [], []]


def test_a_file_that_grows_is_requested_once_it_no_longer_changes() -> None:
    growing = [one_file("a", state) for state in ("1", "2", "3", "3")]
    assert run_ticks(*growing) == [[], [], [], ["a"]]


def test_a_file_that_changes_later_is_requested_again_in_its_new_state() -> None:
    assert run_ticks(one_file("a"), one_file("a"), one_file("a", "2"), one_file("a", "2")) == [[], ["a"], [], ["a"]]


def test_a_file_that_was_removed_and_is_back_is_requested_again_unless_it_is_a_batch() -> None:
    back = [one_file("a"), one_file("a"), {}, one_file("a"), one_file("a"), one_file("a")]
    assert run_ticks(*back) == [[], ["a"], [], [], ["a"], []]
    assert run_ticks(*back, batches=frozenset({one_file("a")["a"].key})) == [[]] * 6
    _, seen = choose({}, {"a": Sighting("1", 0, requested=True)}, batches=frozenset, now=1)
    assert seen == {}


def test_files_beyond_the_limit_of_a_tick_are_requested_at_the_next_tick() -> None:
    files = {name: each for number in range(RUNS_PER_TICK + 5) for name, each in one_file(f"{number:03d}").items()}
    requested = run_ticks(files, files, files, files)
    assert [len(each) for each in requested] == [0, RUNS_PER_TICK, 5, 0]
    assert sorted([*requested[1], *requested[2]]) == sorted(files)
