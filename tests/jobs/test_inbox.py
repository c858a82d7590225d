"""An inbox: what in it is a batch, and what makes it another one."""

import json
import os
import re
from pathlib import Path

import fsspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcross.jobs.automation.corpus_sensors import AT_ONCE, Seen, Sight, choose
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
def test_what_is_hidden_under_way_or_a_provenance_is_no_batch(name: str, batch: bool) -> None:
    assert looks_like_batch(name) is batch


def test_folders_and_links_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "inbox" / "folder.csv").mkdir(parents=True)
    (tmp_path / "secret.csv").write_text("a\n1\n")
    (tmp_path / "inbox" / "link.csv").symlink_to(tmp_path / "secret.csv")
    os.mkfifo(tmp_path / "inbox" / "pipe.csv")
    (tmp_path / "inbox" / "file.csv").write_text("a\n1\n")
    assert list(Inbox(str(tmp_path / "inbox")).files()) == ["file.csv"]


def test_a_change_of_the_file_or_of_its_provenance_makes_it_another_batch(tmp_path: Path) -> None:
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


@given(st.text(min_size=1, max_size=300), st.text(max_size=50))
def test_a_key_of_any_name_is_short_and_plain(name: str, state: str) -> None:
    key = InboxFile(name=name, path=name, size=1, state=state, beside=()).key
    assert re.fullmatch(r"[A-Za-z0-9._-]{10,69}", key)
    assert ".." not in key


def test_names_that_look_alike_once_they_are_plain_have_keys_of_their_own() -> None:
    names = ["a b.csv", "a_b.csv", "a\nb.csv", "a/b.csv", "a\udcffb.csv"]
    assert len({InboxFile(name=name, path=name, size=1, state="1", beside=()).key for name in names}) == len(names)


def test_a_name_that_is_no_unicode_can_be_told_and_found(tmp_path: Path) -> None:
    raw = os.fsencode(tmp_path) + b"/caf\xe9 <b>.csv"
    Path(os.fsdecode(raw)).write_text("a\n1\n")
    inbox = Inbox(str(tmp_path))
    (lying,) = inbox.files().values()
    assert inbox.find(lying.key) == lying
    assert inbox.url(lying).isascii() and inbox.url(lying).endswith("caf%E9%20%3Cb%3E.csv")
    _, seen = choose(inbox.files(), {}, done=set, now=1)
    assert json.dumps(seen).isascii()
    with inbox.local_copy(lying) as path:
        assert path.read_text() == "a\n1\n"


def test_an_object_store_is_listed_and_its_files_are_fetched_with_their_provenance() -> None:
    store = fsspec.filesystem("memory")
    for name in ("march.csv", "march.csv.provenance.json", "april.csv.partial", "below/may.csv"):
        store.pipe_file(f"/in-test/{name}", name.encode())
    inbox = Inbox("memory://in-test")
    try:
        (lying,) = inbox.files().values()
        assert lying.name == "march.csv"
        with inbox.local_copy(lying) as path:
            assert (path.name, path.read_text()) == ("march.csv", "march.csv")
            assert path.with_name("march.csv.provenance.json").read_text() == "march.csv.provenance.json"
        assert not path.exists()
        store.pipe_file("/in-test/march.csv", b"longer than before")
        assert inbox.find(lying.key) is None
    finally:
        store.rm("/in-test", recursive=True)
    with pytest.raises(FileNotFoundError):
        inbox.files()


def lying(name: str, state: str = "1") -> dict[str, InboxFile]:
    return {name: InboxFile(name=name, path=name, size=1, state=state, beside=())}


def looks(*found: dict[str, InboxFile], done: frozenset[str] = frozenset()) -> list[list[str]]:
    """Names taken at each look."""
    seen: Seen = {}
    taken = []
    for now, files in enumerate(found):
        chosen, seen = choose(files, seen, done=lambda: done, now=now)
        seen = {name: Sight(*sight) for name, sight in json.loads(json.dumps(seen)).items()}
        taken.append([each.name for each in chosen])
    return taken


def test_a_file_is_taken_at_the_second_look_and_never_again() -> None:
    assert looks(*[lying("a")] * 4) == [[], ["a"], [], []]


def test_a_file_that_still_grows_waits_until_it_has_come_to_rest() -> None:
    assert looks(lying("a", "1"), lying("a", "2"), lying("a", "3"), lying("a", "3")) == [[], [], [], ["a"]]


def test_a_file_that_changes_after_it_was_taken_is_taken_again_in_its_new_state() -> None:
    assert looks(lying("a"), lying("a"), lying("a", "2"), lying("a", "2")) == [[], ["a"], [], ["a"]]


def test_a_file_that_goes_is_forgotten_and_taken_when_it_is_back_unless_it_is_a_batch() -> None:
    back = [lying("a"), lying("a"), {}, lying("a"), lying("a"), lying("a")]
    assert looks(*back) == [[], ["a"], [], [], ["a"], []]
    assert looks(*back, done=frozenset({lying("a")["a"].key})) == [[]] * 6
    _, seen = choose({}, {"a": Sight("1", 0, taken=True)}, done=frozenset, now=1)
    assert seen == {}


def test_more_files_than_are_taken_at_once_are_taken_at_the_next_looks() -> None:
    files = {name: each for number in range(AT_ONCE + 5) for name, each in lying(f"{number:03d}").items()}
    taken = looks(files, files, files, files)
    assert [len(each) for each in taken] == [0, AT_ONCE, 5, 0]
    assert sorted([*taken[1], *taken[2]]) == sorted(files)
