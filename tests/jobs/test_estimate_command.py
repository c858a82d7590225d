"""``outcross estimate``: what it prints for a file, and that it ingests nothing."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from outcross.assets.corpus.open_corpus import open_corpus
from outcross.jobs.files.corpus_files import CORPORA
from outcross.resources.generators.copula.settings import Copula
from outcross.resources.sources import College
from outcross.resources.store import Address, Store
from tests.jobs.cli.in_process import outcross
from tests.resources.cohorts import cohort_of

ROWS = College().load().rows.sample(fraction=1, shuffle=True, seed=1)
ROLES = {"bachelor": "label", "sex": "group", "race": "group"}
CORPUS: dict[str, Any] = {
    "corpus": "people",
    "anchor": {"kind": "files", "path": "anchor.parquet", "columns": ROLES},
    "bound": {"share": 0.1},
    "known": ["made"],
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus, the synthetic rows of a study, and files in which some rows are synthetic."""
    folder = tmp_path_factory.mktemp("estimates")
    ROWS[:4_500].write_parquet(folder / "anchor.parquet")
    (folder / "people.yaml").write_text(yaml.safe_dump(CORPUS))
    (folder / "empty.yaml").write_text(yaml.safe_dump(CORPUS | {"corpus": "empty", "known": []}))
    store = Store(folder / "home" / "data")
    people = open_corpus(CORPORA.load(folder / "people.yaml"), store, by="test", at="2026-01-01T12:00:00+00:00")
    model = Copula(draws=2).fit(cohort_of(people.schema, {0: people.rows}))
    made = model.sample(rows=4_000, seeds={0: 5}).drop("replicate")
    store.write(Address(study="made", thing="synthetic", generation=0, lineage="shared"), made[:2_000], provenance={})
    fresh = ROWS[4_500:6_000].cast(dict(people.schema.polars))  # type: ignore[arg-type]
    rows = pl.concat([fresh.select(made.columns), made[2_000:3_500]])
    rows.write_parquet(folder / "half.parquet")
    rows.with_columns(provenance_origin=pl.lit("synthetic")).write_csv(folder / "declared.csv")
    pl.DataFrame({"rank": ["a"]}).write_csv(folder / "other.csv")
    return folder


def estimate(place: Path, *words: str) -> tuple[int, str]:
    ran = outcross(place, "estimate", *words)
    return ran.code, ran.out + ran.err


def test_a_file_is_estimated_and_nothing_is_ingested(place: Path) -> None:
    before = sorted((place / "home" / "data").rglob("*"))
    code, printed = estimate(place, "half.parquet", "--corpus", "people.yaml", "--json")
    assert code == 0
    found = json.loads(printed)
    assert found["decided"] and found["lower"] <= found["share"] <= found["upper"]
    assert found["share"] == pytest.approx(0.5, abs=0.06)
    assert found["auc"] > 0.7
    assert found["known"] == {"study made": 2_000}
    assert sorted((place / "home" / "data").rglob("*")) == before


def test_the_share_its_interval_and_the_certain_rows_are_printed(place: Path) -> None:
    code, printed = estimate(place, "half.parquet", "--corpus", "people.yaml")
    assert code == 0
    assert "of the rows can be told to be synthetic (95 % interval:" in printed
    assert "equal to a known synthetic row" in printed
    assert "study made (2,000 rows): the classifier's AUC is 0." in printed


def test_declared_rows_are_certain(place: Path) -> None:
    code, printed = estimate(place, "declared.csv", "--corpus", "people.yaml", "--json")
    found = json.loads(printed)
    assert (code, found["decided"], found["share"], found["lower"]) == (0, True, 1.0, 1.0)
    assert found["declared"] == found["rows"]


def test_without_known_synthetic_rows_the_answer_is_cannot_tell_with_a_remedy(place: Path) -> None:
    code, printed = estimate(place, "half.parquet", "--corpus", "empty.yaml")
    assert code == 0
    assert "cannot tell what share is synthetic: anything from 0.0% to 100.0%" in printed
    assert "name a study of such rows under 'known' in the corpus file" in " ".join(printed.split())
