"""The store: whole parts or none, at a path or a URL."""

import os
import threading
from pathlib import Path

import polars as pl
import pytest

from outcross.resources.errors import BadInput
from outcross.resources.store import Address, MissingArtefact, Store

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
