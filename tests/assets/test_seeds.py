"""Every random stream has a seed of its own: no two generations, lineages, replicates or stages share one."""

from itertools import combinations, product
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from outcross.assets.artefacts import MODEL, SYNTHETIC, Artefacts, Slot
from outcross.assets.dataset.manifest import next_manifest
from outcross.assets.dataset.real_rows import RealRows
from outcross.assets.evaluation import make
from outcross.assets.study.policies import Subsample
from outcross.assets.study.policies.contract import BASE, UNUSED, Pool, Selection
from outcross.assets.study.study import Study
from outcross.jobs.running.plain_loop import run_plainly
from outcross.resources.seeds import generator
from outcross.resources.store import Store

STUDY = Study.model_validate(
    {
        "study": "streams",
        "source": {"kind": "population", "rows": 60, "of": {"family": "gaussian", "dimensions": 1}},
        "generator": {"kind": "gaussian"},
        "metrics": ["loss", "variance_ratio"],
        "generations": 3,
        "replicates": 2,
        "arms": {"replace": {"policy": "replace"}, "subsample": {"policy": "subsample"}},
    }
)


@pytest.fixture(scope="module")
def evaluated() -> list[int]:
    """The seeds of the evaluations of :func:`made`."""
    return []


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, evaluated: list[int]) -> Artefacts:
    artefacts = Artefacts(STUDY, Store(tmp_path_factory.mktemp("streams")))
    real = make.evaluate

    def record(**how: object) -> pl.DataFrame:
        evaluated.append(how["seed"])  # type: ignore[arg-type]
        return real(**how)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(make, "evaluate", record)
        run_plainly(artefacts, STUDY.lineages, checks=False)
    return artefacts


def test_fits_and_samples_of_every_generation_lineage_and_replicate_have_seeds_of_their_own(made: Artefacts) -> None:
    used: list[int] = []
    for slot in made.slots:
        used += slot.load(MODEL)["seed"].to_list()
        used += made.provenance(slot.address(SYNTHETIC))["seeds"].values()
    assert len(used) == len(set(used)) == 2 * len(made.slots) * STUDY.replicates


def test_every_replicate_is_evaluated_under_a_seed_of_its_own_which_both_references_share(
    made: Artefacts, evaluated: list[int]
) -> None:
    places = [(slot, replicate) for slot in made.slots for replicate in slot.replicates]
    assert set(evaluated) == {slot.seed(replicate, "evaluate") for slot, replicate in places}
    assert len(set(evaluated)) == len(places)


def test_a_seed_differs_with_generation_lineage_replicate_stage_and_the_study_s_own_seed(tmp_path: Path) -> None:
    seeds = [
        Slot(Artefacts(STUDY.model_copy(update={"seed": own}), Store(tmp_path)), generation, lineage).seed(each, stage)
        for own, generation, lineage, each, stage in product(
            (0, 1), (1, 2), STUDY.lineages, range(2), ("fit", "sample", "evaluate", "loss", "scaling", "half")
        )
    ]
    assert len(set(seeds)) == len(seeds) == 96


def real_rows(**changes: object) -> RealRows:
    stated = {"study": "s", "seed": 1, "lineage": "arm", "replicates": range(2), "all_replicates": 2}
    return RealRows(**stated | {"rows": 400, "anchor_rows": 800} | changes)  # type: ignore[arg-type]


class HalfOfThePrevious(Subsample):
    """Draws half of the previous generation's rows; a subsample draws from more rows in every generation."""

    def select(self, pool: Pool) -> list[Selection]:
        return [Selection(part=pool.generation - 1, rows=np.sort(pool.rng.permutation(pool.rows)[: pool.rows // 2]))]


def drawn(policy: type[Subsample], generation: int, **changes: object) -> list[list[tuple[int, int]]]:
    """(replicates,) the synthetic rows that each replicate draws."""
    manifest = next_manifest(policy(policy="subsample"), real_rows(**changes), generation=generation)
    rows = (
        manifest.with_columns(row=pl.int_ranges("start", "stop")).explode("row").filter(pl.col("origin") == "synthetic")
    )
    return [sorted(part.select("generation", "row").rows()) for part in rows.partition_by("replicate")]


@pytest.mark.parametrize("policy", [Subsample, HalfOfThePrevious])
def test_generations_replicates_lineages_and_seeds_draw_apart(policy: type[Subsample]) -> None:
    drawings = [drawn(policy, 1), drawn(policy, 2), drawn(policy, 1, lineage="other"), drawn(policy, 1, seed=2)]
    streams = [{row for _, row in stream} for drawing in drawings for stream in drawing]
    for one, other in combinations(streams, 2):
        assert one != other
    assert drawn(policy, 1) == drawn(policy, 1)


def test_replicates_and_lineages_take_fresh_rows_in_an_order_of_their_own() -> None:
    orders = [
        order
        for lineage in ("arm", "other")
        for order in real_rows(lineage=lineage).look_up(UNUSED, np.array([[0], [1]]), np.arange(400))
    ]
    ranks = [np.argsort(np.argsort(order)) for order in orders]  # replicates have other rows: their order must differ
    for one, other in combinations(ranks, 2):
        assert (one != other).any()
    assert set(orders[0]) == set(orders[2]), "both lineages leave a replicate the same rows"


def test_replicates_start_from_rows_of_their_own() -> None:
    base = real_rows().take(BASE, np.arange(400))
    assert set(base[0]) != set(base[1])


def test_a_generator_of_random_numbers_depends_on_its_whole_seed() -> None:
    first = [generator(seed).random() for seed in (0, 1, 2**32, 2**63 - 1)]
    assert len(set(first)) == 4
