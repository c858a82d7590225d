import json

import numpy as np
import polars as pl
import pytest

from outcross.assets.anchor.split import content_hashes
from outcross.assets.corpus.intake.estimate_file import FileShare
from outcross.assets.corpus.undeclared.batch_share import BatchShare
from outcross.assets.corpus.undeclared.edits import edit_texts
from outcross.assets.corpus.undeclared.estimate import SyntheticShare, estimate_share
from outcross.resources.errors import BadInput
from outcross.resources.generators.ngram.settings import NGram
from outcross.resources.schema import Column, Role, Schema
from outcross.resources.sources.python_docs import PythonDocs
from tests.assets.corpus.mixtures import SCHEMA, mixed, real, shuffled, young
from tests.resources.cohorts import cohort_of

ANCHOR, KNOWN = real(1_200, 1), {"shuffle": shuffled(1_200, 2)}


def estimated(target: pl.DataFrame, **changes) -> SyntheticShare:
    return estimate_share(target, SCHEMA, **({"anchor": ANCHOR, "known": KNOWN, "seed": 7} | changes))


@pytest.fixture(scope="module")
def thirty_percent() -> SyntheticShare:
    return estimated(mixed(0.3, 1_000, 3))


def test_the_share_of_a_known_generator_is_found(thirty_percent: SyntheticShare) -> None:
    assert thirty_percent.share == pytest.approx(0.3, abs=0.08)
    assert thirty_percent.lower < 0.3 < thirty_percent.upper
    assert thirty_percent.decided
    assert thirty_percent.auc > 0.7
    assert thirty_percent.generators == {"shuffle": pytest.approx(thirty_percent.share)}
    assert "AUC of the classifier 0." in thirty_percent.reason


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_the_extremes_are_found(share: float) -> None:
    found = estimated(mixed(share, 1_000, 4))
    assert found.decided
    assert abs(found.share - share) < 0.08
    assert 0 <= found.lower <= share <= found.upper <= 1 + 1e-9


def test_the_order_of_rows_makes_no_difference(thirty_percent: SyntheticShare) -> None:
    def turned(rows: pl.DataFrame) -> pl.DataFrame:
        return rows.sample(fraction=1, shuffle=True, seed=5)

    again = estimated(turned(mixed(0.3, 1_000, 3)), anchor=turned(ANCHOR), known={"shuffle": turned(KNOWN["shuffle"])})
    assert again == thirty_percent


def test_a_seed_gives_the_same_estimate_and_another_seed_a_similar_one(thirty_percent: SyntheticShare) -> None:
    assert estimated(mixed(0.3, 1_000, 3)) == thirty_percent
    other = estimated(mixed(0.3, 1_000, 3), seed=8)
    assert other != thirty_percent
    assert other.share == pytest.approx(thirty_percent.share, abs=0.03)


def test_the_names_of_levels_do_not_matter(thirty_percent: SyntheticShare) -> None:
    def renamed(rows: pl.DataFrame) -> pl.DataFrame:
        return rows.with_columns(pl.col("town").replace({"hill": "z", "river": "y", "rail": "x"}))

    again = estimated(
        renamed(mixed(0.3, 1_000, 3)), anchor=renamed(ANCHOR), known={"shuffle": renamed(KNOWN["shuffle"])}
    )
    assert again.share == pytest.approx(thirty_percent.share, abs=0.05)


def test_certain_rows_are_counted_and_the_others_estimated(thirty_percent: SyntheticShare) -> None:
    target = mixed(0.3, 1_000, 3)
    near = KNOWN["shuffle"][:30].with_columns(pl.col("income") * 1.00001)
    elsewhere = shuffled(40, 77)
    rows = pl.concat([target, KNOWN["shuffle"][100:200], near, elsewhere, shuffled(830, 78)])
    rows = rows.with_columns(pl.Series("origin", ["real"] * (rows.height - 830) + ["synthetic"] * 830))
    found = estimated(rows, known_hashes=content_hashes(elsewhere, SCHEMA), known_rows=KNOWN["shuffle"])
    assert found.certain == {"declared": 830, "equal": 140, "near copy": 30}
    assert (found.rows, found.rows_estimated) == (2_000, 1_000)
    assert found.share == pytest.approx(0.5 + thirty_percent.share / 2)
    assert found.lower == pytest.approx(0.5 + thirty_percent.lower / 2)
    assert sum(found.generators.values()) == pytest.approx(thirty_percent.share / 2)


def test_the_shares_of_two_generators_are_separated() -> None:
    known = {"shuffle": shuffled(1_500, 2), "young": young(1_500, 2)}
    target = pl.concat([real(1_000, 3), shuffled(600, 5), young(400, 6)])
    found = estimated(target, known=known)
    assert found.decided
    assert found.share == pytest.approx(0.5, abs=0.08)
    assert found.generators == {"shuffle": pytest.approx(0.3, abs=0.08), "young": pytest.approx(0.2, abs=0.08)}


def test_a_holdout_calibrates_and_the_anchor_only_trains_the_classifier() -> None:
    # Half of this anchor is synthetic: as calibration rows, it would halve the estimate.
    target, spoilt = mixed(0.5, 1_000, 3), mixed(0.5, 1_200, 4)
    assert estimated(target, anchor=spoilt).share < 0.3
    assert estimated(target, anchor=spoilt, holdout=ANCHOR).share == pytest.approx(0.5, abs=0.1)


def test_an_unknown_generator_is_undecided_and_the_interval_covers_the_share() -> None:
    found = estimated(pl.concat([real(1_200, 3), young(800, 4)]))
    assert not found.decided
    assert "unknown generator" in found.reason
    assert found.lower < 0.4 < found.upper == 1


@pytest.fixture(scope="module")
def forty_percent() -> SyntheticShare:
    return estimated(mixed(0.4, 600, 3))


@pytest.mark.parametrize("poison", [real(150, 9), pl.concat([real(700, 11), shuffled(40, 12)])])
def test_a_known_generator_that_is_real_rows_in_truth_changes_nothing(
    poison: pl.DataFrame, forty_percent: SyntheticShare
) -> None:
    """It once undid the estimate of every other generator."""
    found = estimated(mixed(0.4, 600, 3), known=KNOWN | {"gpt-9": poison})
    assert found.decided and list(found.merged) == ["gpt-9"] and set(found.generators) == {"shuffle"}
    assert found.lower == pytest.approx(forty_percent.lower, abs=0.04) and found.lower > 0.25
    assert found.upper == 1 and "rows of 'gpt-9' (AUC 0." in found.reason


def test_a_weak_generator_leaves_the_share_of_another_and_only_widens_its_interval(
    forty_percent: SyntheticShare,
) -> None:
    weak = pl.concat([real(500, 21), shuffled(150, 22)])
    found = estimated(mixed(0.4, 600, 3), known=KNOWN | {"weak": weak})
    assert found.lower == pytest.approx(forty_percent.lower, abs=0.05)
    assert found.lower < 0.4 < found.upper


def test_rows_of_an_unknown_generator_are_never_decided_to_be_none() -> None:
    found = estimated(pl.concat([real(570, 3), young(30, 4)]))
    assert found.lower == 0 and found.upper == 1
    assert "rows of an unknown generator may be among them" in found.reason


def test_a_generator_that_equals_real_rows_is_undecided() -> None:
    found = estimated(mixed(0.3, 400, 3), known={"perfect": real(800, 9)})
    assert not found.decided
    assert "rows of 'perfect' (AUC 0.5" in found.reason and "are hardly told from real rows" in found.reason
    assert found.auc == pytest.approx(0.5, abs=0.1)
    assert found.upper - found.lower > 0.5


@pytest.mark.parametrize(
    ("rows", "changes", "reason"),
    [
        (49, {}, "49 rows are uncertain, and an estimate needs 50; estimate batches together"),
        (60, {"known": {}}, "there are no known synthetic rows to compare with; provide at least 100 rows"),
        (60, {"known": {"few": shuffled(99, 1)}}, "'few' has 99 rows"),
        (60, {"anchor": real(99, 1)}, "'anchor' has 99 rows"),
        (60, {"holdout": real(99, 1)}, "'holdout' has 99 rows"),
        (60, {"known": {"same": pl.concat([shuffled(80, 1)] * 3)}}, "'same' has 0 rows"),
    ],
)
def test_too_few_rows_are_undecided_with_a_reason(rows: int, changes: dict, reason: str) -> None:
    found = estimated(real(rows, 3), **changes)
    assert not found.decided
    assert reason in found.reason
    assert (found.share, found.lower, found.upper, found.auc) == (0, 0, 1, None)


def test_certain_rows_bound_the_share_where_the_rest_is_undecided() -> None:
    target = pl.concat([real(40, 3), shuffled(60, 5)]).with_columns(
        pl.Series("origin", [None] * 40 + ["synthetic"] * 60)
    )
    found = estimated(target)
    assert (found.share, found.lower, found.upper, found.decided) == (0.6, 0.6, 1, False)
    assert estimated(target[40:]).decided, "every row is certain"


def test_rows_that_are_equal_by_chance_are_estimated_and_not_counted() -> None:
    schema = Schema((Column(name="x", role=Role.CATEGORICAL), Column(name="y", role=Role.CATEGORICAL)))

    def drawn(rows: int, seed: int, *, linked: bool) -> pl.DataFrame:
        random = np.random.default_rng(seed)
        x = random.integers(0, 4, rows)
        y = (
            np.where(random.random(rows) < 0.7, x, random.integers(0, 4, rows))
            if linked
            else random.integers(0, 4, rows)
        )
        return pl.DataFrame({"x": x, "y": y}).cast(pl.String)

    target = pl.concat([drawn(1_400, 1, linked=True), drawn(600, 2, linked=False)])
    anchor, known = drawn(2_000, 3, linked=True), {"loose": drawn(2_000, 4, linked=False)}
    found = estimate_share(target, schema, anchor=anchor, known=known, seed=1)
    assert found.certain["equal"] == 0
    assert "2,000 of the rows equal known synthetic rows" in found.reason
    assert found.share == pytest.approx(0.3, abs=0.08)


def test_texts_are_estimated_too() -> None:
    data = PythonDocs().load()
    rows = data.rows.sample(fraction=1, shuffle=True, seed=1)
    anchor, holdout, others = rows[:400], rows[400:800], rows[800:]
    model = NGram().fit(cohort_of(data.schema, {0: anchor}))
    made = model.sample(rows=600, seeds={0: 3}).drop("replicate")
    target = pl.concat([others[:210], made[:90]])
    known = {"ngram": made[200:]}
    found = estimate_share(target, data.schema, anchor=anchor, holdout=holdout, known=known, seed=1)
    assert found.decided
    assert found.share == pytest.approx(0.3, abs=0.08)
    edited = pl.concat([others[:210], made[:90].with_columns(edit_texts(made["text"][:90], seed=9))])
    again = estimate_share(edited, data.schema, anchor=anchor, holdout=holdout, known=known, seed=1)
    assert again.share > 0.15 and again.generators["ngram, edited"] > again.generators["ngram"]
    assert again.upper == 1 or again.lower > 0.1


@pytest.mark.filterwarnings("error")
def test_infinite_numbers_are_no_error() -> None:
    def torn(rows: pl.DataFrame) -> pl.DataFrame:
        place = pl.int_range(pl.len()) % 50
        return rows.with_columns(
            pl.when(place == 0).then(np.inf).when(place == 1).then(-np.inf).otherwise("income").alias("income")
        )

    found = estimated(torn(mixed(0.3, 1_000, 3)), anchor=torn(ANCHOR), known={"shuffle": torn(KNOWN["shuffle"])})
    assert found.lower <= 0.3 <= found.upper


def test_levels_never_seen_and_missing_values_are_no_error() -> None:
    target = mixed(0.3, 1_000, 3).with_columns(
        pl.when(pl.int_range(pl.len()) % 50 == 0).then(pl.lit("moon")).otherwise("town").alias("town"),
        pl.when(pl.int_range(pl.len()) % 50 == 1).then(float("nan")).otherwise("income").alias("income"),
    )
    found = estimated(target)
    assert found.lower <= 0.3 <= found.upper


def test_the_result_goes_through_json(thirty_percent: SyntheticShare) -> None:
    assert SyntheticShare(**json.loads(json.dumps(thirty_percent.to_json(), allow_nan=False))) == thirty_percent


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"target": real(60, 1).drop("town")}, "target: column 'town' is missing; pass rows with all columns"),
        (
            {"anchor": ANCHOR.cast({"income": pl.Int64})},
            "anchor: column 'income' is Int64, and the schema requires Float64; cast",
        ),
        ({"holdout": ANCHOR.drop("age")}, "holdout: column 'age' is missing"),
        ({"known": {"ours": ANCHOR.drop("age")}}, "generator 'ours': column 'age' is missing"),
        ({"known_rows": ANCHOR.drop("age")}, "known_rows: column 'age' is missing"),
    ],
)
def test_rows_that_are_not_canonical_are_refused(changes: dict, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        estimated(**({"target": real(60, 1)} | changes))


def test_of_a_file_in_which_no_row_fits_any_share_may_be_synthetic() -> None:
    assert FileShare(rows=3, found=BatchShare(rows=0, declared=0)).interval == (0.0, 0.0, 1.0)
