"""A verdict names the class, group or relation that it is about, and what was left out."""

import polars as pl
import pytest
import yaml

from outcross.assets.artefacts import ANCHOR, HOLDOUT, VERDICT, Artefacts
from outcross.assets.study.study import Study
from outcross.assets.verdict.levels import name_broken_relations
from outcross.assets.verdict.make import make_verdict
from outcross.assets.verdict.make_report import make_report
from outcross.jobs.running.plain_loop import run_plainly
from outcross.resources.store import Store
from tests.assets.verdict.recorded import stays

STUDY = """
study: named
source: {kind: files, path: stays.csv, columns: {y: label, s: group, come: numeric, leave: numeric}}
holdout: 0.4
generator: {kind: copula}
generations: 2
replicates: 1
metrics: [relations, groups, class_utility]
ladders: {l: {policy: fixed, shares: [0, 1]}}
endpoints:
  broken_relations: {tolerance: 0.1}
  rarest_group_utility: {tolerance: 0.1}
  balanced_accuracy: {tolerance: 0.1}
  roc_auc: {absolute: 0.1}
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Artefacts:
    folder = tmp_path_factory.mktemp("named")
    stays(240).drop("day").write_csv(folder / "stays.csv")
    study = Study.model_validate(yaml.safe_load(STUDY), context={"base": folder})
    artefacts = Artefacts(study, Store(folder / "data"))
    run_plainly(artefacts, study.lineages, checks=True)
    make_verdict(artefacts)
    return artefacts


@pytest.fixture(scope="module")
def sentences(made: Artefacts) -> dict[str, str]:
    told = made.load(made.address(VERDICT)).select("endpoint", pl.col("details").list.join(" "))
    return dict(told.iter_rows())


def test_the_rarest_group_is_named_and_those_of_too_few_rows(made: Artefacts, sentences: dict[str, str]) -> None:
    holdout = made.load(made.address(HOLDOUT))
    tiny = holdout.filter(pl.col("s") == "tiny").height
    assert tiny < 30 <= holdout.filter(pl.col("s") == "small").height
    assert (
        f" The rarest group at the largest share is s=small; left out, with fewer than 30 rows in the holdout: "
        f"s=tiny ({tiny})." in sentences["rarest_group_utility"]
    )


def test_each_arm_names_the_relations_that_its_own_rows_break() -> None:
    lines = [
        (arm, generation, replicate, about, value)
        for arm, about, value in (
            ("a", "x below y", 0.4),
            ("b", "z is x + y", 0.1),
            ("b", "x below y", 0.3),
            ("b", "a below x", 0.1),
        )
        for generation in (1, 2)
        for replicate in (0, 1)
    ]
    broken = pl.DataFrame(lines, schema=["arm", "generation", "replicate", "about", "value"], orient="row")
    broken = broken.with_columns(
        metric=pl.lit("broken_relations"),
        reference=pl.lit("holdout"),
        value=pl.col("value") * pl.col("generation") / 2,
    )
    assert name_broken_relations(broken, 3) == [
        "Arm 'a': most broken in the last generation: x below y in 40 % of rows.",
        "Arm 'b': most broken in the last generation: x below y in 30 % of rows; a below x in 10 % of rows; "
        "z is x + y in 10 % of rows.",
    ]


def test_the_lowest_class_is_named(sentences: dict[str, str]) -> None:
    assert " The lowest class at the largest share is y=" in sentences["balanced_accuracy"]
    assert "class at the largest share" not in sentences["roc_auc"]


def test_the_broken_relation_is_named_in_words_with_its_share(made: Artefacts, sentences: dict[str, str]) -> None:
    name = "`leave` below `come` in "
    assert f" Most broken in the last generation: {name}" in sentences["broken_relations"]
    make_report(made)
    (report,) = [path for path in made.store.glob("named/report/*") if path.endswith("html")]
    with made.store.filesystem.open(report, "rt") as file:
        page = file.read()
    assert "Arm &#39;fixed-0&#39;: most broken in the last generation: `leave` below `come` in" in page
    assert made.load(made.address(ANCHOR)).filter(pl.col("leave") < pl.col("come")).height == 0
