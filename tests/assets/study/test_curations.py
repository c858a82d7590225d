"""Which of the proposed rows each curation keeps."""

from itertools import product
from math import exp

import numpy as np
import polars as pl
import pytest
from pydantic import TypeAdapter, ValidationError

from outcross.assets.study.curations import AnyCuration, BradleyTerry, Curation, Deduplicate, Verify
from outcross.assets.study.curations.rewards import CategoryReward, LinearReward
from outcross.assets.study.preflight import check_study
from outcross.assets.study.study import Study
from outcross.resources.errors import BadInput
from outcross.resources.schema import Schema
from outcross.resources.sources import BreastCancer, Digits, PythonDocs, RealData
from tests.assets.evaluation.data import probe

REPEATS = 60


@pytest.fixture(scope="module")
def tumours() -> RealData:
    return BreastCancer().load()


@pytest.fixture(scope="module")
def digits() -> RealData:
    return Digits().load()


def refuse_to_classify(rows: pl.DataFrame) -> list[str | None]:
    raise AssertionError("this curation must not call the classifier")


def kept(curation: Curation, data: RealData, rows: pl.DataFrame, *, seed: int, before: int = 0) -> pl.Series:
    classify = probe("breast_cancer").predict_label if isinstance(curation, Verify) else refuse_to_classify
    return curation.keep(rows, kept=rows.head(before), schema=data.schema, classify=classify, seed=seed)


def mislabelled(data: RealData) -> tuple[pl.DataFrame, np.ndarray]:
    """Swap every third diagnosis; also return which rows the classifier confirms."""
    other = pl.when(pl.col("label") == "benign").then(pl.lit("malignant")).otherwise(pl.lit("benign"))
    turned = pl.when(pl.int_range(pl.len()) % 3 == 0).then(other).otherwise(pl.col("label"))
    rows = data.rows.with_columns(turned.alias("label"))
    return rows, np.array(probe("breast_cancer").predict_label(rows)) == rows["label"].to_numpy()


# verify


def test_verification_keeps_right_and_wrong_labels_with_their_probabilities(tumours: RealData) -> None:
    rows, right = mislabelled(tumours)
    assert 100 < (~right).sum() < 250
    curation = Verify(keep_right=0.7, keep_wrong=0.2)
    keeps = np.array([kept(curation, tumours, rows, seed=seed).to_numpy() for seed in range(REPEATS)])
    for group, probability in ((right, 0.7), (~right, 0.2)):
        error = np.sqrt(probability * (1 - probability) / (group.sum() * REPEATS))
        assert abs(keeps[:, group].mean() - probability) < 4 * error
    each = keeps.mean(axis=0)
    spread = np.where(right, 0.21, 0.16) / REPEATS
    assert ((each - np.where(right, 0.7, 0.2)) ** 2 / spread).mean() == pytest.approx(1, abs=4 * np.sqrt(2 / len(each)))


def test_verification_by_default_keeps_exactly_the_rows_that_the_classifier_confirms(tumours: RealData) -> None:
    rows, right = mislabelled(tumours)
    assert kept(Verify(), tumours, rows, seed=1).to_list() == right.tolist()
    assert kept(Verify(keep_right=0, keep_wrong=1), tumours, rows, seed=1).to_list() == (~right).tolist()


def test_a_missing_label_counts_as_wrong(tumours: RealData) -> None:
    rows = tumours.rows.head(20).with_columns(label=pl.lit(None, dtype=pl.String))
    assert not kept(Verify(), tumours, rows, seed=1).any()


def test_the_seed_decides_what_a_random_curation_keeps(tumours: RealData) -> None:
    for curation in (Verify(keep_right=0.5), BradleyTerry(rewards=LinearReward(column="mean radius", slope=0.1))):
        first = kept(curation, tumours, tumours.rows, seed=1)
        assert first.equals(kept(curation, tumours, tumours.rows, seed=1))
        assert not first.equals(kept(curation, tumours, tumours.rows, seed=2))


def test_verification_proposes_enough_rows_for_its_probabilities() -> None:
    assert Verify().proposals(300) == 300
    assert Verify(keep_right=0.2, keep_wrong=0.1).proposals(300) == 1500
    assert Verify(keep_right=0, keep_wrong=0.3).proposals(10) == 34


# deduplicate


def test_deduplication_keeps_the_first_of_equal_rows(digits: RealData) -> None:
    twice = pl.concat([digits.rows.head(50), digits.rows.head(50)])
    assert kept(Deduplicate(), digits, twice, seed=1).to_list() == [True] * 50 + [False] * 50


def test_deduplication_compares_with_the_rows_that_earlier_rounds_kept(digits: RealData) -> None:
    assert kept(Deduplicate(), digits, digits.rows.head(50), seed=1, before=20).to_list() == [False] * 20 + [True] * 30


# bradley_terry


def chosen_shares(shares: dict[str, float], rewards: dict[str, float], choices: int) -> dict[str, float]:
    """Compute the closed form of one step: the probability of each choice, summed over all tuples of candidates."""
    chosen = dict.fromkeys(shares, 0.0)
    for candidates in product(shares, repeat=choices):
        chance = np.prod([shares[each] for each in candidates])
        total = sum(exp(rewards[each]) for each in candidates)
        for each in candidates:
            chosen[each] += chance * exp(rewards[each]) / total
    return chosen


@pytest.mark.parametrize("choices", [2, 4])
def test_one_choice_gives_the_categories_the_shares_of_the_closed_form(digits: RealData, choices: int) -> None:
    rewards = {"0": 0.0, "1": 1.0, "2": 2.0, "3": 2.0, "4": -1.0}
    five = digits.rows.filter(pl.col("label").is_in(list(rewards)))
    shares = {label: count / five.height for label, count in five["label"].value_counts().iter_rows()}
    proposed = five.sample(40_000 * choices, with_replacement=True, seed=3)
    curation = BradleyTerry(choices=choices, rewards=CategoryReward(column="label", values=rewards))
    found = proposed.filter(kept(curation, digits, proposed, seed=5))
    assert found.height == 40_000
    counted = dict(found["label"].value_counts().iter_rows())
    for label, share in chosen_shares(shares, rewards, choices).items():
        error = np.sqrt(share * (1 - share) / 40_000)
        assert abs(counted[label] / 40_000 - share) < 4 * error
        assert abs(counted[label] / 40_000 - shares[label]) > 4 * error, "the test must detect a missing choice"


def test_exactly_one_row_of_each_choice_is_kept_and_none_of_an_incomplete_one(digits: RealData) -> None:
    curation = BradleyTerry(choices=5, rewards=CategoryReward(column="label", values={"8": 1}))
    keep = kept(curation, digits, digits.rows.head(503), seed=1).to_numpy()
    assert (keep[:500].reshape(100, 5).sum(axis=1) == 1).all()
    assert not keep[500:].any()
    assert curation.proposals(100) == 500


def test_a_linear_reward_chooses_between_two_by_the_logistic_of_their_difference(tumours: RealData) -> None:
    curation = BradleyTerry(choices=2, rewards=LinearReward(column="mean radius", slope=0.4))
    rows = tumours.rows.head(568)
    pairs = rows["mean radius"].to_numpy().reshape(-1, 2)
    first = 1 / (1 + np.exp(-0.4 * (pairs[:, 0] - pairs[:, 1])))
    drawn = np.array([kept(curation, tumours, rows, seed=seed).to_numpy()[::2] for seed in range(REPEATS)])
    gap = (drawn - first) * (pairs[:, 0] - pairs[:, 1])
    error = np.sqrt((first * (1 - first) * (pairs[:, 0] - pairs[:, 1]) ** 2).sum() * REPEATS)
    assert abs(gap.sum()) < 4 * error
    assert abs(((drawn - 0.5) * (pairs[:, 0] - pairs[:, 1])).sum()) > 4 * error


def test_rewards_of_any_size_choose_the_best_without_overflow(digits: RealData) -> None:
    curation = BradleyTerry(choices=100, rewards=CategoryReward(column="label", values={"7": 1e6}, otherwise=-1e6))
    found = digits.rows.head(1_700).filter(kept(curation, digits, digits.rows.head(1_700), seed=1))
    assert found["label"].unique().to_list() == ["7"]


def test_unnamed_and_missing_values_have_the_reward_otherwise() -> None:
    rows = pl.DataFrame({"label": ["3", "5", None], "x": [1.5, None, -2.0]})
    assert CategoryReward(column="label", values={"3": 2}, otherwise=-1).of(rows).tolist() == [2, -1, -1]
    assert LinearReward(column="x", slope=2).of(rows).tolist() == [3, 0, -4]


# settings


def test_every_curation_survives_a_json_round_trip() -> None:
    adapter: TypeAdapter[Curation] = TypeAdapter(AnyCuration)
    for settings in (
        {"kind": "verify", "keep_right": 0.8, "keep_wrong": 0.1},
        {"kind": "deduplicate"},
        {"kind": "bradley_terry", "choices": 3, "rewards": {"column": "label", "values": {3: 0.5, "4": 1}}},
        {"kind": "bradley_terry", "rewards": {"column": "mean radius", "slope": -2}},
    ):
        curation = adapter.validate_python(settings)
        assert adapter.validate_json(adapter.dump_json(curation)) == curation
        assert curation.kind == settings["kind"]


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"kind": "verify", "keep_right": 0.04}, "only their ratio matters"),
        ({"kind": "verify", "keep_right": 1.5}, "less than or equal to 1"),
        ({"kind": "bradley_terry"}, "Field required"),
        ({"kind": "bradley_terry", "choices": 1, "rewards": {"column": "x", "slope": 1}}, "greater than or equal to 2"),
        ({"kind": "bradley_terry", "rewards": {"column": "x"}}, "Field required"),
        ({"kind": "bradley_terry", "rewards": {"column": "x", "values": {}}}, "at least 1 item"),
        ({"kind": "bradley_terry", "rewards": {"column": "x", "slope": float("inf")}}, "finite number"),
        ({"kind": "bradley_terry", "rewards": {"column": "x", "slope": 1, "values": {"a": 1}}}, "not permitted"),
    ],
)
def test_invalid_settings_are_refused(settings: object, says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        TypeAdapter(AnyCuration).validate_python(settings)


REWARD = {"kind": "bradley_terry", "rewards": {"column": "label", "values": {"benign": 1}}}
SLOPE = {"kind": "bradley_terry", "rewards": {"column": "mean radius", "slope": 1}}
TYPO = {"kind": "bradley_terry", "rewards": {"column": "mean raduis", "slope": 1}}
NUMBER = {"kind": "bradley_terry", "rewards": {"column": "mean radius", "values": {"3": 1}}}


def check(source: dict[str, str], generator: str, curation: dict[str, object], schema: Schema) -> None:
    arms = {"curated": {"policy": "replace", "curation": curation}}
    study = Study.model_validate(
        {
            "study": "s",
            "source": source,
            "generator": {"kind": generator},
            "generations": 2,
            "replicates": 1,
            "arms": arms,
        }
    )
    check_study(study, schema, anchor_rows=100)


@pytest.mark.parametrize(
    ("kind", "generator", "curation", "says"),
    [
        ("python_docs", "ngram", {"kind": "verify"}, r"arm 'curated'.*needs a label.*role 'label'"),
        ("python_docs", "ngram", REWARD, r"arm 'curated'.*no categorical, label or group column.*has none"),
        ("breast_cancer", "copula", TYPO, r"'mean raduis'.*no numeric column.*mean radius.*correct 'rewards'"),
        ("breast_cancer", "copula", NUMBER, r"'mean radius'.*\(it has label\)"),
    ],
)
def test_a_curation_that_does_not_fit_the_data_is_refused_before_anything_runs(
    kind: str, generator: str, curation: dict[str, object], says: str
) -> None:
    source = {"python_docs": PythonDocs, "breast_cancer": BreastCancer}[kind]()
    with pytest.raises(BadInput, match=says):
        check({"kind": kind}, generator, curation, source.load().schema)


@pytest.mark.parametrize("curation", [REWARD, SLOPE, {"kind": "verify", "keep_wrong": 0.5}, {"kind": "deduplicate"}])
def test_a_curation_that_fits_the_data_is_accepted(tumours: RealData, curation: dict[str, object]) -> None:
    check({"kind": "breast_cancer"}, "copula", curation, tumours.schema)
