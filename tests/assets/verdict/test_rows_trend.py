"""The trend of damage over the sizes of a ladder of rows, and what a study of several sizes concludes."""

from dataclasses import replace
from pathlib import Path

import dagster as dg
import numpy as np
import pytest
import yaml

import outcross
from outcross._api.study_run import StudyRun
from outcross.assets.artefacts import VERDICT, Artefacts
from outcross.assets.corpus.corpus import Corpus
from outcross.assets.corpus.share_bound import read_bound
from outcross.assets.verdict.details import trend_sentence
from outcross.assets.verdict.make import make_verdict, outdated_parts, verdict_is_current
from outcross.assets.verdict.rows_trend import RowsTrend, rows_trend
from outcross.assets.verdict.verdict import Verdict, verdict
from outcross.jobs.automation.location_parts import study_part
from outcross.jobs.running.engine import StudyFile
from tests.assets.study.test_sizes import STUDY, study
from tests.assets.verdict.studies import ladder, noisy

REACHED = verdict(noisy({0.2: 0.0, 0.5: 0.3}, noise=0.0), ladder(0.2, 0.5), endpoint="frechet", tolerance=0.25, seed=3)


def of_size(rows: int, damage: float, *, noise: float = 0.02, replicates: int = 6, seed: int = 0) -> Verdict:
    """A verdict at so many rows whose rung of 0.5 has this damage."""
    drawn = damage + noise * np.random.default_rng([seed, rows]).standard_normal(replicates)
    rung = replace(REACHED.curve[-1], degradations=dict(enumerate(drawn.tolist())))
    return replace(REACHED, rows=rows, curve=(*REACHED.curve[:-1], rung), replicates=replicates)


def found(*damage: float, noise: float = 0.02, seed: int = 0) -> RowsTrend:
    sizes = [of_size(100 * 2**doubling, each, noise=noise, seed=seed) for doubling, each in enumerate(damage)]
    trend = rows_trend(sizes)
    assert trend is not None
    return trend


def test_more_rows_that_lessen_the_damage_allow_a_larger_share() -> None:
    trend = found(0.4, 0.3, 0.2)
    assert (trend.rows, trend.share) == ((100, 200, 400), 0.5)
    assert trend.lower < -0.1 < trend.upper < 0
    assert trend.change == pytest.approx(-0.1, abs=0.02)
    said = trend_sentence(REACHED, trend)
    assert said.startswith(
        "Over 100, 200 and 400 rows a generation, at 50 % synthetic, each doubling of the rows makes"
    )
    assert "the damage smaller by" in said and said.endswith("with more rows a larger share is safe.")


def test_more_rows_that_add_to_the_damage_allow_a_smaller_share() -> None:
    assert trend_sentence(REACHED, found(0.1, 0.2)).endswith("with more rows a smaller share is safe.")


def test_damage_that_stays_shows_no_trend() -> None:
    trend = found(0.3, 0.3, 0.3, noise=0.1)
    assert trend.lower < 0 < trend.upper
    assert "no trend is shown: a doubling of the rows moves the damage by" in trend_sentence(REACHED, trend)


def test_the_interval_of_the_trend_covers_the_truth() -> None:
    trends = [found(0.4, 0.3, 0.2, noise=0.1, seed=seed) for seed in range(400)]
    assert np.mean([each.lower <= -0.1 <= each.upper for each in trends]) == pytest.approx(0.95, abs=0.03)


def test_one_size_and_sizes_of_too_few_replicates_have_no_trend() -> None:
    assert rows_trend([of_size(100, 0.1)]) is None
    assert rows_trend([of_size(100, 0.1), of_size(200, 0.1, replicates=2)]) is None
    assert rows_trend([of_size(100, 0.1), of_size(200, np.inf)]) is None


def test_a_rung_that_only_one_size_has_is_not_compared() -> None:
    larger, smaller = of_size(200, 0.3), of_size(100, 0.4)
    added = replace(larger, curve=(*larger.curve, replace(larger.curve[-1], share=0.45)), safe_share=0.45)
    trend = rows_trend([smaller, added])
    assert trend is not None and trend.share == 0.5
    assert rows_trend([smaller, replace(larger, curve=(larger.curve[0], added.curve[-1]))]) is None


@pytest.fixture(scope="module")
def sized(tmp_path_factory: pytest.TempPathFactory) -> StudyRun:
    root = tmp_path_factory.mktemp("sized")
    settings = study(rows=[10, 40], metrics=["loss"])
    return outcross.run(settings, root=root, progress=False)


def test_a_study_of_several_sizes_has_a_verdict_for_each_and_a_trend_for_the_largest(sized: StudyRun) -> None:
    verdicts = sized.verdicts()
    assert verdicts["rows"].to_list() == [40, 10]
    assert verdicts["primary"].to_list() == [True, False]
    details = verdicts["details"].list.join(" ")
    assert "10 a generation" in details[1] and "Over 10 and 40 rows" in details[0]
    assert "Over 10" not in details[1]
    assert not details.str.contains("With another number of rows").any()
    largest = verdicts.row(0, named=True)
    assert largest["rows_change_lower"] <= largest["rows_change"] <= largest["rows_change_upper"]
    assert verdicts["rows_change"].to_list()[1] is None
    page = sized.report().html
    assert "10 rows" in page and "40 rows" in page


def test_a_verdict_of_a_smaller_size_that_changes_outdates_that_of_the_largest(sized: StudyRun) -> None:
    artefacts = Artefacts(sized.study, sized.store)
    assert verdict_is_current(artefacts) and outdated_parts(artefacts, VERDICT) == []
    smaller = Artefacts(sized.study.sizes[0], sized.store)
    Path(sized.store.part_path(smaller.address(VERDICT))).unlink()
    assert not verdict_is_current(artefacts)
    assert str(smaller.address(VERDICT)) in outdated_parts(artefacts, VERDICT)
    make_verdict(smaller)
    assert verdict_is_current(artefacts)


def test_a_bound_reads_the_largest_size_and_says_so(sized: StudyRun) -> None:
    settings = {"corpus": "held", "anchor": {"kind": "college"}, "bound": {"study": "sized", "endpoint": "loss"}}
    bound = read_bound(Corpus.model_validate(settings), sized.store)
    assert bound.share == (sized.verdicts()["lower_95"][0] or 0.0)
    assert bound.source.startswith("lower 95 % limit of study sized, substitution, loss, at 40 rows a generation")


def test_each_size_has_its_assets_and_the_verdict_of_the_largest_waits_for_the_others(tmp_path: Path) -> None:
    graph = study_part(study(rows=[10, 40]), root=str(tmp_path)).resolve_asset_graph()
    smaller = dg.AssetKey(["sized-rows-10", "verdict"])
    assert smaller in graph.get(dg.AssetKey(["sized", "verdict"])).parent_keys
    assert graph.get(smaller).is_materializable


def test_a_worker_is_told_which_size_it_makes(tmp_path: Path) -> None:
    path = tmp_path / "sized.yaml"
    path.write_text(yaml.safe_dump({**STUDY, "rows": [10, 40]}))
    file = StudyFile(path=path, root="data", rows=10)
    assert (file.load().study, file.load().rows) == ("sized-rows-10", 10)
    assert StudyFile(path=path, root="data").load().study == "sized"
    assert file.arguments == [str(path), "data", "10"]
