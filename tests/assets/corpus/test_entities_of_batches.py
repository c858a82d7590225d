"""A corpus that is split by patients admits no row of a patient of its holdout, whatever the row says."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from outcross.assets.corpus.audit.audit import audit
from outcross.assets.corpus.corpus import Corpus
from outcross.assets.corpus.files import ABOUT, HOLDOUT
from outcross.assets.corpus.intake.ingest import ingest
from outcross.assets.corpus.intake.outcome import Outcome, Request
from outcross.assets.corpus.open_corpus import OpenCorpus, open_corpus
from outcross.assets.corpus.quarantine.quarantine import read_quarantine, release
from outcross.resources.errors import BadInput
from outcross.resources.store import Store
from outcross.resources.warehouse import query
from tests.cases.entity_batches import CASES

AT = "2026-01-01T12:00:00+00:00"
RELEASE: dict[str, Any] = {"reason": "looked at", "by": "anna", "at": AT}


def visits(seed: int, patients: list[str]) -> pl.DataFrame:
    """Three visits of each patient."""
    draws = np.random.default_rng(seed)
    rows = 3 * len(patients)
    return pl.DataFrame(
        {
            "patient": [name for name in patients for _ in range(3)],
            "glucose": draws.normal(5, 1, rows),
            "site": draws.choice(["north", "south"], rows),
        }
    )


def start(folder: Path, rows: pl.DataFrame, **changes: Any) -> OpenCorpus:
    rows.write_csv(folder / "anchor.csv")
    settings: dict[str, Any] = {
        "corpus": "visits",
        "anchor": {"kind": "files", "path": str(folder / "anchor.csv")},
        "entity": "patient",
        "mode": "observe",
        "guards": {"holdout_overlap": {"mode": "enforce"}, "range": {"mode": "enforce"}},
        "bound": {"share": 1.0},
    }
    settings |= changes
    return open_corpus(Corpus.model_validate(settings), Store(folder / "data"), by="test", at=AT)


def take(corpus: OpenCorpus, path: Path, rows: pl.DataFrame, origin: str = "real") -> Outcome:
    rows.write_parquet(path)
    return ingest(corpus, path, Request(claims={"origin": origin}, by="test", at=AT))


PATIENTS = [str(number) for number in range(40)]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> OpenCorpus:
    return start(tmp_path_factory.mktemp("visits"), visits(1, PATIENTS))


def one_of_each(corpus: OpenCorpus) -> tuple[str, str]:
    """A patient of the holdout, and one of the anchor."""
    return corpus.holdout["patient"].min(), corpus.rows["patient"].min()  # type: ignore[return-value]


def test_the_sides_share_no_patient_and_keep_whose_each_row_is(corpus: OpenCorpus) -> None:
    held, known = set(corpus.holdout["patient"]), set(corpus.rows["patient"])
    assert held | known == set(PATIENTS) and not held & known
    assert corpus.schema.names == ["glucose", "site"] and corpus.stored.names == ["glucose", "site", "patient"]


@pytest.mark.parametrize("name", CASES)
def test_a_row_is_stopped_by_whose_it_is(name: str, corpus: OpenCorpus, tmp_path: Path) -> None:
    case = CASES[name]
    rows = visits(100 + list(CASES).index(name), ["800001", "800002"])
    said = case.name(*one_of_each(corpus))
    patient = pl.when(pl.int_range(pl.len()) < 2).then(pl.lit(said)).otherwise("patient").cast(case.dtype)
    found = take(corpus, tmp_path / "batch.parquet", rows.with_columns(patient.alias("patient")), case.origin)
    held = read_quarantine(corpus, found.batch)
    if case.fault is None:
        assert (found.status, found.rows_admitted) == ("admitted", 6)
    else:
        assert held["position"].to_list() == [0, 1] and found.rows_admitted == 4
        assert held["reasons"].to_list() == [[f"holdout_overlap: {case.fault.value.format(column='patient')}"]] * 2
    told = [what for what in found.not_looked_into if what.startswith("holdout_overlap: ")]
    assert bool(told) == (said is None and case.origin == "synthetic")
    assert audit(corpus).problems == ()
    sent = rows["patient"][2:].unique().sort().to_list()
    shown = query(
        corpus.store, f"select distinct patient from corpus_visits.rows where batch = '{found.batch}' order by 1"
    )["patient"]
    assert [each.removesuffix(".0") for each in shown if each is not None and each.strip()][-2:] == sent


def test_a_file_without_the_column_is_held_row_by_row_unless_it_is_generated(
    corpus: OpenCorpus, tmp_path: Path
) -> None:
    rows = visits(200, ["800003"]).drop("patient")
    found = take(corpus, tmp_path / "batch.parquet", rows)
    assert found.status == "held" and found.cause is not None
    assert found.cause.startswith("3 of its 3 rows have one cause: holdout_overlap: the row has no value")
    made = take(corpus, tmp_path / "made.parquet", visits(201, ["800003"]).drop("patient"), "synthetic")
    assert made.rows_admitted == 3
    told = [what for what in made.not_looked_into if what.startswith("holdout_overlap: ")]
    assert told[0].startswith("holdout_overlap: 3 rows declared synthetic have no value in column")


def test_a_person_releases_rows_of_nobody_and_none_of_a_patient_of_the_holdout(
    corpus: OpenCorpus, tmp_path: Path
) -> None:
    """A row that another guard stopped first is compared with the holdout when it is released."""
    held, _ = one_of_each(corpus)
    far = pl.when(pl.int_range(pl.len()) == 0).then(1e6).otherwise("glucose").alias("glucose")
    whose = pl.Series("patient", [held, None, "800004"])
    found = take(corpus, tmp_path / "batch.parquet", visits(300, ["800004"]).with_columns(far, whose))
    assert read_quarantine(corpus, found.batch)["position"].to_list() == [0, 1]
    with pytest.raises(BadInput, match="of an entity of the holdout, which no dataset may contain: row 0"):
        release(corpus, found.batch, positions=None, **RELEASE)
    assert release(corpus, found.batch, positions=[1], **RELEASE).rows_admitted == 1
    assert audit(corpus).problems == ()


def test_an_audit_finds_rows_of_patients_who_are_in_the_holdout(tmp_path: Path) -> None:
    corpus = start(tmp_path, visits(1, PATIENTS))
    found = take(corpus, tmp_path / "batch.parquet", visits(2, ["800001"]))
    assert found.rows_admitted == 3 and audit(corpus).problems == ()
    path = Path(corpus.files.location(HOLDOUT))
    other = pl.read_parquet(path).with_columns(patient=pl.lit("800001"))
    other.write_parquet(path)
    problems = audit(start(tmp_path, visits(1, PATIENTS))).problems
    assert [each for each in problems if ".parquet has 3 rows of the holdout or of its entities" in each], problems


def test_an_audit_says_that_the_entities_of_a_damaged_anchor_cannot_be_read(tmp_path: Path) -> None:
    corpus = start(tmp_path, visits(1, PATIENTS))
    Path(corpus.files.location(ABOUT)).write_text("{", encoding="utf-8")
    problems = audit(OpenCorpus(corpus.settings, corpus.store, corpus.files)).problems
    assert [each for each in problems if each.startswith("the entities of the holdout cannot be read; restore")]


def test_equal_rows_of_two_patients_on_two_sides_are_no_damage(tmp_path: Path) -> None:
    rows = visits(1, PATIENTS).with_columns(glucose=pl.int_range(pl.len()) % 3 + 0.5)
    corpus = start(tmp_path, rows)
    assert set(corpus.holdout["content"]) & set(corpus.rows["content"])
    assert audit(corpus).problems == ()


def test_a_modelled_column_names_the_entity_as_well(tmp_path: Path) -> None:
    source = {"kind": "files", "path": str(tmp_path / "anchor.csv"), "columns": {"patient": "categorical"}}
    corpus = start(tmp_path, visits(1, PATIENTS), anchor=source)
    assert corpus.stored == corpus.schema
    held, _ = one_of_each(corpus)
    found = take(corpus, tmp_path / "batch.parquet", visits(5, [held, "800001"]))
    assert read_quarantine(corpus, found.batch)["position"].to_list() == [0, 1, 2]
    assert found.rows_admitted == 3


@pytest.mark.parametrize(("name", "kept"), [("row", "row_"), ("place", "place"), ("Depth", "Depth_")])
def test_an_entity_may_have_a_name_of_the_projects_own(name: str, kept: str, tmp_path: Path) -> None:
    corpus = start(tmp_path, visits(1, PATIENTS).rename({"patient": name}), entity=name)
    held = corpus.holdout[kept][0]
    found = take(corpus, tmp_path / "batch.parquet", visits(5, [held, "800001"]).rename({"patient": name}))
    assert (found.rows_quarantined, found.rows_admitted) == (3, 3)
    assert audit(corpus).problems == ()


def test_a_name_that_a_corpus_gives_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"has a column 'content', which means something else in a corpus; rename it$"):
        start(tmp_path, visits(1, PATIENTS).rename({"patient": "content"}), entity="content")
