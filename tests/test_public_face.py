"""``import outcross``: what it offers, that it loads nothing before it is used, and what it measures."""

import ast
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import outcross as oc
from outcross.assets.anchor.split import split
from outcross.assets.evaluation.evaluate import evaluate
from outcross.assets.instruments.probe import build_probe
from outcross.resources.seeds import derive_seed
from outcross.resources.sources import College, Digits, PythonDocs
from tests.assets.verdict.studies import arm, gaussian_mean, gaussian_mean_limit, noisy

HEAVY = (
    "polars",
    "torch",
    "dagster",
    "pydantic",
    "numpy",
    "sklearn",
    "great_expectations",
    "duckdb",
    "outcross.assets",
)
REAL = College().load().rows.sample(900, shuffle=True, seed=1)
COLLEGE = {"bachelor": "label", "sex": "group", "race": "group"}
FACE = Path(oc.__file__)


def child(code: str) -> str:
    ran = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_importing_it_loads_nothing_heavy_and_no_name_before_it_is_used() -> None:
    code = f"import sys, outcross; dir(outcross); print([name for name in {HEAVY} if name in sys.modules])"
    assert child(code) == "[]\n"
    assert child("import sys, outcross; outcross.BadInput; print('polars' in sys.modules)") == "False\n"


@pytest.mark.parametrize("name", oc.__all__)
def test_every_name_that_it_offers_is_there(name: str) -> None:
    assert getattr(oc, name) is getattr(oc, name)
    assert name in dir(oc)


def test_a_checker_of_types_is_told_of_the_modules_that_names_come_from() -> None:
    checking = next(node for node in ast.parse(FACE.read_text()).body if isinstance(node, ast.If))
    told = {
        alias.asname: node.module
        for node in checking.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.asname == alias.name
    }
    assert told == oc._HOMES


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'outcross' has no attribute 'measures'"):
        oc.measures  # noqa: B018


def measured(**changes: Any) -> pl.DataFrame:
    given = {"metrics": ["shapes", "utility"], "columns": COLLEGE, "anchor": REAL[600:]}
    return oc.measure(REAL[:300], REAL[300:600], **(given | changes))


def test_measuring_frames_gives_what_a_study_would_measure() -> None:
    schema = College().load().schema
    families = ["shapes", "pairs", "utility", "groups"]
    expected = evaluate(
        synthetic=REAL[:300],
        reference=REAL[300:600],
        schema=schema,
        probe=build_probe(REAL[600:], REAL[300:600], schema, seed=derive_seed("measure", 3, "probe")),
        seed=derive_seed("measure", 3, "evaluate"),
        against="holdout",
        metrics=families,
    )
    assert expected["about"].n_unique() > 5
    assert measured(metrics=families, seed=3).equals(expected)


def test_rows_are_any_frame_or_a_file(tmp_path: Path) -> None:
    expected = measured()
    REAL[:300].write_parquet(tmp_path / "synthetic.parquet")
    REAL[600:].write_csv(tmp_path / "anchor.csv")
    given = {"anchor": str(tmp_path / "anchor.csv"), "metrics": ["shapes", "utility"], "columns": COLLEGE}
    assert oc.measure(tmp_path / "synthetic.parquet", REAL[300:600].lazy(), **given).equals(expected)
    given["anchor"] = REAL[600:].to_arrow()
    pandas, columns = REAL[:300].to_pandas(), REAL[300:600].to_dict(as_series=False)
    assert oc.measure(pandas, columns, **given).equals(expected)


def test_columns_of_another_order_and_columns_more_change_nothing() -> None:
    shuffled = REAL[:300].select(sorted(REAL.columns)).with_columns(replicate=pl.lit(0), note=pl.lit("x"))
    found = oc.measure(shuffled, REAL[300:600], anchor=REAL[600:], metrics=["shapes", "utility"], columns=COLLEGE)
    assert found.equals(measured())


def test_whole_numbers_are_compared_with_fractions_and_a_reserved_name_is_read_in_all_frames() -> None:
    real = pl.DataFrame({"weight": range(200), "kind": ["a", "b"] * 100})
    synthetic = real.with_columns(pl.col("weight") + 0.5)
    found = oc.measure(synthetic, real, metrics=["shapes"])
    assert found.filter(metric="ks", about="weight_")["value"][0] < 0.1
    assert oc.measure(synthetic.rename({"weight": "weight_"}), real, metrics=["shapes"]).equals(found)


@pytest.mark.parametrize(
    ("source", "metric", "about_all"),
    [(Digits(), "class_recall", "worst_class_recall"), (PythonDocs(), "words", "vocabulary_survival")],
)
def test_images_and_texts_are_measured_too(source: oc.Source, metric: str, about_all: str) -> None:
    rows = source.load().rows.sample(500, shuffle=True, seed=1)
    found = oc.measure(rows[:200], rows[200:], metrics=[metric]).filter(metric=about_all, about="")["value"].item()
    assert 0 < found <= 1
    repeated = oc.measure(rows[:2].sample(200, with_replacement=True, seed=1), rows[200:], metrics=[metric])
    assert repeated.filter(metric=about_all, about="")["value"].item() < found / 2


def test_without_an_anchor_the_real_rows_are_split_by_their_content() -> None:
    schema = College().load().schema
    parts = split(REAL, schema, holdout=0.5, seed=0)
    given: dict[str, Any] = {"metrics": ["shapes", "privacy"], "columns": COLLEGE}
    whole = oc.measure(REAL[:300], REAL, **given)
    assert whole.equals(
        oc.measure(REAL[:300], parts.holdout.select(schema.names), anchor=parts.anchor.select(schema.names), **given)
    )
    assert not whole.equals(oc.measure(REAL[:300], REAL, seed=1, **given))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"metrics": ["recall"]}, "it is measured with 'neighbours': name that"),
        ({"metrics": ["loss"]}, "no family of metrics of rows; choose from frechet, neighbours"),
        ({"metrics": ["words"]}, "metric 'words' is not defined for table data; choose from"),
        ({"metrics": "shapes"}, r"give a list of names, such as \['shapes'\]"),
        ({"columns": {}}, r"metric 'utility' needs a label; give a column that role"),
        ({"columns": {"degree": "label"}}, "frame 'real' has no column 'degree'"),
        ({"columns": {"sex": "gender"}}, "'columns': sex.role: Input should be 'numeric'"),
        ({"anchor": REAL[:1]}, "frame 'anchor' has 1 rows"),
        ({"anchor": REAL.drop("sex")}, "the anchor rows lack the column 'sex'"),
        ({"anchor": 7}, "the anchor rows are a int, of which Polars makes no frame"),
        ({"anchor": "absent.csv"}, "file 'absent.csv' does not exist"),
    ],
)
def test_rows_and_metrics_that_cannot_be_used_are_refused_with_a_remedy(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(oc.BadInput, match=says):
        measured(**changes)


SHARES = (0.2, 0.4, 0.5, 0.6, 0.8)
LADDER = {share: arm(share) for share in (0.0, *SHARES)}


def test_the_safe_share_of_own_evaluations_is_that_of_theory() -> None:
    own = noisy({share: gaussian_mean(share) for share in SHARES}, noise=0.01).drop("metric", "about", "reference")
    found = oc.safe_share(own.to_pandas(), ladder=LADDER, endpoint="frechet", tolerance=0.25, policy="fresh")
    assert found.decided and found.share == pytest.approx(gaussian_mean_limit(0.25), abs=0.05)
    assert found.lower_95 is not None and found.lower_95 <= found.share
    curve = found.curve()
    assert curve["arm"].to_list() == list(LADDER.values())
    assert curve["mean"].to_list() == pytest.approx([gaussian_mean(share) for share in LADDER], abs=0.05)
    assert str(found).startswith("Up to ") and str(found).endswith("within 2 generations, for these very rows.")
    assert found.details[0].startswith(
        "With the generator used on these rows (study unnamed), where synthetic rows are mixed"
    )


@pytest.mark.parametrize(
    ("frame", "changes", "says"),
    [
        (noisy({0.2: 0.1, 0.5: 0.9}, noise=0.1), {"endpoint": "fid"}, "endpoint 'fid': there is no such metric"),
        (noisy({0.2: 0.1, 0.5: 0.9}, noise=0.1).drop("arm"), {}, "lack the column 'arm'; give arm, generation"),
        (noisy({0.2: 0.1, 0.5: 0.9}, noise=0.1), {"ladder": {0.2: arm(0.2)}}, "give it two or more arms"),
        (noisy({0.2: 0.1, 0.5: 0.9}, noise=0.1), {"ladder": [0.2, 0.5]}, "give a mapping of share to arm"),
        (noisy({0.2: 0.1, 0.5: 0.9}, noise=0.1), {"ladder": {0.2: arm(0.2), 0.5: arm(0.5)}}, "it has no share 0"),
        (noisy({0.2: 0.1, 0.5: 0.9}, noise=0.1), {"tolerance": 0}, "it must be above zero"),
        (pl.DataFrame({"arm": ["a"], "generation": ["x"], "replicate": [0], "value": [1.0]}), {}, "cannot be read"),
    ],
)
def test_evaluations_that_cannot_be_used_are_refused(frame: pl.DataFrame, changes: dict[str, Any], says: str) -> None:
    given: dict[str, Any] = {
        "ladder": {0: arm(0), 0.2: arm(0.2), 0.5: arm(0.5)},
        "endpoint": "frechet",
        "tolerance": 0.25,
    }
    with pytest.raises(oc.BadInput, match=says):
        oc.safe_share(frame, **(given | changes))
