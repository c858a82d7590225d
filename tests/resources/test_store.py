"""The store: whole parts or none, at a path or a URL."""

import os
import threading
from pathlib import Path

import polars as pl
import pytest

from outcross.resources.errors import BadInput
from outcross.resources.store import Address, MissingArtefact, Store, default_root

ADDRESS = Address(study="s", thing="dataset", generation=3, lineage="fixed-0.5")
FRAME = pl.DataFrame({"replicate": [0, 1], "value": [1.5, None]})


@pytest.fixture(params=["path", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return Store(tmp_path) if request.param == "path" else Store(f"memory://{tmp_path.name}")


def test_a_part_comes_back_with_its_provenance(store: Store) -> None:
    digest = store.write(ADDRESS, FRAME, provenance={"seed": 7, "name": "Ünïcode"})
    assert store.read(ADDRESS).equals(FRAME)
    assert store.provenance(ADDRESS) == {"seed": 7, "name": "Ünïcode"}
    assert store.digest(ADDRESS) == digest


def test_the_same_rows_give_the_same_bytes(store: Store) -> None:
    again = Address(study="s", thing="dataset", generation=4, lineage="fixed-0.5")
    assert store.write(ADDRESS, FRAME, provenance={}) == store.write(again, FRAME, provenance={})


def test_provenance_in_another_order_gives_the_same_bytes(store: Store) -> None:
    one, other = {"a": 1, "b": {"c": 2, "d": 3}}, {"b": {"d": 3, "c": 2}, "a": 1}
    assert store.write(ADDRESS, FRAME, provenance=one) == store.write(ADDRESS, FRAME, provenance=other)


def test_a_missing_artefact_says_what_to_do(store: Store) -> None:
    with pytest.raises(MissingArtefact, match="materialise it"):
        store.read(ADDRESS)


def test_blobs_are_verified_when_they_are_read(store: Store) -> None:
    digest = store.write_blob(ADDRESS, b"weights", suffix=".bin")
    assert store.read_blob(ADDRESS, digest, suffix=".bin") == b"weights"
    store.filesystem.pipe_file(f"{store.path}/{ADDRESS.folder}/{digest}.bin", b"other")
    with pytest.raises(MissingArtefact, match="not what was written"):
        store.read_blob(ADDRESS, digest, suffix=".bin")


def test_a_write_that_fails_leaves_the_earlier_part_and_no_remains(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path)
    store.write(ADDRESS, FRAME, provenance={})

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        store.write(ADDRESS, FRAME.head(1), provenance={})
    assert store.read(ADDRESS).equals(FRAME)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["part.parquet"]


def test_readers_beside_writers_always_see_one_whole_part(tmp_path: Path) -> None:
    store = Store(tmp_path)
    frames = [pl.DataFrame({"x": [number] * 20_000}) for number in range(4)]
    store.write(ADDRESS, frames[0], provenance={})
    writers = [
        threading.Thread(target=lambda f=frame: [store.write(ADDRESS, f, provenance={}) for _ in range(10)])
        for frame in frames
    ]
    for writer in writers:
        writer.start()
    seen = []
    while any(writer.is_alive() for writer in writers):
        seen.append(store.read(ADDRESS))
    assert seen
    assert all(frame.height == 20_000 and frame["x"].n_unique() == 1 for frame in seen)


@pytest.mark.parametrize("name", ["../outside", "a/b", "", ".hidden", "a..b", "x\n"])
def test_a_name_that_would_leave_the_root_is_refused(name: str) -> None:
    with pytest.raises(BadInput, match="inside the store's root"):
        Address(study=name, thing="dataset")


@pytest.mark.parametrize(
    ("generation", "lineage", "folder"),
    [
        (None, None, "s/t"),
        (0, "shared", "s/t/gen=00/lineage=shared"),
        (3, None, "s/t/gen=03"),
        (None, "a", "s/t/lineage=a"),
        (123, "a-1.0_b", "s/t/gen=123/lineage=a-1.0_b"),
    ],
)
def test_an_address_is_a_folder_of_its_study_thing_generation_and_lineage(
    generation: int | None, lineage: str | None, folder: str
) -> None:
    address = Address(study="s", thing="t", generation=generation, lineage=lineage)
    assert address.folder == str(address) == folder


@pytest.mark.parametrize("part", ["study", "thing", "lineage"])
def test_each_name_of_an_address_is_held_to_the_rule_and_named(part: str) -> None:
    names = {"study": "s", "thing": "t", "lineage": "l"}
    Address(**names)
    with pytest.raises(BadInput, match=r"^'a/b' cannot name a study"):
        Address(**{**names, part: "a/b"})


def test_a_store_is_at_a_path_or_at_a_url_without_a_slash_at_its_end(tmp_path: Path) -> None:
    local, remote = Store(f"{tmp_path}/"), Store("memory://bucket/below/")
    assert (local.is_local, local.path, local.url) == (True, str(tmp_path), str(tmp_path))
    assert (remote.is_local, remote.url) == (False, "memory://bucket/below")
    assert local.part_path(ADDRESS) == local.part_url(ADDRESS) == f"{tmp_path}/{ADDRESS.folder}/part.parquet"
    assert remote.part_path(ADDRESS) == f"/bucket/below/{ADDRESS.folder}/part.parquet"
    assert remote.part_url(ADDRESS) == f"memory://bucket/below/{ADDRESS.folder}/part.parquet"
    assert local.file_path(ADDRESS, "x.bin") == f"{tmp_path}/{ADDRESS.folder}/x.bin"


@pytest.mark.parametrize(
    ("environment", "root"),
    [
        ({"OUTCROSS_ROOT": "/r", "OUTCROSS_HOME": "/h"}, "/r"),
        ({"OUTCROSS_ROOT": "", "OUTCROSS_HOME": "/h"}, "/h/data"),
        ({"OUTCROSS_HOME": "/h"}, "/h/data"),
        ({"OUTCROSS_HOME": ""}, "{here}/.outcross/data"),
        ({}, "{here}/.outcross/data"),
    ],
)
def test_the_root_is_that_of_the_first_variable_that_is_set(
    environment: dict[str, str], root: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("OUTCROSS_ROOT", "OUTCROSS_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert default_root() == root.format(here=tmp_path)


def test_a_part_says_whether_it_is_there_and_what_it_holds(store: Store) -> None:
    assert store.exists(ADDRESS) is False
    store.write(ADDRESS, FRAME, provenance={})
    assert store.exists(ADDRESS) is True
    assert store.count_rows(ADDRESS) == 2
    assert store.column_types(ADDRESS) == {"replicate": pl.Int64(), "value": pl.Float64()}
    assert store.read(ADDRESS, columns=["value"]).columns == ["value"]


def test_whatever_is_read_of_a_part_that_is_not_there_says_what_to_do(store: Store) -> None:
    reads = (store.read, store.count_rows, store.column_types, store.provenance, store.digest)
    for read in (*reads, lambda address: store.read_file(address, "x")):
        with pytest.raises(MissingArtefact) as raised:
            read(ADDRESS)  # type: ignore[operator]
        way = f"materialise it, or run the study, by name or by file: outcross study {ADDRESS.study}"
        assert str(raised.value) == f"{ADDRESS} is not in the store at {store.url}; {way}"
    with pytest.raises(
        MissingArtefact, match=r"study census-rows-500, or, if it is a size of 'census': outcross study census$"
    ):
        store.read(Address(study="census-rows-500", thing="verdict"))
    with pytest.raises(MissingArtefact, match=rf"abc.bin is missing; materialise {ADDRESS} again$"):
        store.read_blob(ADDRESS, "abc", suffix=".bin")


def test_files_beside_a_part_come_back_and_those_of_a_prefix_go(store: Store) -> None:
    store.remove_files(ADDRESS, "kept-")
    for name in ("kept-1", "kept-2", "other"):
        assert store.write_file(ADDRESS, name, name.encode()) == store.file_path(ADDRESS, name)
    assert store.read_file(ADDRESS, "kept-2") == b"kept-2"
    store.remove_files(ADDRESS, "kept-")
    assert [path.rsplit("/", 1)[-1] for path in store.glob(f"{ADDRESS.folder}/*")] == ["other"]


def test_earlier_blobs_go_and_the_part_its_files_and_the_blob_in_use_stay(store: Store) -> None:
    store.write(ADDRESS, FRAME, provenance={})
    old, now = (store.write_blob(ADDRESS, content, suffix=".bin") for content in (b"old", b"now"))
    more = store.write_blob(ADDRESS, b"old", suffix=".npz")
    assert old == more
    kept = {"part.parquet", f"{now}.bin", "notes.txt", f"x{old}.bin", f"{old}"}
    for name in ("notes.txt", f"x{old}.bin", old):
        store.write_file(ADDRESS, name, b"")
    store.remove_blobs(ADDRESS, keep=now)
    assert {path.rsplit("/", 1)[-1] for path in store.glob(f"{ADDRESS.folder}/*")} == kept


def test_paths_that_match_are_sorted_and_below_the_root(store: Store) -> None:
    for lineage in ("b", "a", "c"):
        store.write(Address(study="s", thing="t", generation=1, lineage=lineage), FRAME, provenance={})
    expected = [f"{store.path}/s/t/gen=01/lineage={lineage}/part.parquet" for lineage in "abc"]
    assert store.glob("s/t/*/*/part.parquet") == expected
    assert store.glob("absent/*") == []
