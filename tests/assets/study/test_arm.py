"""Arms that override settings of the study's generator."""

from pathlib import Path

import polars as pl
import pytest
from pydantic import ValidationError

from outcross.assets.artefacts import MODEL, SYNTHETIC, Artefacts
from outcross.assets.study.preflight import check_study
from outcross.assets.study.study import Study
from outcross.jobs.running.plain_loop import run_plainly
from outcross.resources.errors import BadInput
from outcross.resources.store import Store

REPLACE, BIASED = {"policy": "replace"}, {"policy": "replace", "generator": {"sampling_bias": 0.25}}


def study(arms: dict[str, object], **changes: object) -> Study:
    settings = {
        "study": "own",
        "source": {"kind": "population", "rows": 3000, "seed": 1, "of": {"family": "gaussian", "dimensions": 2}},
        "generator": {"kind": "gaussian", "sampling_bias": 0.9},
        "generations": 3,
        "replicates": 2,
        "metrics": ["loss"],
        "arms": arms,
        **changes,
    }
    return Study.model_validate(settings)


def refusal(own: dict[str, object], **changes: object) -> str:
    with pytest.raises(ValidationError) as refused:
        study({"mine": {"policy": "replace", "generator": own}}, **changes)
    return str(refused.value)


def test_an_arm_samples_under_its_own_settings_from_generation_1_on(tmp_path: Path) -> None:
    artefacts = Artefacts(study({"plain": REPLACE, "biased": BIASED}), Store(str(tmp_path)))
    run_plainly(artefacts, ["plain", "biased"], checks=True)

    def variance(generation: int, lineage: str) -> float:
        rows = artefacts.load(artefacts.address(SYNTHETIC, generation, lineage))
        return rows.select(pl.col(artefacts.schema.names[0]).var()).item()

    assert variance(0, "biased") == variance(0, "plain")
    kept = {lineage: variance(1, lineage) / variance(0, lineage) for lineage in ("plain", "biased")}
    assert kept == {"plain": pytest.approx(0.9, rel=0.1), "biased": pytest.approx(0.25, rel=0.1)}
    for thing in (MODEL, SYNTHETIC):
        recorded = [
            artefacts.provenance(artefacts.address(thing, 1, each))["generator"] for each in ("plain", "biased")
        ]
        assert [each["sampling_bias"] for each in recorded] == [0.9, 0.25]
    assert artefacts.provenance(artefacts.address(SYNTHETIC, 0))["generator"]["sampling_bias"] == 0.9


def test_an_arms_settings_change_its_own_fingerprint_and_no_other() -> None:
    both = study({"plain": REPLACE, "biased": BIASED})
    other = study({"plain": REPLACE, "biased": {"policy": "replace", "generator": {"sampling_bias": 0.5}}})
    without = study({"plain": REPLACE, "biased": REPLACE})
    assert len({each.fingerprint("biased") for each in (both, other, without)}) == 3
    assert len({each.fingerprint("plain") for each in (both, other, without)}) == 1
    assert len({each.fingerprint("shared") for each in (both, other, without)}) == 1
    same = {"policy": "replace", "generator": {"sampling_bias": 0.9}}
    assert study({"biased": same}).fingerprint("biased") == without.fingerprint("biased")


def test_an_arm_with_its_own_settings_is_not_a_rung_of_a_ladder() -> None:
    ladders = {"substitution": {"policy": "fixed", "shares": [0, 1]}}
    made = study({"mine": BIASED}, ladders=ladders, endpoints={"loss": {"gain": 0.1}})
    assert [rung.arm for rung in made.rungs["substitution"]] == ["fixed-0", "replace"]
    assert made.generator_of("replace") is made.generator


@pytest.mark.parametrize(
    ("own", "words"),
    [
        ({"kind": "copula"}, ["arm 'mine'", "from 'gaussian' to 'copula'", "remove 'kind'"]),
        ({"colour": 1}, ["arm 'mine'", "generator.colour", "no such setting"]),
        ({"sampling_bias": 7}, ["arm 'mine'", "generator.sampling_bias", "less than or equal to 1"]),
        ({"sampling_bias": 7, "colour": 1}, ["arm 'mine'", "generator.sampling_bias", "less than or equal to 1"]),
    ],
)
def test_settings_that_the_generator_lacks_are_refused(own: dict[str, object], words: list[str]) -> None:
    message = refusal(own)
    for word in words:
        assert word in message


@pytest.mark.parametrize("own", [{"steps": 7}, {"start": "base"}])
def test_an_arm_may_not_change_the_budget_or_the_starting_weights(own: dict[str, object]) -> None:
    message = refusal(own, source={"kind": "breast_cancer"}, generator={"kind": "autoregressive"})
    assert "arm 'mine'" in message
    assert "set these in the study's generator" in message


def test_an_arms_settings_are_checked_against_the_data_before_anything_runs() -> None:
    arms = {"mine": {"policy": "replace", "generator": {"balance": {"age": {"old": 1.0}}}}}
    made = study(arms, source={"kind": "breast_cancer"}, generator={"kind": "autoregressive"})
    data = made.source.load()
    with pytest.raises(BadInput, match=r"arm 'mine'.*'age', which has no role label"):
        check_study(made, data.schema, anchor_rows=400)
