"""The same draws in every generation: kept beside the synthetic rows, in nobody's way, and shown in the report."""

import shutil
from collections.abc import Mapping
from pathlib import Path

import polars as pl
import pytest

from outcross.assets.artefacts import ANCHOR, DATASET, EXHIBIT, MODEL, SYNTHETIC, Artefacts, Slot
from outcross.assets.model.make import make_model
from outcross.assets.study.study import Study
from outcross.assets.synthetic.exhibit import IMAGES, TEXTS, load_exhibit, make_exhibit, wanted_labels
from outcross.assets.synthetic.make import make_synthetic
from outcross.assets.verdict.gallery import REPLICATES, exhibits_of
from outcross.assets.verdict.make import make_verdict
from outcross.assets.verdict.make_report import make_report
from outcross.assets.verdict.written_report import read_report
from outcross.jobs.running.plain_loop import run_plainly
from outcross.resources.generators.closed_form.gaussian import GaussianModel
from outcross.resources.generators.cvae.settings import CVAE
from outcross.resources.generators.ngram.settings import NGram
from outcross.resources.schema import Column, Role, Schema
from outcross.resources.store import Store
from outcross.resources.warehouse import query
from tests.assets.verdict.reports import Page


def study(**changes: object) -> Study:
    settings = {
        "study": "followed",
        "source": {"kind": "digits"},
        "generator": {"kind": "cvae", "hidden": 8, "latent": 2, "steps": 15, "loss_samples": 2},
        "metrics": ["loss"],
        "rows": 100,
        "generations": 3,
        "replicates": 2,
        "arms": {"replace": {"policy": "replace"}, "accumulate": {"policy": "accumulate"}},
    }
    return Study.model_validate({**settings, **changes})


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Artefacts:
    artefacts = Artefacts(study(), Store(str(tmp_path_factory.mktemp("store"))))
    run_plainly(artefacts, artefacts.study.lineages, checks=True)
    make_verdict(artefacts)
    return artefacts


@pytest.fixture
def copied(run: Artefacts, tmp_path: Path) -> Artefacts:
    shutil.copytree(run.store.path, tmp_path / "store")
    return Artefacts(run.study, Store(str(tmp_path / "store")))


def page(artefacts: Artefacts) -> Page:
    make_report(artefacts)
    return Page(read_report(artefacts).decode())


def test_every_generation_and_arm_shows_the_same_draws_of_the_same_classes(run: Artefacts) -> None:
    parts = [load_exhibit(slot) for slot in run.slots]
    places = [part.select("replicate", "row", "label") for part in parts if part is not None]
    assert len(places) == 5 and all(each.equals(places[0]) for each in places)
    first = places[0].filter(replicate=0)
    assert first["label"].to_list() == sorted([str(digit) for digit in range(10)] * (IMAGES // 10))
    seeds = [run.provenance(slot.address(EXHIBIT))["seeds"] for slot in run.slots]
    assert all(each == seeds[0] for each in seeds) and seeds[0]["0"] != seeds[0]["1"]


def test_it_is_made_again_to_the_same_bytes_and_changes_none_of_the_synthetic_rows(
    copied: Artefacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    exhibit, synthetic = (copied.address(thing, 1, "replace") for thing in (EXHIBIT, SYNTHETIC))
    before = [copied.store.digest(each) for each in (exhibit, synthetic)]
    make_synthetic(Slot(copied, 1, "replace"))
    assert [copied.store.digest(each) for each in (exhibit, synthetic)] == before
    shutil.rmtree(f"{copied.store.path}/{exhibit.folder}")
    monkeypatch.setattr(CVAE, "repeats_draws", False)
    make_synthetic(Slot(copied, 1, "replace"))
    assert not copied.store.exists(exhibit)
    assert copied.store.digest(synthetic) == before[1]


def test_no_dataset_is_made_from_it(run: Artefacts) -> None:
    for slot in run.slots:
        inputs = run.provenance(slot.address(DATASET))["inputs"]
        assert inputs and not any("exhibit" in each for each in inputs)


def test_sql_finds_it_among_the_parts_and_not_among_the_synthetic_rows(run: Artefacts) -> None:
    assert query(run.store, "select count(*) from parts where thing = 'exhibit'").item() == 5
    assert query(run.store, "select count(*) from followed.synthetic").item() == 5 * 2 * 100


def test_the_report_shows_it_for_each_arm_and_replicate(run: Artefacts) -> None:
    shown = page(run)
    assert [each.text for each in shown.all("h3")][-3:] == ["real rows", "replace", "accumulate"]
    strips = [each for each in shown.all("figure", of_class="strip") if "data-replicate" in each.attributes]
    assert [each.attributes["data-replicate"] for each in strips] == ["0", "1"] * 2
    assert [each.text for each in shown.all("div", of_class="heads")[1:]] == ["012"] * 4
    alts = [each.attributes["alt"] or "" for each in shown.all("img")]
    assert [each.split(",")[0] for each in alts[:2]] == [
        "Real rows that no synthetic row comes near",
        "Synthetic rows that no real row comes near",
    ]
    assert alts[4] == (
        "replace, replicate 1, generations 0 to 2 from left to right; "
        "rows by class, from the top: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9"
    )
    assert not shown.all("div", of_class="gallery")


def test_few_replicates_are_shown_whichever_lineages_they_are_in(tmp_path: Path) -> None:
    split = study(replicates=REPLICATES + 1, generations=2, arms={"replace": {"policy": "replace", "lineages": 3}})
    artefacts = Artefacts(split, Store(str(tmp_path)))
    run_plainly(artefacts, split.lineages, checks=False)
    assert [each.replicate for each in exhibits_of(artefacts)] == list(range(REPLICATES))


def test_a_store_without_exhibits_shows_first_rows_as_before(copied: Artefacts) -> None:
    shutil.rmtree(f"{copied.store.path}/followed/exhibit/gen=01/lineage=accumulate")
    assert exhibits_of(copied) == []
    shown = page(copied)
    assert shown.all("div", of_class="gallery") and not shown.all("div", of_class="heads")
    assert "accumulate, generation 1" in [each.attributes["alt"] for each in shown.all("img")]


def test_an_exhibit_of_models_that_are_there_no_more_is_not_shown(copied: Artefacts) -> None:
    assert load_exhibit(Slot(copied, 0, "shared")) is not None
    address = copied.address(DATASET, 0, "shared")
    copied.save(address, copied.load(address).with_columns(pl.col("start", "stop") + 1), inputs=[])
    make_model(Slot(copied, 0, "shared"))
    assert load_exhibit(Slot(copied, 0, "shared")) is None


def test_texts_are_followed_where_a_generator_repeats_its_draws(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(NGram, "repeats_draws", True)
    text = study(source={"kind": "python_docs"}, generator={"kind": "ngram"}, rows=60, generations=2)
    artefacts = Artefacts(text, Store(str(tmp_path)))
    run_plainly(artefacts, text.lineages, checks=False)
    exhibits = exhibits_of(artefacts)
    assert [(each.arm, each.replicate) for each in exhibits] == [
        ("replace", 0),
        ("replace", 1),
        ("accumulate", 0),
        ("accumulate", 1),
    ]
    assert all(len(each.texts) == TEXTS and len(place) == 2 for each in exhibits for place in each.texts)
    assert exhibits[0].texts[0][0] == exhibits[2].texts[0][0] != exhibits[1].texts[0][0]


def test_labels_are_wanted_evenly_and_the_most_frequent_where_there_are_too_many() -> None:
    real = pl.Series("count", ["b"] * 3 + ["a"] * 5 + ["c"] + [None])
    assert wanted_labels(real, count=7).to_list() == ["a", "a", "b", "b", "c", "c"]
    assert wanted_labels(real, count=2).to_list() == ["a", "b"]


def test_a_generator_that_does_not_repeat_its_draws_has_none(tmp_path: Path) -> None:
    source = {"kind": "population", "rows": 60, "of": {"family": "gaussian"}}
    table = study(source=source, holdout=0, metrics=["population"], generator={"kind": "gaussian"}, rows=50)
    artefacts = Artefacts(table, Store(str(tmp_path)))
    run_plainly(artefacts, table.lineages, checks=False)
    assert not artefacts.store.glob("*/exhibit/*/*/part.parquet")
    assert exhibits_of(artefacts) == []


class Shown(GaussianModel):
    """A model that says what it was asked for, and draws as many equal rows."""

    def exhibit(
        self, *, rows: int, labels: pl.Series | None, real: pl.DataFrame, seeds: Mapping[int, int]
    ) -> pl.DataFrame:
        drawn = real.head(1).select(pl.all().repeat_by(rows).explode())
        drawn = drawn if labels is None else drawn.with_columns(label=labels)
        return pl.concat(
            drawn.select(pl.lit(replicate, dtype=pl.Int32).alias("replicate"), *real.columns) for replicate in seeds
        )


@pytest.mark.parametrize(
    ("classes", "count"),
    [(10, 30), (7, 28), (30, 30), (40, 30), (1, 30), (None, IMAGES), ("text", TEXTS), ("table", 0)],
)
def test_an_exhibit_has_about_thirty_images_with_or_without_labels_and_three_texts(
    tmp_path: Path, classes: int | str | None, count: int
) -> None:
    image, label = Column(name="image", role=Role.IMAGE, shape=(1, 2), levels=16), Column(name="label", role=Role.LABEL)
    text, number = Column(name="text", role=Role.TEXT), Column(name="x", role=Role.NUMERIC)
    if isinstance(classes, int):
        schema, rows = Schema((image, label)), {"image": [[1, 2]] * 80, "label": [f"{n % classes}" for n in range(80)]}
    else:
        schema, rows = {
            None: (Schema((image,)), {"image": [[1, 2]] * 80}),
            "text": (Schema((text, label)), {"text": ["a word"] * 80, "label": ["a", "b"] * 40}),
            "table": (Schema((number, label)), {"x": [1.0] * 80, "label": ["a", "b"] * 40}),
        }[classes]
    artefacts = Artefacts(study(), Store(str(tmp_path)))
    slot = Slot(artefacts, 1, "replace")
    artefacts.save(
        artefacts.address(ANCHOR), pl.DataFrame(rows, schema=schema.polars), inputs=(), schema=schema.to_json()
    )
    artefacts.save(slot.address(MODEL), pl.DataFrame({"replicate": [0, 1]}), inputs=(), weights_sha256="0")
    make_exhibit(slot, Shown.__new__(Shown))
    if not count:
        assert not artefacts.store.exists(slot.address(EXHIBIT))
        return
    made = artefacts.store.read(slot.address(EXHIBIT))
    assert made["row"].to_list() == list(range(count)) * 2
    assert made["replicate"].to_list() == [0] * count + [1] * count
