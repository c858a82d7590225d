"""Write the report of a study: everything that it shows is read from the store."""

import hashlib
import platform
from collections.abc import Sequence
from importlib.metadata import version

import polars as pl
import yaml

from outcross.assets.artefacts import REPORT, VERDICT, Artefacts, Made
from outcross.assets.checks import failed_checks
from outcross.assets.metrics.registry import ENDPOINTS
from outcross.assets.pool.make import notes_on_given
from outcross.assets.stored_verdicts import load_verdicts
from outcross.assets.study.lineage import SHARED
from outcross.assets.verdict.bearing import Bearing, find_bearing, group_tables
from outcross.assets.verdict.budgets import check_budgets
from outcross.assets.verdict.facts import facts_of, made_now, stamp
from outcross.assets.verdict.far_rows import find_far_rows
from outcross.assets.verdict.gallery import exhibits_of, first_rows, real_exhibit, real_rows, table_samples
from outcross.assets.verdict.levels import name_broken_relations
from outcross.assets.verdict.make import (
    compare_study_arms,
    comparison_sentences,
    load_budgets,
    load_evaluations,
    reach_all,
    refine_ladders,
    verdict_details,
    verdict_sentences,
    whose_verdict,
)
from outcross.assets.verdict.marginal_charts import MOST_COLUMNS
from outcross.assets.verdict.moved import find_moved
from outcross.assets.verdict.report import render_report
from outcross.assets.verdict.report_data import ReportData
from outcross.assets.verdict.rows_of_arms import count_rows
from outcross.assets.verdict.verdict import Rung, Verdict
from outcross.assets.verdict.written_report import FILE
from outcross.assets.verdict.younger import read_younger
from outcross.resources.safe_text import all_without_secrets

_VERSIONS = ("outcross", "dagster", "polars", "duckdb", "torch", "numpy", "great_expectations")


def make_report(artefacts: Artefacts) -> Made:
    """Write the report, one HTML file, and the part that records the sha256 of all of it but when it was made."""
    data = report_data(artefacts)
    html, address = render_report(data).encode(), artefacts.address(REPORT)
    artefacts.store.write_file(address, FILE, stamp(html, made_now(artefacts)))
    line = pl.DataFrame({"file": [FILE], "sha256": [hashlib.sha256(html).hexdigest()], "bytes": [len(html)]})
    artefacts.save(address, line, inputs=[artefacts.address(VERDICT)])
    return Made(numbers={"bytes": len(html)})


def report_data(artefacts: Artefacts) -> ReportData:
    """Gather what the report shows."""
    study = artefacts.study
    evaluations, exhibits = load_evaluations(artefacts), exhibits_of(artefacts)
    rows = count_rows(artefacts)
    verdicts, stored = reach_all(artefacts, evaluations, rows), load_verdicts(artefacts)
    comparisons = compare_study_arms(artefacts, evaluations, rows)
    bearing = _bearing(artefacts, verdicts, evaluations)
    arm = _worst_arm(artefacts, verdicts)
    return ReportData(
        study=study.study,
        description=study.description,
        verdicts=verdicts,
        sentences=verdict_sentences(study, verdicts),
        details=verdict_details(artefacts, verdicts, evaluations, read_younger(stored)),
        evaluations=evaluations,
        gallery=() if exhibits else first_rows(artefacts),
        real=real_rows(artefacts),
        exhibits=exhibits,
        real_exhibit=real_exhibit(artefacts, exhibits),
        checks=failed_checks(artefacts),
        reproduce=_reproduce(artefacts),
        notes=[
            *_unequal_budgets(artefacts, verdicts),
            *_additions(artefacts),
            *notes_on_given(artefacts),
            *name_broken_relations(evaluations, study.generations),
        ],
        columns=artefacts.columns,
        sensitivity=stored.filter(pl.col("limit_if_5").is_not_null()).to_dicts(),
        comparisons=comparisons,
        comparison_sentences=comparison_sentences(artefacts, comparisons),
        own_endpoints=study.own_endpoints,
        facts=facts_of(
            artefacts,
            whose=whose_verdict(study, artefacts.rows),
            chosen=rows.get(bearing.rung.arm) if bearing else None,
        ),
        bearing=bearing,
        groups=group_tables(evaluations, _rungs(verdicts), generations=study.generations),
        moved=() if arm is None else find_moved(artefacts, arm, evaluations),
        went_wrong=None if arm is None else find_far_rows(artefacts, arm),
        marginals=table_samples(artefacts),
        marginals_left_out=max(0, len(artefacts.schema.columns) - MOST_COLUMNS),
    )


def _first(verdicts: Sequence[Verdict]) -> Verdict | None:
    """The verdict of the first screen: the first one on the primary endpoint."""
    return next((each for each in verdicts if each.primary), next(iter(verdicts), None))


def _rungs(verdicts: Sequence[Verdict]) -> Sequence[Rung]:
    first = _first(verdicts)
    return () if first is None else first.curve


def _bearing(artefacts: Artefacts, verdicts: Sequence[Verdict], evaluations: pl.DataFrame) -> Bearing | None:
    first, study = _first(verdicts), artefacts.study
    if first is None:
        return None
    return find_bearing(evaluations, first, {**study.own_endpoints, **ENDPOINTS}, generations=study.generations)


def _worst_arm(artefacts: Artefacts, verdicts: Sequence[Verdict]) -> str | None:
    """The arm of the largest share of the first ladder, or the last arm; None where there is none."""
    if first := _first(verdicts):
        return max(first.ladder.rungs)[1]
    return next((slot.arm for slot in reversed(artefacts.slots) if slot.arm != SHARED), None)


def _unequal_budgets(artefacts: Artefacts, verdicts: list[Verdict]) -> list[str]:
    """Where a ladder was declared to compare unequal budgets: why, and what its arms spent."""
    budgets, notes = load_budgets(artefacts), []
    ladders = {each.ladder.name: each.ladder for each in verdicts}
    for name, settings in artefacts.study.ladders.items():
        if settings.unequal_budget:
            spent = check_budgets(budgets, ladders[name], unequal_allowed=True)
            figures = f" ({'; '.join(spent)})" if spent else ""
            notes.append(f"Ladder '{name}' compares unequal budgets: {settings.unequal_budget}{figures}")
    return notes


def _additions(artefacts: Artefacts) -> list[str]:
    """Why each rung was added, and which one is still to be."""
    notes = []
    for each in refine_ladders(artefacts):
        notes += [f"Added to ladder '{added.ladder}': {added.reason}." for added in each.added]
        if each.following is not None:
            notes.append(f"Still to be added to ladder '{each.following.ladder}': {each.following.reason}.")
    return notes


def _reproduce(artefacts: Artefacts) -> dict[str, str]:
    study = artefacts.study
    return {
        "command": f"outcross study {study.study}",
        "seed": str(study.seed),
        "fingerprint": artefacts.known_study.fingerprint(SHARED),
        "versions": ", ".join(
            [f"Python {platform.python_version()}", *(f"{each} {version(each)}" for each in _VERSIONS)]
        ),
        "study file": yaml.safe_dump(
            all_without_secrets(study.model_dump(mode="json", by_alias=True, exclude={"webhook"})),
            sort_keys=False,
            allow_unicode=True,
        ),
    }
