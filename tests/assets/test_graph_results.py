"""What Dagster's graph shows of a study: keys, versions, tags, outcomes of checks, and what is checked again."""

import itertools
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest

from outcross.assets.artefacts import (
    ANCHOR,
    DATASET,
    EVALUATION,
    HOLDOUT,
    MODEL,
    SYNTHETIC,
    THINGS,
    Artefacts,
    Made,
    Slot,
)
from outcross.assets.graph.curves import count_points
from outcross.assets.graph.keys import asset_key, check_keys, code_version, settings_version, upstream
from outcross.assets.graph.recheck import Recheck, _find_slots, _find_step, recheck_config
from outcross.assets.graph.results import _look, _numbers, check_result, is_pictured
from outcross.assets.graph.tags import asset_tags
from outcross.assets.pictures import Picture
from outcross.assets.steps import STEPS
from outcross.assets.study.study import Study
from outcross.resources.errors import BadInput
from outcross.resources.store import Store

STEP = {step.thing: step for step in STEPS}
SETTINGS: dict[str, Any] = {
    "study": "drawn-up",
    "source": {"kind": "population", "rows": 30, "of": {"family": "gaussian"}},
    "generator": {"kind": "gaussian"},
    "metrics": ["loss"],
    "rows": 6,
    "generations": 4,
    "replicates": 3,
    "arms": {"replace": {"policy": "replace"}, "split": {"policy": "fixed", "share": 0.5, "lineages": 3}},
}
ACCUMULATING = {"arms": {"replace": {"policy": "replace"}, "all": {"policy": "accumulate"}}}


def study(**changes: Any) -> Study:
    return Study.model_validate(SETTINGS | changes)


def paths(keys: list[dg.AssetKey]) -> list[str]:
    return ["/".join(key.path[1:]) for key in keys]


@pytest.mark.parametrize(
    ("changes", "thing", "generation", "expected"),
    [
        ({}, DATASET, 0, ["anchor"]),
        ({}, DATASET, 1, ["settings", "anchor", "gen_00/synthetic"]),
        ({}, DATASET, 3, ["settings", "anchor", "gen_02/synthetic"]),
        (ACCUMULATING, DATASET, 0, ["anchor"]),
        (ACCUMULATING, DATASET, 3, ["settings", "anchor", *(f"gen_0{place}/synthetic" for place in range(3))]),
        ({}, MODEL, 0, ["gen_00/dataset"]),
        ({}, MODEL, 2, ["gen_02/dataset"]),
        ({}, SYNTHETIC, 2, ["gen_02/model"]),
        ({}, EVALUATION, 0, ["holdout", "gen_00/model", "gen_00/synthetic"]),
        ({}, EVALUATION, 2, ["holdout", "gen_02/model", "gen_02/synthetic", "gen_01/synthetic"]),
    ],
)
def test_an_asset_depends_on_what_its_step_reads(
    changes: dict[str, Any], thing: str, generation: int, expected: list[str]
) -> None:
    assert paths(upstream(study(**changes), STEP[thing], generation)) == expected


def test_keys_have_two_digits_of_a_generation_and_the_first_evaluation_has_no_checks() -> None:
    made = study(generations=20)
    assert asset_key(made, ANCHOR).path == ["drawn-up", "anchor"]
    assert asset_key(made, MODEL, 0).path == ["drawn-up", "gen_00", "model"]
    assert asset_key(made, MODEL, 12).path == ["drawn-up", "gen_12", "model"]
    assert check_keys(made, STEP[EVALUATION], 0) == []
    for thing, generation in itertools.product(THINGS, (1, 12)):
        found = check_keys(made, STEP[thing], generation)
        assert [key.name for key in found] == list(STEP[thing].checks)
        assert {key.asset_key for key in found} == {asset_key(made, thing, generation)}


def test_a_version_names_the_generator_of_what_it_runs_and_in_generation_0_the_settings() -> None:
    made = study()
    release, settings = made.generator.release, settings_version(made)
    assert settings == made.fingerprint("shared")[:8]
    assert code_version(made, STEP[DATASET], 1) == "1"
    assert code_version(made, STEP[DATASET], 0) == f"1-{settings}"
    assert code_version(made, STEP[MODEL], 2) == f"1-gaussian-{release}"
    assert code_version(made, STEP[SYNTHETIC], 0) == f"1-gaussian-{release}-{settings}"


@pytest.mark.parametrize(
    ("thing", "generation", "tags"),
    [
        (ANCHOR, None, {"outcross/study": "drawn-up", "outcross/thing": "anchor"}),
        (MODEL, 0, {"outcross/study": "drawn-up", "outcross/thing": "model", "outcross/generation": "0"}),
        (DATASET, 3, {"outcross/study": "drawn-up", "outcross/thing": "dataset", "outcross/generation": "3"}),
    ],
)
def test_an_asset_is_found_by_its_study_thing_and_generation(
    thing: str, generation: int | None, tags: dict[str, str]
) -> None:
    assert tags.items() <= asset_tags(study(), thing, generation).items()
    assert ("outcross/generation" in asset_tags(study(), thing, generation)) is (generation is not None)


def test_pictures_are_of_the_first_lineage_of_an_arm_and_of_what_has_none() -> None:
    made = study()
    drawn = {name: is_pictured(made, name) for name in ("replace", "split.0", "split.1", "split.2", "shared", None)}
    assert drawn == {"replace": True, "split.0": True, "split.1": False, "split.2": False, "shared": True, None: True}


def test_numbers_are_shown_by_their_type() -> None:
    found = _numbers(Made(numbers={"count": 3, "share": 0.5, "sha256": "ab"}))
    assert found == {
        "count": dg.MetadataValue.int(3),
        "share": dg.MetadataValue.float(0.5),
        "sha256": dg.MetadataValue.text("ab"),
    }


@pytest.mark.parametrize(
    ("made", "lineage", "picture", "about"),
    [
        (Made(), "replace", None, None),
        (Made(text="read"), "replace", None, "read"),
        (Made(look=lambda: Picture(png=b"x", markdown="below")), "replace", "base64,eA==)\n\nbelow", None),
        (Made(text="read", look=lambda: Picture(png=b"x", markdown="below")), "split.0", "eA==", "read"),
        (Made(text="read", look=lambda: Picture(png=b"x", markdown="below")), "split.1", None, "read"),
        (Made(text="read", look=lambda: Picture(png=None, markdown="below")), "replace", None, "read\n\nbelow"),
        (Made(look=lambda: Picture(png=None, markdown="below")), "split.2", None, None),
    ],
)
def test_a_picture_is_shown_with_what_there_is_to_read(
    tmp_path: Path, made: Made, lineage: str, picture: str | None, about: str | None
) -> None:
    artefacts = Artefacts(study(), Store(str(tmp_path)))
    found = _look(artefacts, artefacts.address(SYNTHETIC, 1, lineage), made)
    assert ("picture" in found) is (picture is not None) and ("about" in found) is (about is not None)
    assert picture is None or picture in str(found["picture"].value)
    assert about is None or found["about"] == dg.MetadataValue.md(about)


Line = tuple[str, str, float | None, float | None, float | None, bool]


def result_of(*lines: Line, blocking: bool = True) -> dg.AssetCheckResult:
    names = ["metric", "group", "value", "lower", "upper", "passed"]
    types = [pl.String, pl.String, pl.Float64, pl.Float64, pl.Float64, pl.Boolean]
    vitals = pl.DataFrame(lines, schema=dict(zip(names, types, strict=True)), orient="row")
    return check_result(dg.AssetKey("x"), "named", vitals, blocking=blocking)


GOOD, BAD = ("m", "a", 1.0, 0.0, 2.0, True), ("m", "b", 3.0, 0.0, 2.0, False)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (BAD, "m b: 3, allowed 0 to 2"),
        (("m", "b", 3.0, None, 2.5, False), "m b: 3, allowed −∞ to 2.5"),
        (("m", "b", 3.0, 4.0, None, False), "m b: 3, allowed 4 to ∞"),
        (("m", "b", 3.0, 4.0, 4.0, False), "m b: 3, allowed 4"),
        (("m", "b", None, None, None, False), "m b: not computable, allowed any"),
        (("m", "b", 3.0, 0.0, 0.0, False), "m b: 3, allowed 0"),
    ],
)
def test_a_check_that_failed_says_by_which_number_and_what_is_allowed(line: Line, told: str) -> None:
    found = result_of(line)
    assert (found.passed, found.description, found.check_name) == (False, told, "named")
    assert result_of(GOOD, line).description == told


def test_a_check_that_passed_says_nothing_and_one_that_blocks_is_an_error() -> None:
    passed = result_of(GOOD)
    assert (passed.passed, passed.description) == (True, None)
    assert [result_of(BAD, blocking=blocks).severity.value for blocks in (True, False)] == ["ERROR", "WARN"]
    assert len(result_of(GOOD, GOOD).metadata) == len(result_of(GOOD).metadata) == len(result_of(BAD).metadata)
    assert len(result_of(GOOD, BAD).metadata) > len(result_of(BAD).metadata), "a table, but not of a single vital"


@pytest.mark.parametrize(("failed", "more"), [(3, None), (4, "and 1 more"), (9, "and 6 more")])
def test_the_first_three_failures_are_told_and_the_others_counted(failed: int, more: str | None) -> None:
    told = str(result_of(*[("m", f"g{place}", 3.0, 0.0, 2.0, False) for place in range(failed)]).description)
    parts = told.split("; ")
    assert parts[:3] == [f"m g{place}: 3, allowed 0 to 2" for place in range(3)]
    assert parts[3:] == ([more] if more else [])


def test_the_points_of_a_run_are_one_for_each_lineage_of_generation_0_and_one_for_each_later_evaluation() -> None:
    made = study()
    evaluations = [asset_key(made, EVALUATION, generation) for generation in range(4)]
    others = [asset_key(made, thing, 1) for thing in (DATASET, MODEL)] + [asset_key(made, HOLDOUT)]
    assert [count_points(made, [key]) for key in (*evaluations, *others)] == [4, 1, 1, 1, 0, 0, 0]
    assert count_points(made, [*evaluations, *others]) == 7
    assert count_points(made, []) == 0


@pytest.mark.parametrize(
    ("thing", "generation", "words"),
    [
        (DATASET, -1, "has no generation -1; choose one from 0 to 3"),
        (DATASET, 4, "has no generation 4; choose one from 0 to 3"),
        (
            EVALUATION,
            0,
            "generation 0 of study 'drawn-up' has no checks of 'evaluation'; choose from dataset, model",
        ),
        ("beauty", 3, "has no checks of 'beauty'; choose from dataset, model, synthetic, evaluation"),
    ],
)
def test_what_has_no_checks_is_not_checked_again(thing: str, generation: int, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        _find_step(study(), Recheck(thing=thing, generation=generation))


@pytest.mark.parametrize(("thing", "generation"), [(DATASET, 0), (EVALUATION, 1), (SYNTHETIC, 3)])
def test_what_has_checks_is_found(thing: str, generation: int) -> None:
    assert _find_step(study(), Recheck(thing=thing, generation=generation)).thing == thing


def test_the_named_lineages_are_checked_again_or_those_that_have_made_the_thing(tmp_path: Path) -> None:
    artefacts = Artefacts(study(), Store(str(tmp_path)))
    for lineage in ("split.2", "replace"):
        artefacts.save(artefacts.address(MODEL, 1, lineage), pl.DataFrame({"x": [1]}), inputs=[])

    def found(generation: int, *lineages: str) -> list[tuple[int, str]]:
        config = Recheck(thing=MODEL, generation=generation, lineages=list(lineages))
        slots = _find_slots(artefacts, STEP[MODEL], config)
        return [(slot.generation, slot.lineage) for slot in slots]

    assert found(0) == found(0, "absent") == [(0, "shared")]
    assert found(1) == [(1, "replace"), (1, "split.2")]
    assert found(2) == []
    assert found(2, "split.1", "replace") == [(2, "split.1"), (2, "replace")]
    with pytest.raises(BadInput, match=r"has no lineage 'absent'; choose from replace, split\.0, split\.1, split\.2"):
        found(1, "replace", "absent")


@pytest.mark.parametrize(("generation", "lineages"), [(0, "[]"), (2, "\n      - split.1")])
def test_a_refusal_has_the_settings_that_check_again(tmp_path: Path, generation: int, lineages: str) -> None:
    slot = Slot(Artefacts(study(), Store(str(tmp_path))), generation, "split.1")
    assert recheck_config(slot, MODEL) == (
        f"ops:\n  drawn_up_check_again:\n    config:\n      thing: model\n      generation: {generation}\n"
        f"      lineages:{' []' if lineages == '[]' else lineages}\n"
    )
