"""Synthetic rows declared real are found where such rows are known; otherwise the estimate is undecided."""

import dataclasses
from pathlib import Path

import polars as pl
import pytest

from outcross.assets.corpus.guards.bounds import GuardSetting, apply_bounds
from outcross.assets.corpus.ledger.guard_result import GuardResult
from outcross.assets.corpus.ledger.ledger import read_version
from outcross.assets.corpus.ledger.records import Count, Estimate
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.undeclared.batch_share import GUARD, BatchShare, UndeclaredRows, widen_limits
from outcross.assets.corpus.undeclared.corpus_share import estimate_corpus_share
from outcross.assets.corpus.undeclared.estimate import SyntheticShare
from outcross.assets.corpus.undeclared.known_generators import MOST_GENERATORS, OTHERS, find_known_generators
from outcross.resources.generators.copula.settings import Copula
from outcross.resources.store import Address, Store
from tests.assets.corpus.batches import failing_guards
from tests.assets.corpus.opened_once import open_once
from tests.assets.corpus.test_ingest import AT, ROWS, corpus_settings, take
from tests.assets.corpus.versions import FIRST
from tests.resources.cohorts import cohort_of

NOTHING = "the corpus has no known synthetic rows to compare with"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    """Sample rows of a copula that was fitted to the anchor."""
    folder = tmp_path_factory.mktemp("made")
    people = open_once(corpus_settings(folder), Store(folder / "data"), by="test", at=AT)
    model = Copula(draws=2).fit(cohort_of(people.schema, {0: people.rows}))
    return model.sample(rows=6_000, seeds={0: 5}).drop("replicate")


@pytest.fixture
def people(tmp_path: Path) -> OpenCorpus:
    return open_once(corpus_settings(tmp_path), Store(tmp_path / "data"), by="test", at=AT)


@pytest.fixture
def taught(tmp_path: Path, made: pl.DataFrame) -> OpenCorpus:
    """A corpus with a known study of the same rows."""
    store = Store(tmp_path / "data")
    known = open_once(corpus_settings(tmp_path, known=["schooling"]), store, by="test", at=AT)
    address = Address(study="schooling", thing="synthetic", generation=0, lineage="shared")
    signed = made[:3_000].with_columns(replicate=pl.lit(0), depth=pl.lit(1))
    store.write(address, signed, provenance={})
    return known


def real(rows: int) -> pl.DataFrame:
    return ROWS[4_000 : 4_000 + rows].unique(maintain_order=True)


def mixed(made: pl.DataFrame, rows: int, synthetic: int) -> pl.DataFrame:
    new = real(rows)
    return pl.concat([new.cast(dict(made.schema)), made.tail(synthetic).select(new.columns)])  # type: ignore[arg-type]


def result_of(people: OpenCorpus) -> GuardResult:
    """Read the guard's result for the last batch."""
    (found,) = (each for each in read_version(people.files).guards if each.guard == GUARD)
    return found


def test_synthetic_rows_declared_real_are_held(taught: OpenCorpus, made: pl.DataFrame, tmp_path: Path) -> None:
    found = take(taught, tmp_path / "batch.parquet", mixed(made, 1_200, 800))
    assert found.status == "held"
    (why,) = (reason for reason in found.reasons if reason.startswith(f"{GUARD}: "))
    assert "of the 2,0" in why or "of the 1,9" in why
    assert "rows declared real can be told to be synthetic" in why
    result = result_of(taught)
    assert result.value is not None and 0.25 < result.value < 0.4
    assert read_version(taught.files).estimated is None, "no row of it was admitted"


def test_real_rows_ingested_as_those_of_a_generator_do_not_undo_the_estimate(
    taught: OpenCorpus, made: pl.DataFrame, tmp_path: Path
) -> None:
    poison = ROWS[5_500:5_700].unique(maintain_order=True)
    assert take(taught, tmp_path / "1.parquet", poison, origin="synthetic", generator="gpt-9").rows_admitted >= 150
    found = take(taught, tmp_path / "2.parquet", mixed(made, 600, 400))
    assert found.status == "held"
    (why,) = (reason for reason in found.reasons if reason.startswith(f"{GUARD}: "))
    assert "rows of 'gpt-9' (AUC 0." in why
    told, unseen = (each for each in read_version(taught.files).guards if each.guard == GUARD)
    assert told.value is not None and 0.2 < told.value < 0.4 and not told.passed
    assert (unseen.metric, unseen.value) == ("not_looked_into", None)
    assert any("'gpt-9'" in what for what in found.not_looked_into)


def test_where_a_generator_is_hardly_told_from_real_rows_and_no_other_is_known_the_guard_abstains(
    people: OpenCorpus, made: pl.DataFrame, tmp_path: Path
) -> None:
    poison = ROWS[5_500:5_700].unique(maintain_order=True)
    take(people, tmp_path / "1.parquet", poison, origin="synthetic", generator="gpt-9")
    take(people, tmp_path / "2.parquet", mixed(made, 600, 400))
    result = result_of(people)
    assert (result.metric, result.value, result.passed) == ("not_looked_into", None, False)
    assert "rows of 'gpt-9' (AUC 0." in result.why and "provide rows of another one" in result.why


def test_clean_real_rows_are_admitted_and_the_corpus_is_estimated_to_be_real(
    taught: OpenCorpus, tmp_path: Path
) -> None:
    found = take(taught, tmp_path / "batch.parquet", real(2_000))
    assert found.status == "admitted"
    assert result_of(taught).passed
    estimated = read_version(taught.files).estimated
    assert estimated is not None and estimated.decided
    assert estimated.lower == pytest.approx(0, abs=0.005)
    version = read_version(taught.files)
    assert estimated.upper == pytest.approx(version.rows_admitted / version.rows), (
        "a model that is not known may be good"
    )
    assert "none of them is told to be synthetic: at most " in estimated.how
    assert estimated.auc is not None and estimated.auc > 0.7


def test_a_batch_passes_without_known_synthetic_rows_and_the_doubt_is_recorded(
    people: OpenCorpus, tmp_path: Path
) -> None:
    new = real(1_000)
    assert take(people, tmp_path / "batch.parquet", new).status == "admitted"
    result = result_of(people)
    assert (result.metric, result.value, result.passed, result.blocking) == ("not_looked_into", None, False, False)
    assert result.why.startswith(f"it is not known whether rows declared real are synthetic: {NOTHING}; name a study")
    estimated = read_version(people.files).estimated
    assert estimated is not None and not estimated.decided
    assert (estimated.share, estimated.lower) == (0, 0)
    assert estimated.upper == pytest.approx(new.height / read_version(people.files).rows)


def test_rows_ingested_as_synthetic_become_known_synthetic_rows(
    people: OpenCorpus, made: pl.DataFrame, tmp_path: Path
) -> None:
    declared = take(people, tmp_path / "1.parquet", made[:300], origin="synthetic", generator="copula")
    assert declared.rows_admitted > 250
    version = read_version(people.files)
    assert version.estimated is not None
    assert version.estimated.share == version.declared_share
    found = take(people, tmp_path / "2.parquet", mixed(made, 600, 400), origin="real")
    assert found.status == "held"
    assert any(reason.startswith(f"{GUARD}: ") for reason in found.reasons)


def test_undecided_rows_are_estimated_again_once_a_generator_is_known(
    people: OpenCorpus, made: pl.DataFrame, tmp_path: Path
) -> None:
    new = real(2_000)
    take(people, tmp_path / "1.parquet", new[:1_000])
    take(people, tmp_path / "2.parquet", made[:400], origin="synthetic", generator="copula")
    before = read_version(people.files).estimated
    assert before is not None and not before.decided
    take(people, tmp_path / "3.parquet", new[1_000:])
    last = read_version(people.files)
    assert last.estimated is not None and last.estimated.decided
    assert (
        "others since the anchor, all batches together: a mixture of real rows and rows of copula fits"
        in last.estimated.how
    )
    assert last.declared_share <= last.estimated.share < last.declared_share + 0.05
    assert last.estimated.lower == pytest.approx(last.declared_share)


def test_a_study_that_cannot_be_compared_with_is_named_with_the_remedy(tmp_path: Path, made: pl.DataFrame) -> None:
    store = Store(tmp_path / "data[1]")  # the name of a folder, and no pattern
    people = open_once(corpus_settings(tmp_path, known=["other", "unrun"]), store, by="test", at=AT)
    store.write(
        Address(study="other", thing="synthetic", generation=0, lineage="shared"),
        made.drop("race"),
        provenance={},
    )
    none = pl.LazyFrame(schema={"content": pl.String, "generator": pl.String, **people.schema.polars})
    found = find_known_generators(people, none)
    assert found.rows == {}
    assert found.unused == (
        "rows of study 'other' have no column 'race' of the corpus's type; name a study of the same rows",
        "study 'unrun' has made no synthetic rows yet; run: outcross study unrun",
    )


def test_generators_with_few_rows_are_merged(people: OpenCorpus, made: pl.DataFrame) -> None:
    names = [f"g{place % 8}" if place < 1_200 else "big" for place in range(3_000)]
    rows = made[:3_000].with_columns(generator=pl.Series(names), content=pl.int_range(pl.len()).cast(pl.String))
    found = find_known_generators(people, rows.lazy())
    assert len(found.rows) == MOST_GENERATORS
    assert (found.counts["big"], found.counts["g0"], found.counts[OTHERS]) == (1_800, 150, 5 * 150)
    assert found.unused == ()


def open_rows(rows: int, share: float, lower: float, upper: float, *, decided: bool = True) -> BatchShare:
    found = SyntheticShare(
        share=share,
        lower=lower,
        upper=upper,
        auc=0.9,
        decided=decided,
        reason="as it is",
        certain={"declared": 0, "equal": 0, "near copy": 0},
        rows=rows,
        rows_estimated=rows,
        generators={},
    )
    return BatchShare(rows=rows, declared=0, real=UndeclaredRows(rows=rows, found=found, lower=lower, upper=upper))


def test_a_share_says_what_is_known_of_rows_declared_real_and_why_not_more() -> None:
    known, doubted = open_rows(40, 0.25, 0.1, 0.5), open_rows(40, 0.25, 0.1, 0.5, decided=False)
    none = BatchShare(rows=5, declared=5)
    assert [each.describe_doubt() for each in (known, none)] == ["", ""]
    more = "it is not known how many more of the rows declared real are synthetic: as it is"
    assert doubted.describe_doubt() == more
    said = "an estimated 25.0% (10.0% to 50.0%) of the 40 rows declared real can be told to be synthetic"
    assert known.describe_real() == said
    assert none.describe_real() == "no row is declared real"
    assert [None if (found := each.reading()) is None else found.value for each in (known, doubted, none)] == [
        0.1,
        0.1,
        None,
    ]
    assert [each.decided for each in (known, doubted, none)] == [True, False, True]
    assert (none.reason, none.auc, known.auc) == ("every row is declared synthetic", None, 0.9)
    assert not BatchShare(rows=0, declared=0).decided


def test_a_generator_that_counts_as_real_is_named_with_its_auc_and_leaves_no_upper_limit() -> None:
    share = open_rows(40, 0.25, 0.1, 1.0)
    assert share.real is not None
    found = dataclasses.replace(share.real.found, merged={"gpt-9": 0.519})
    poisoned = dataclasses.replace(share, real=dataclasses.replace(share.real, found=found))
    unseen = "rows of 'gpt-9' (AUC 0.52) are hardly told from real rows and count as real"
    said = "an estimated 25.0% (at least 10.0%) of the 40 rows declared real can be told to be synthetic"
    assert (poisoned.describe_real(), poisoned.describe_doubt()) == (f"{said}; {unseen}", unseen)
    assert poisoned.merged == {"gpt-9": 0.519}


def following(last: Version, estimated: Estimate | None, **rows: int) -> Version:
    counts = tuple(
        Count(origin=origin, depth=None, generator=None, licence=None, rows=count)  # type: ignore[arg-type]
        for origin, count in rows.items()
    )
    return dataclasses.replace(last, counts=counts, estimated=estimated)


def interval(found: Estimate | None) -> tuple[float, float, float]:
    assert found is not None
    return pytest.approx((found.lower, found.share, found.upper))  # type: ignore[return-value]


def test_estimates_of_batches_add_up_to_that_of_the_corpus_settings() -> None:
    first = following(FIRST, None, real=200)
    one = estimate_corpus_share(FIRST, first.counts, open_rows(100, 0.2, 0.1, 0.4))
    assert interval(one) == (0.05, 0.1, 0.2), "of the anchor's 100 rows none is synthetic, of the others 20"
    second = following(FIRST, one, real=200, synthetic=0)
    declared = estimate_corpus_share(
        second, following(FIRST, None, real=200, synthetic=50).counts, BatchShare(rows=50, declared=50)
    )
    assert interval(declared) == (60 / 250, 70 / 250, 90 / 250)
    assert declared is not None and declared.decided and declared.auc == 0.9
    third = following(FIRST, declared, real=200, synthetic=50)
    trimmed = estimate_corpus_share(third, following(FIRST, None, real=200, synthetic=10).counts, None)
    assert interval(trimmed) == (20 / 210, 30 / 210, 50 / 210)


def test_rows_without_an_estimate_may_be_real_or_synthetic() -> None:
    unseen = following(FIRST, None, real=150)
    found = estimate_corpus_share(unseen, following(FIRST, None, real=250).counts, open_rows(100, 0.0, 0.0, 0.0))
    assert interval(found) == (0, 0, 50 / 250)
    assert found is not None and not found.decided
    released = estimate_corpus_share(
        following(FIRST, found, real=250), following(FIRST, None, real=250, unknown=30).counts, None
    )
    assert interval(released) == (0, 0, 80 / 280)
    assert estimate_corpus_share(FIRST, unseen.counts, None) is None


def test_a_batch_that_is_not_decided_leaves_the_corpus_undecided() -> None:
    after = following(FIRST, None, real=200)
    found = estimate_corpus_share(FIRST, after.counts, open_rows(100, 0.0, 0.0, 1.0, decided=False))
    assert interval(found) == (0, 0, 0.5)
    assert found is not None and not found.decided


def test_rows_that_a_trim_left_out_may_have_been_the_synthetic_ones() -> None:
    last = following(FIRST, Estimate(share=0.2, lower=0.1, upper=0.3, auc=None, decided=True, how=""), real=200)
    found = estimate_corpus_share(last, following(FIRST, None, real=100).counts, None)
    assert interval(found) == (0.0, 0.2, 0.6)


@pytest.mark.parametrize(("lower", "failing"), [(0.05, set()), (0.2, {GUARD})])
def test_the_guard_reads_the_lower_limit_and_not_the_estimate(lower: float, failing: set[str]) -> None:
    reading = open_rows(1_000, 0.3, lower, 0.5).reading()
    assert reading is not None and reading.value == lower
    assert failing_guards(apply_bounds([reading], {GUARD: GuardSetting(upper=0.1)})) == failing


@pytest.mark.parametrize(
    ("lower", "decided", "value"), [(0.2, True, 0.2), (0.2, False, 0.2), (0.0, True, 0.0), (0.0, False, None)]
)
def test_the_lower_limit_is_watched_unless_nothing_was_measured(
    lower: float, decided: bool, value: float | None
) -> None:
    found = open_rows(1_000, 0.3, lower, 1.0, decided=decided).reading()
    assert (None if found is None else found.value) == value


def examined(certain: int, *, rows: int = 20_000, lower: float = 0.02, upper: float = 0.05) -> SyntheticShare:
    found = open_rows(rows, 0.03, lower, upper).real
    assert found is not None
    return dataclasses.replace(found.found, lower=lower, upper=upper, certain={"equal": certain})


def test_limits_widen_by_the_sampling_error_of_the_certain_rows_where_not_all_were_examined() -> None:
    """Of 20,000 rows of a million, 400 are certain: as many or more, or fewer, would be so in 2.5 % of samples."""
    from scipy.stats import binom

    lower, upper = widen_limits(examined(400), 10**6)
    assert 0.0175 < lower < 0.0185 and 0.0515 < upper < 0.0525
    assert binom.sf(399, 20_000, lower) == pytest.approx(0.025)
    assert binom.cdf(400, 20_000, upper - 0.05 + 0.02) == pytest.approx(0.025)
    assert widen_limits(examined(400), 20_000) == (0.02, 0.05)


def test_limits_stay_between_none_and_all() -> None:
    lower, upper = widen_limits(examined(0, lower=0.0, upper=0.01), 10**6)
    assert (lower, upper) == pytest.approx((0.0, 0.01 + 1 - 0.025 ** (1 / 20_000)))
    lower, upper = widen_limits(examined(20_000, lower=1.0, upper=1.0), 10**6)
    assert (lower, upper) == pytest.approx((0.025 ** (1 / 20_000), 1.0))
