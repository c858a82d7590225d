"""Filling a generation with curated rows, by itself and as a step of a study."""

from collections.abc import Mapping
from pathlib import Path

import polars as pl
import pytest
from pydantic import PrivateAttr

from outcross.assets.anchor.make import make_anchor
from outcross.assets.artefacts import SYNTHETIC, Artefacts, Slot
from outcross.assets.dataset.make import make_dataset
from outcross.assets.evaluation.load_probe import load_probe
from outcross.assets.model.make import make_model
from outcross.assets.study.curations import BradleyTerry, Curation, Deduplicate, Verify
from outcross.assets.study.curations.contract import Classify
from outcross.assets.study.curations.rewards import CategoryReward
from outcross.assets.study.study import Study
from outcross.assets.synthetic.curate import ROUNDS, CurationStarved, curate
from outcross.assets.synthetic.make import make_synthetic
from outcross.assets.synthetic.real_labels import real_labels
from outcross.resources.generators.contract import CohortModel
from outcross.resources.generators.copula.settings import Copula
from outcross.resources.generators.ngram.settings import NGram
from outcross.resources.schema import Column, Role, Schema
from outcross.resources.sources import BreastCancer
from outcross.resources.store import Store
from tests.resources.cohorts import cohort_of, seeds_of

DATA = BreastCancer().load()
COLUMNS = ("mean radius", "mean texture", "label")
SCHEMA = Schema(tuple(column for column in DATA.schema.columns if column.name in COLUMNS))
PREFERS_MALIGNANT = BradleyTerry(choices=3, rewards=CategoryReward(column="label", values={"malignant": 1.0}))


def fitted(replicates: tuple[int, ...]) -> CohortModel:
    return Copula(draws=2).fit(cohort_of(SCHEMA, {number: DATA.rows.select(SCHEMA.names) for number in replicates}))


def nobody(rows: pl.DataFrame) -> list[str | None]:
    raise AssertionError("this curation has no use for a classifier")


def by_radius(rows: pl.DataFrame) -> list[str | None]:
    return rows.select(pl.when(pl.col("mean radius") > 15).then(pl.lit("malignant")).otherwise(pl.lit("benign")))[
        "literal"
    ].to_list()


def curated(curation: Curation, *, rows: int, seeds: Mapping[int, int], classify: Classify = nobody) -> pl.DataFrame:
    return curate(fitted(tuple(seeds)), curation, rows=rows, seeds=seeds, schema=SCHEMA, classify=classify)


class Watched(Verify):
    """Verification that writes down what it was shown, what it kept of it, and by which seed."""

    _rounds: list[tuple[pl.DataFrame, pl.DataFrame, int]] = PrivateAttr(default_factory=list)

    def keep(
        self, proposed: pl.DataFrame, *, kept: pl.DataFrame, schema: Schema, classify: Classify, seed: int
    ) -> pl.Series:
        decided = super().keep(proposed, kept=kept, schema=schema, classify=classify, seed=seed)
        self._rounds.append((kept, proposed.filter(decided), seed))
        return decided


def test_a_row_once_kept_stays_and_every_round_has_a_seed_of_its_own() -> None:
    watched = Watched(keep_right=0.5, keep_wrong=0.0)
    rows = curated(watched, rows=300, seeds={0: 9}, classify=by_radius).drop("replicate")
    before, chosen, seeds = zip(*watched._rounds, strict=True)
    assert len(set(seeds)) == len(seeds) > 1, "several rounds are needed"
    assert rows.equals(pl.concat(chosen).head(300))
    assert [each.height for each in before] == [
        sum(part.height for part in chosen[:turn]) for turn in range(len(seeds))
    ]


def test_every_replicate_gets_its_rows_in_canonical_form() -> None:
    rows = curated(PREFERS_MALIGNANT, rows=200, seeds=seeds_of([0, 2, 5]))
    assert rows.columns == ["replicate", *SCHEMA.names]
    assert dict(rows.drop("replicate").schema) == SCHEMA.polars
    assert rows.schema["replicate"] == pl.Int32
    assert rows["replicate"].to_list() == [0] * 200 + [2] * 200 + [5] * 200


@pytest.mark.parametrize("curation", [PREFERS_MALIGNANT, Verify(keep_right=0.6, keep_wrong=0.1)])
def test_a_replicate_alone_keeps_the_rows_it_keeps_among_others(curation: Curation) -> None:
    seeds = seeds_of([0, 2, 5])
    together = curated(curation, rows=150, seeds=seeds, classify=by_radius)
    alone = curated(curation, rows=150, seeds={2: seeds[2]}, classify=by_radius)
    assert together.filter(replicate=2).equals(alone)
    assert not together.filter(replicate=0).drop("replicate").equals(alone.drop("replicate"))


def test_rows_that_few_candidates_become_are_still_enough() -> None:
    choosy = BradleyTerry(choices=50, rewards=CategoryReward(column="label", values={"malignant": 1.0}))
    assert curated(choosy, rows=100, seeds={0: 1}).height == 100
    lax = Verify(keep_right=0.05, keep_wrong=0.05)
    assert curated(lax, rows=100, seeds={0: 1}, classify=by_radius).height == 100


def test_a_generation_that_cannot_be_filled_says_what_was_kept_and_what_to_do() -> None:
    text = Schema((Column(name="text", role=Role.TEXT),))
    model = NGram(order=1).fit(cohort_of(text, {0: pl.DataFrame({"text": ["a b", "b a"]})}))
    with pytest.raises(CurationStarved, match=rf"'deduplicate' kept 4 of {ROUNDS * 10} proposed rows, 10 are needed;"):
        curate(model, Deduplicate(), rows=10, seeds={0: 1}, schema=text, classify=nobody)


# as a step of a study


@pytest.fixture
def artefacts(tmp_path: Path) -> Artefacts:
    curations = {
        "chosen": PREFERS_MALIGNANT.model_dump(mode="json"),
        "verified": {"kind": "verify", "keep_right": 0.9, "keep_wrong": 0.3},
    }
    settings = {
        "study": "curated",
        "source": {"kind": "breast_cancer"},
        "generator": {"kind": "copula", "draws": 2},
        "generations": 2,
        "replicates": 2,
        "rows": 200,
        "arms": {name: {"policy": "replace", "curation": each} for name, each in curations.items()},
    }
    artefacts = Artefacts(Study.model_validate(settings), Store(tmp_path))
    make_anchor(artefacts)
    return artefacts


def test_a_study_curates_every_generation_but_the_first(artefacts: Artefacts) -> None:
    for generation in (0, 1):
        for step in (make_dataset, make_model, make_synthetic):
            step(Slot(artefacts, generation, "chosen"))
    first, second = (artefacts.load(artefacts.address(SYNTHETIC, generation, "chosen")) for generation in (0, 1))
    shares = [(rows["label"] == "malignant").mean() for rows in (first, second)]
    assert first.height == second.height == 400
    assert shares[1] > shares[0] + 0.1
    provenance = artefacts.provenance(artefacts.address(SYNTHETIC, 1, "chosen"))
    assert provenance["curation"] == PREFERS_MALIGNANT.model_dump(mode="json")


def test_the_classifier_of_verification_is_that_of_the_metrics(artefacts: Artefacts) -> None:
    rows = DATA.rows.sample(200, seed=1)
    assert real_labels(artefacts)(rows) == load_probe(artefacts).predict_label(rows)


def test_verified_rows_agree_with_real_labels_more_often_than_others(artefacts: Artefacts) -> None:
    for step in (make_dataset, make_model, make_synthetic):
        step(Slot(artefacts, 0, "verified"))
    for step in (make_dataset, make_model, make_synthetic):
        step(Slot(artefacts, 1, "verified"))
    agreed = []
    for generation in (0, 1):
        rows = artefacts.load(artefacts.address(SYNTHETIC, generation, "verified"))
        agreed.append((rows["label"] == pl.Series(real_labels(artefacts)(rows.select(DATA.schema.names)))).mean())
    assert agreed[1] > agreed[0]
