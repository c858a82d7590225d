"""A corpus's export says how its synthetic batches were generated, as far as their rows declare it."""

import json
from pathlib import Path

import polars as pl
import pytest

from outcross.assets.corpus.ledger.ledger import read_version
from outcross.assets.export import card, openlineage
from outcross.assets.export.batches import describe_batches, describe_corpus
from outcross.resources.errors import Damaged
from tests.assets.corpus.people import AT, people, start, take


def test_a_batch_names_its_generator_version_recipe_and_parent(tmp_path: Path) -> None:
    anchored = start(tmp_path)
    take(anchored, tmp_path / "real.parquet", people(40, 1))
    declared = {"generator_version": "3", "recipe": "r7", "parent": "census"}
    batch = take(anchored, tmp_path / "made.parquet", people(40, 2), "synthetic", **declared).batch
    take(anchored, tmp_path / "later.parquet", people(40, 3))
    (step,) = describe_batches(read_version(anchored.files), anchored.files)
    assert (step.name, step.at, step.by) == ("sample", AT, "test")
    assert step.facts == (("generator", "copula"), ("generator version", "3"), ("recipe", "r7"))
    assert [each.name for each in step.used] == ["census"]
    assert step.made is not None
    assert (step.made.name, step.made.made_by) == (f"corpora/people/batches/{batch}", "copula")


def test_a_batch_of_several_generators_is_one_step(tmp_path: Path) -> None:
    anchored = start(tmp_path)
    rows = people(40, 1).with_columns(
        provenance_generator=pl.Series(["vae", "copula"] * 20),
        provenance_generator_version=pl.Series([None, "1"] * 20, dtype=pl.String),
    )
    take(anchored, tmp_path / "made.parquet", rows, "synthetic")
    (step,) = describe_batches(read_version(anchored.files), anchored.files)
    assert step.facts == (("generator", "copula"), ("generator version", "1"), ("generator", "vae"))
    assert step.used == ()


def test_real_rows_were_not_generated(tmp_path: Path) -> None:
    anchored = start(tmp_path)
    take(anchored, tmp_path / "real.parquet", people(40, 1))
    assert describe_batches(read_version(anchored.files), anchored.files) == ()


def test_a_damaged_part_is_named(tmp_path: Path) -> None:
    anchored = start(tmp_path)
    take(anchored, tmp_path / "made.parquet", people(40, 1), "synthetic")
    version = read_version(anchored.files)
    path = version.parts[-1].path
    anchored.files.put(path, b"PAR1 is not all of it")
    with pytest.raises(Damaged, match=f"{path} cannot be read as Parquet"):
        describe_batches(version, anchored.files)


def test_what_guards_found_of_a_held_batch_or_of_held_rows_is_no_fact_of_the_dataset(tmp_path: Path) -> None:
    anchored, rows = start(tmp_path), people(40, 1)
    taken = take(anchored, tmp_path / "real.parquet", pl.concat([rows, rows.head(5)]))
    assert (taken.rows_admitted, taken.rows_quarantined) == (40, 5)
    held = take(anchored, tmp_path / "held.parquet", people(40, 2), licence="ours")
    assert held.status == "held"
    said = describe_corpus(anchored)
    assert said.guarded is not None and said.guarded.name == f"corpora/people/batches/{taken.batch}"
    assert {each.metric for each in said.guards} >= {"synthetic_share"}
    assert all(each.passed or each.abstained for each in said.guards if each.guard in {"licence", "duplicates", "rows"})
    assert f"numbers of batch {taken.batch} were checked" in card.write(said)
    *_, last = map(json.loads, openlineage.write(said).splitlines())
    assert last["inputs"][-1]["name"].endswith(held.batch) and "inputFacets" not in last["inputs"][-1]
    (first,) = (json.loads(line) for line in openlineage.write(describe_corpus(anchored, 2)).splitlines())
    assert first["inputs"][-1]["inputFacets"]["dataQualityAssertions"]["assertions"]
    assert describe_corpus(anchored, 1).guards == ()
