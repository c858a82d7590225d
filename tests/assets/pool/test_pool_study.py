"""A whole study of a pool and a named test set: what is drawn, left out, kept, measured and said."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from outcross.assets.anchor.make import tests_are_current as named_tests_are_current
from outcross.assets.artefacts import ANCHOR, DATASET, EVALUATION, HOLDOUT, MODEL, POOL, SYNTHETIC, TESTS, Artefacts
from outcross.assets.dataset.make import load_dataset
from outcross.assets.export.card import write as write_card
from outcross.assets.export.generation import describe_generation
from outcross.assets.pool.make import pool_is_current
from outcross.assets.stored_verdicts import load_verdicts
from outcross.assets.study.study import Study
from outcross.assets.synthetic.integrity import synthetic_vitals
from outcross.assets.verdict.make import make_verdict
from outcross.assets.verdict.make_report import make_report
from outcross.jobs.running.plain_loop import run_plainly
from outcross.resources.errors import BadInput
from outcross.resources.store import Store
from outcross.resources.warehouse import query

STUDY: dict[str, Any] = {
    "study": "bought",
    "source": {"kind": "files", "path": "real.csv"},
    "generator": {"kind": "pool", "path": "made.jsonl"},
    "tests": {"bench": "bench.csv"},
    "rows": 30,
    "generations": 3,
    "replicates": 3,
    "metrics": ["variance_ratio", "empty_rows", "loss"],
    "ladders": {"sub": {"policy": "fixed", "shares": [0.5, 1]}},
    "endpoints": {"variance_ratio": {"tolerance": 0.5}},
}
REAL_COPIES, TEST_ROWS, PLANTED = 6, 12, 8


def rows(count: int, seed: int) -> pl.DataFrame:
    random = np.random.default_rng(seed)
    x = random.standard_normal(count)
    return pl.DataFrame({"x": x, "y": x + random.standard_normal(count), "kind": random.choice(["a", "b"], count)})


def write_files(folder: Path) -> None:
    """Real rows; a test set, two of its rows among them; and a pool with copies of rows of both."""
    real, test = rows(120, 1), rows(TEST_ROWS, 2)
    pl.concat([real, test[:2]]).write_csv(folder / "real.csv")
    test.write_csv(folder / "bench.csv")
    changed = test[4:PLANTED].with_columns(pl.col("x") + 5)
    made = pl.concat([rows(64, 3), real[:REAL_COPIES], test[:4], changed])
    made.with_columns(note=pl.format("n{}", pl.int_range(pl.len()))).write_ndjson(folder / "made.jsonl")
    claims = {"origin": "synthetic", "generator": "vendor", "generator_version": "9"}
    (folder / "made.jsonl.provenance.json").write_text(json.dumps(claims))


def study_in(folder: Path, **changes: Any) -> Study:
    return Study.model_validate(STUDY | changes, context={"base": folder})


def run(artefacts: Artefacts, *, resume: bool = False) -> Artefacts:
    run_plainly(artefacts, artefacts.study.lineages, checks=False, resume=resume)
    return artefacts


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("bought")
    write_files(made)
    return made


@pytest.fixture(scope="module")
def done(folder: Path) -> Artefacts:
    artefacts = Artefacts(study_in(folder), Store(folder / "data"))
    run_plainly(artefacts, artefacts.study.lineages, checks=True, gate=True)
    make_verdict(artefacts)
    make_report(artefacts)
    return artefacts


def parts(artefacts: Artefacts) -> Iterator[tuple[int, str, pl.DataFrame]]:
    for slot in artefacts.slots:
        yield slot.generation, slot.lineage, slot.load(SYNTHETIC)


def different(drawn: pl.DataFrame) -> list[int]:
    """How many different rows of the pool each replicate drew."""
    return drawn.group_by("replicate").agg(pl.col("pool_row").n_unique())["pool_row"].to_list()


def test_no_replicate_draws_a_row_twice_before_the_last_generation(done: Artefacts) -> None:
    drawn = {(generation, lineage): part for generation, lineage, part in parts(done)}
    for lineage in done.study.lineages:
        mixed = pl.concat([drawn[0, "shared"], drawn[1, lineage]])
        assert different(mixed) == [60] * 3
        assert (
            drawn[2, lineage].group_by("replicate").agg(pl.col("pool_row").n_unique())["pool_row"].to_list() == [30] * 3
        )
    arms = [set(drawn[1, arm].filter(replicate=0)["pool_row"]) for arm in ("replace", "fixed-0.5")]
    assert arms[0] == arms[1], "what arms draw differs in nothing but number"


def test_rows_are_drawn_as_they_came_and_are_traced_to_their_line(done: Artefacts, folder: Path) -> None:
    pool = done.load(done.address(POOL))
    lines = pl.read_ndjson(folder / "made.jsonl")
    for _, _, part in parts(done):
        came = lines[part["pool_row"].to_list()]
        assert part.select("x", "y", "kind").equals(came.select("x", "y", "kind"))
        assert part["depth"].unique().to_list() == [1]
    first = pool.row(0, named=True)
    assert (first["provenance_generator"], first["provenance_origin"]) == ("vendor", "synthetic")
    assert json.loads(first["others"]) == {"note": f"n{first['pool_row']}"}
    traced = query(done.store, "select provenance_generator from bought.synthetic join bought.pool using (pool_row)")
    assert traced["provenance_generator"].unique().to_list() == ["vendor"]


def test_no_row_of_the_holdout_the_anchor_or_a_test_set_is_drawn(done: Artefacts) -> None:
    left_out = done.provenance(done.address(POOL))["left_out"]
    assert left_out["holdout"] + left_out["anchor"] == REAL_COPIES
    assert left_out["holdout"] > 0 and left_out["anchor"] > 0
    bench = left_out["tests"]["bench"]
    assert (bench["exact"], bench["near"]) == (4, PLANTED - 4)
    pool = done.load(done.address(POOL)).select("x", "y", "kind")
    for thing in (ANCHOR, HOLDOUT, TESTS):
        assert pool.join(done.load(done.address(thing)), on=["x", "y", "kind"], how="semi").height == 0


def test_rows_of_a_test_set_leave_the_anchor(done: Artefacts) -> None:
    anchor, tests = (done.load(done.address(thing)) for thing in (ANCHOR, TESTS))
    held = done.load(done.address(HOLDOUT))
    copies = [part.join(tests, on=["x", "y", "kind"], how="semi").height for part in (anchor, held)]
    assert copies[0] == 0 and anchor.height + held.height + (2 - copies[1]) == 122
    assert anchor["row"].to_list() == list(range(anchor.height))
    assert tests.group_by("test_set").len().rows() == [("bench", TEST_ROWS)]
    for slot in done.slots:
        assert load_dataset(slot).join(tests, on=["x", "y", "kind"], how="semi").height == 0


def test_a_test_set_is_a_reference_of_evaluations_and_of_verdicts(done: Artefacts) -> None:
    measured = done.load(done.address(EVALUATION, 1, "replace"))
    assert measured["reference"].unique(maintain_order=True).to_list() == ["holdout", "bench", "previous"]
    values = measured.filter(metric="variance_ratio", replicate=0)["value"].to_list()
    assert len(set(values)) == 3
    verdicts = load_verdicts(done)
    assert verdicts.select("endpoint", "reference", "primary").rows() == [
        ("variance_ratio", "holdout", True),
        ("variance_ratio", "bench", False),
    ]
    holdout, bench = verdicts["details"].list.join(" ")
    assert "variance ratio on test set 'bench' (" in bench and "test set" not in holdout
    assert "within 2 generations of mixing with the pool" in holdout and "its own output" not in holdout


def test_the_report_and_the_card_say_what_was_left_out_and_where_rows_come_from(done: Artefacts) -> None:
    (report,) = Path(done.store.path).rglob("report.html")
    html = report.read_text()
    assert "Pool: 64 of 78 rows may be drawn." in html
    assert "8 rows of the pool are left out, 4 that equal one of its rows and 4 that nearly do." in html.replace(
        "&#39;", "'"
    )
    card = write_card(describe_generation(next(s for s in done.slots if s.lineage == "replace")))
    assert "pool" in card


@pytest.mark.parametrize(("metric", "place"), [("rows_drawn_twice", None), ("rows_not_of_the_pool", 10_000)])
def test_the_checks_see_a_row_that_was_drawn_twice_or_is_not_of_the_pool(
    done: Artefacts, tmp_path: Path, metric: str, place: int | None
) -> None:
    shutil.copytree(done.store.path, tmp_path / "data")
    artefacts = Artefacts(done.study, Store(tmp_path / "data"))
    slot = artefacts.slots[0]
    address = slot.address(SYNTHETIC)
    part, provenance = artefacts.load(address), artefacts.provenance(address)
    other = part["pool_row"][1] if place is None else place
    first = pl.int_range(pl.len()) == 0
    wrong = part.with_columns(pool_row=pl.when(first).then(other).otherwise("pool_row").cast(pl.Int64))
    artefacts.store.write(address, wrong, provenance=provenance)
    failed = [each.metric for each in synthetic_vitals(slot) if each.upper == 0 and each.value]
    assert failed == [metric]


def test_nothing_is_fitted_and_no_budget_is_spent(done: Artefacts) -> None:
    cards = done.load(done.address(MODEL, 1, "replace"))
    assert cards.select("steps", "rows_seen", "tokens").sum().row(0) == (0, 0, 0)
    dataset = done.load(done.address(DATASET, 1, "fixed-0.5")).filter(origin="synthetic")
    assert (dataset["stop"] - dataset["start"]).sum() == 3 * 15


def test_the_same_study_gives_the_same_bytes_and_a_changed_pool_makes_what_was_drawn_stale(tmp_path: Path) -> None:
    write_files(tmp_path)
    once, again = (run(Artefacts(study_in(tmp_path), Store(tmp_path / name))) for name in ("one", "two"))
    for slot in once.slots:
        assert once.store.digest(slot.address(SYNTHETIC)) == again.store.digest(slot.address(SYNTHETIC))
    anchor, drawn = (once.store.digest(each) for each in (once.address(ANCHOR), once.slots[0].address(SYNTHETIC)))
    with (tmp_path / "made.jsonl").open("a") as file:
        file.write('{"x": 0.123, "y": 0.456, "kind": "a", "note": "new"}\n')
    assert not pool_is_current(once) and named_tests_are_current(once)
    run(once, resume=True)
    assert pool_is_current(once) and all(once.is_current(each.address(EVALUATION)) for each in once.slots)
    assert once.store.digest(once.address(ANCHOR)) == anchor
    assert once.store.digest(once.slots[0].address(SYNTHETIC)) != drawn
    rows(TEST_ROWS, 9).write_csv(tmp_path / "bench.csv")
    assert not named_tests_are_current(once)
    run(once, resume=True)
    assert named_tests_are_current(once) and pool_is_current(once)
    assert once.store.digest(once.address(ANCHOR)) != anchor, "two rows are back"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"tests": {"holdout": "bench.csv"}}, "a test set is named 'holdout', which is a reference of its own"),
        ({"tests": {"bench": {"path": "bench.csv", "columns": {"x": "label"}}}}, "so 'columns' has no meaning there"),
        ({"arms": {"c": {"policy": "replace", "curation": {"kind": "deduplicate"}}}}, "remove 'curation'"),
        ({"arms": {"c": {"policy": "replace", "generator": {"path": "b.csv"}}}}, "write a study for each pool"),
    ],
)
def test_a_study_that_a_pool_or_a_test_set_cannot_serve_is_refused(
    tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValueError, match=words.replace("'", ".")):
        study_in(tmp_path, **changes)


def test_an_endpoint_of_likelihood_is_refused_before_anything_runs(folder: Path, tmp_path: Path) -> None:
    study = study_in(folder, endpoints={"loss": {"gain": 0.1}})
    with pytest.raises(BadInput, match="needs a held-out loss, but generator 'pool' has no likelihood"):
        run_plainly(Artefacts(study, Store(tmp_path)), study.lineages, checks=False)
