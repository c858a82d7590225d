"""Reach a study's verdicts from its evaluations."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from outcross.assets.artefacts import COMPARISON, EVALUATION, MODEL, REPORT, VERDICT, Artefacts, Made, StaleArtefact
from outcross.assets.study.lineage import SHARED
from outcross.assets.study.recorded_keys import recorded
from outcross.assets.study.study import Study
from outcross.assets.verdict.arm_comparison import ArmComparison, compare_arms, comparison_frame
from outcross.assets.verdict.benefit.of_study import benefit_of
from outcross.assets.verdict.benefit.sentence import benefit_sentence
from outcross.assets.verdict.budgets import check_budgets
from outcross.assets.verdict.comparison_sentence import comparison_sentence
from outcross.assets.verdict.degradation import IncompleteStudy
from outcross.assets.verdict.details import OF_POOL, OTHER_SIZES, OWN_OUTPUT, SHARED_ROWS, details, trend_sentence
from outcross.assets.verdict.levels import find_constants, name_levels
from outcross.assets.verdict.references import HOLDOUT, by_reference
from outcross.assets.verdict.refinement import Addition, Refined, refine_ladder
from outcross.assets.verdict.rows_of_arms import RowCounts, count_rows, with_rows
from outcross.assets.verdict.rows_trend import RowsTrend, rows_trend
from outcross.assets.verdict.sensitivity import measure_sensitivity, with_sensitivity
from outcross.assets.verdict.sentence import THESE_ROWS, benefit_headline, sentence, whose_rows
from outcross.assets.verdict.verdict import Verdict, verdict
from outcross.assets.verdict.verdict_frame import verdict_frame
from outcross.assets.verdict.written_report import is_report_whole
from outcross.assets.verdict.younger import YoungerRows, estimate_younger
from outcross.resources.safe_text import bullets
from outcross.resources.store import Address

_REPORT_FILE = "report.html"
_ANALYSIS = 4
"""Increased when the same evaluations would lead to another verdict, so that earlier ones are reached again."""
_VERSIONS = ("outcross", "dagster", "polars", "duckdb", "torch", "numpy", "great_expectations")


def make_verdict(artefacts: Artefacts) -> Made:
    """Write one row for every ladder, endpoint and size of it, and beside it one for every pair of arms and endpoint.

    Raises:
        IncompleteStudy: a lineage lacks a generation; it is named.
        BudgetMismatch: arms of a ladder spent unequal budgets, and the study does not say why they may.
    """
    evaluations = load_evaluations(artefacts)
    rows = count_rows(artefacts)
    verdicts = reach_all(artefacts, evaluations, rows)
    trends, younger = _trends(verdicts), estimate_younger(artefacts)
    sentences, more = (
        verdict_sentences(artefacts.study, verdicts),
        verdict_details(artefacts, verdicts, evaluations, younger),
    )
    found = [measure_sensitivity(artefacts, each, evaluations) if each.primary else () for each in verdicts]
    frame = with_sensitivity(
        verdict_frame(verdicts, sentences=sentences, details=more, trends=trends, younger=younger), found
    )
    comparisons = compare_study_arms(artefacts, evaluations, rows)
    compared = comparison_sentences(artefacts, comparisons)
    # The comparisons come first: a verdict that is there says that they are.
    artefacts.save(
        artefacts.address(COMPARISON),
        comparison_frame(comparisons, sentences=compared),
        inputs=_evaluations(artefacts),
    )
    inputs = [*_evaluations(artefacts), *(each.address(VERDICT) for each in _smaller(artefacts))]
    artefacts.save(artefacts.address(VERDICT), frame, inputs=inputs, **_asked(artefacts.study))
    return Made(
        numbers={
            f"{each.ladder.name}_{each.endpoint}{_on(each)}_lower_95": each.lower_95
            for each in verdicts
            if each.decided and each.lower_95 is not None and each.rows == artefacts.rows
        },
        text="\n".join([*_as_list(sentences, more), bullets(compared)]).rstrip("\n"),
    )


def _as_list(sentences: list[str], details: list[list[str]]) -> list[str]:
    """The lines of a list with the details below each sentence."""
    return [
        line
        for said, more in zip(sentences, details, strict=True)
        for line in (bullets([said]), *(bullets([each], indent="    ") for each in more))
    ]


def _on(verdict: Verdict) -> str:
    return "" if verdict.reference == HOLDOUT else f"_on_{verdict.reference}"


def reach_verdicts(artefacts: Artefacts) -> list[Verdict]:
    """Compare the arms of each ladder on each endpoint, once their budgets are shown to be equal."""
    return reach_all(artefacts, load_evaluations(artefacts), count_rows(artefacts))


def reach_all(artefacts: Artefacts, evaluations: pl.DataFrame, rows: Mapping[str, RowCounts]) -> list[Verdict]:
    """Reach the verdicts of the study, then those of its smaller sizes, from the largest down."""
    smaller = [
        replace(each, primary=False)
        for part in reversed(_smaller(artefacts))
        for each in _reach(part, load_evaluations(part), count_rows(part))
    ]
    return [*_reach(artefacts, evaluations, rows), *smaller]


def _smaller(artefacts: Artefacts) -> list[Artefacts]:
    """The smaller sizes of a ladder of rows, in the same store."""
    return [Artefacts(each, artefacts.store) for each in artefacts.study.sizes[:-1]]


def _trends(verdicts: list[Verdict]) -> list[RowsTrend | None]:
    """The trend over sizes of each verdict of the largest size; None for the others, and where there is one size."""
    largest = max((each.rows for each in verdicts), default=0)

    def about(one: Verdict) -> tuple[str, str, str]:
        return one.ladder.name, one.endpoint, one.reference

    def like(this: Verdict) -> list[Verdict]:
        return [each for each in verdicts if about(each) == about(this)]

    return [rows_trend(like(each)) if each.rows == largest else None for each in verdicts]


def _reach(artefacts: Artefacts, evaluations: pl.DataFrame, rows: Mapping[str, RowCounts]) -> list[Verdict]:
    study, budgets = artefacts.study, load_budgets(artefacts)
    verdicts, constants = [], find_constants(artefacts)
    for name, settings in study.ladders.items():
        ladder = _refine(study, name, evaluations, constants).ladder
        check_budgets(budgets, ladder, unequal_allowed=settings.unequal_budget is not None)
        for endpoint, setting in study.endpoints.items():
            subject = study.endpoint_of(endpoint)
            tolerance = setting.read(subject)
            for reference, measured in by_reference(evaluations, study.tests, endpoint):
                reached = verdict(
                    measured,
                    ladder,
                    endpoint=subject,
                    tolerance=tolerance,
                    seed=study.seed,
                    generations=study.generations,
                    primary=endpoint == study.primary_endpoint and reference == HOLDOUT,
                    constant=constants.get(endpoint) if reference == HOLDOUT else None,
                    reference=reference,
                )
                bought = benefit_of(study, name, subject, measured, scale=tolerance.scale)
                verdicts.append(with_rows(replace(reached, benefit=bought, rows=artefacts.rows), rows))
    return verdicts


def compare_study_arms(
    artefacts: Artefacts, evaluations: pl.DataFrame, rows: Mapping[str, RowCounts]
) -> list[ArmComparison]:
    """Compare the arms that the study names, on each of its endpoints."""
    study = artefacts.study
    return compare_arms(
        evaluations,
        study.compared_arms,
        [study.endpoint_of(name) for name in study.endpoints],
        primary=study.primary_endpoint,
        generations=study.generations,
        rows=rows,
    )


def comparison_sentences(artefacts: Artefacts, comparisons: list[ArmComparison]) -> list[str]:
    """Return the sentence of each comparison."""
    return [comparison_sentence(each, whose=whose_verdict(artefacts.study, artefacts.rows)) for each in comparisons]


def refine_ladders(artefacts: Artefacts) -> list[Refined]:
    """Return each ladder with the rungs that it has added, and the one that it would add next.

    Raises:
        IncompleteStudy: a lineage that the verdict waits for lacks a generation; it is named.
    """
    study = artefacts.study
    if not study.most_added:
        evaluations, constants = pl.DataFrame(), dict[str, float]()
    else:
        evaluations, constants = load_evaluations(artefacts), find_constants(artefacts)
    return [_refine(study, name, evaluations, constants) for name in study.ladders]


def next_additions(artefacts: Artefacts) -> list[Addition]:
    """Return the rungs that the ladders of a study would add next, at most one for each; raises as refine_ladders."""
    return [each.following for each in refine_ladders(artefacts) if each.following is not None]


def _refine(study: Study, name: str, evaluations: pl.DataFrame, constants: Mapping[str, float]) -> Refined:
    return refine_ladder(study, name, evaluations, constant=constants.get(study.primary_endpoint or ""))


def load_evaluations(artefacts: Artefacts) -> pl.DataFrame:
    """Read every evaluation of a study in long form, with ``lineage``, ``arm`` and ``generation``.

    Raises:
        IncompleteStudy: one has not been made, or fits the study's settings no more.
    """
    return _gather(artefacts, EVALUATION)


def load_budgets(artefacts: Artefacts) -> pl.DataFrame:
    """Read what each model was fitted to, and for how long: ``rows_seen``, ``tokens``, ``steps``; raises as above."""
    return _gather(artefacts, MODEL).select("arm", "replicate", "generation", "rows_seen", "tokens", "steps")


def _gather(artefacts: Artefacts, thing: str) -> pl.DataFrame:
    frames, missing = [], []
    for slot in artefacts.slots:
        if not artefacts.is_current(slot.address(thing)):
            missing.append(f"{slot.lineage} generation {slot.generation}")
            continue
        about = [
            pl.lit(slot.lineage).alias("lineage"),
            pl.lit(slot.arm).alias("arm"),
            pl.lit(slot.generation, dtype=pl.Int32).alias("generation"),
        ]
        frames.append(slot.load(thing).select(*about, pl.all()))
    if missing:
        raise IncompleteStudy(
            f"study '{artefacts.study.study}': {thing} is missing or out of date for {', '.join(missing)}; "
            "run these lineages before the verdict"
        )
    return pl.concat(frames)


def _evaluations(artefacts: Artefacts) -> list[Address]:
    return [slot.address(thing) for slot in artefacts.slots for thing in (EVALUATION, MODEL)]


def analysis_version(study: Study) -> str:
    """Hash of what a verdict depends on besides the evaluations."""
    return hashlib.sha256(f"{_ANALYSIS} {_settings(study)}".encode()).hexdigest()[:16]


def _asked(study: Study) -> dict[str, str]:
    """What a verdict says of its making: the hash of analysis and settings, and that of the settings alone."""
    return {
        "analysis": analysis_version(study),
        "asked": hashlib.sha256(_settings(study).encode()).hexdigest()[:16],
    }


def _settings(study: Study) -> str:
    asked = {"benefit", "costs"} if study.asks_benefit else set()
    others = {name for name in ("smaller_rows", "real_before") if getattr(study, name)}
    keys = {"generations", "ladders", "endpoints", "seed", *asked, *others}
    settings = json.dumps(recorded(study, include=keys), separators=(",", ":"), ensure_ascii=False)
    return f"{settings} {study.compared_arms}"


def verdict_is_current(artefacts: Artefacts) -> bool:
    """Whether the verdict and report were given on the evaluations, ladders and endpoints as they are now."""
    made = all(artefacts.is_current(artefacts.address(thing)) for thing in (VERDICT, REPORT))
    return made and _is_analysed(artefacts) and is_report_whole(artefacts)


def refuse_outdated(artefacts: Artefacts) -> None:
    """Refuse a verdict that was reached under other settings than the study has now, or on other parts.

    One of an earlier version, which does not say what it was asked, is taken for current if its parts are.

    Raises:
        StaleArtefact: the verdict is not that of the study as it is now.
        MissingArtefact: there is none.
    """
    address, study = artefacts.address(VERDICT), artefacts.study.study
    provenance = artefacts.provenance(address)
    asked, what = _asked(artefacts.study)["asked"], None
    if provenance.get("asked", asked) != asked:
        what = "with other endpoints, ladders or generations"
    elif (changed := artefacts.changed_input(address)) is not None:
        what = f"on other bytes of {changed}"
    elif artefacts.outdated_code(address):
        what = "by other code"
    if what is not None:
        raise StaleArtefact(
            f"the verdict of study '{study}' was reached {what} than it has now; run study '{study}' again, which "
            "makes anew what has changed"
        )


def outdated_parts(artefacts: Artefacts, thing: str) -> list[str]:
    """List what a verdict or a report was not made from as it is now: by the store, for any number of lineages.

    Args:
        artefacts: the study and its store.
        thing: ``VERDICT`` or ``REPORT``.
    """
    outdated = [
        str(slot.address(read))
        for slot in artefacts.slots
        for read in (EVALUATION, MODEL)
        if not artefacts.is_current(slot.address(read))
    ]
    outdated += [part for each in _smaller(artefacts) for part in outdated_parts(each, VERDICT)]
    for concluding in (VERDICT, REPORT) if thing == REPORT else (VERDICT,):
        address = artefacts.address(concluding)
        if not artefacts.is_current(address) or (concluding == VERDICT and not _is_analysed(artefacts)):
            outdated.append(str(address))
    return outdated


def _is_analysed(artefacts: Artefacts) -> bool:
    provenance = artefacts.store.provenance(artefacts.address(VERDICT))
    known = {SHARED, *artefacts.study.required_lineages}
    added = [slot.address(EVALUATION) for slot in artefacts.slots if slot.lineage not in known]
    read = all(str(address) in provenance["inputs"] for address in added)
    return bool(read and provenance.get("analysis") == analysis_version(artefacts.study))


def verdict_sentences(study: Study, verdicts: list[Verdict]) -> list[str]:
    """Return the sentence of each verdict: whether synthetic rows help, where the study asks, else what is safe."""
    return [
        benefit_headline(each, each.benefit, whose=_rows(study, each))
        if each.benefit
        else sentence(each, whose=_rows(study, each))
        for each in verdicts
    ]


def _rows(study: Study, verdict: Verdict) -> str:
    return whose_rows(verdict.rows, drawn=study.real_rows == "own")


def verdict_details(
    artefacts: Artefacts, verdicts: list[Verdict], evaluations: pl.DataFrame, younger: YoungerRows | None
) -> list[list[str]]:
    """Return the details of each verdict, with the levels that it is about and the trend over rows."""
    study = artefacts.study
    return [
        [
            *_benefit_details(study, each),
            *details(
                each,
                study=study.study,
                source=study.source.kind,
                generator=study.generator.kind,
                whose=whose_verdict(study, each.rows),
                rounds=OWN_OUTPUT if study.generator.needs_fit else OF_POOL,
            ),
            *filter(
                None,
                [
                    name_levels(artefacts, each, evaluations) if each.rows == artefacts.rows else "",
                    SHARED_ROWS * (study.real_rows == "shared"),
                    _younger_sentence(study, younger),
                    trend_sentence(each, trend) if trend else OTHER_SIZES * (not study.smaller_rows),
                ],
            ),
        ]
        for each, trend in zip(verdicts, _trends(verdicts), strict=True)
    ]


def _younger_sentence(study: Study, found: YoungerRows | None) -> str | None:
    return None if found is None or study.real_before is None else found.sentence(study.real_before.date)


def _benefit_details(study: Study, verdict: Verdict) -> list[str]:
    if verdict.benefit is None:
        return []
    bought = benefit_sentence(verdict.benefit, verdict.subject, scale=verdict.tolerance.scale, costs=study.costs)
    return [bought, sentence(verdict, whose=_rows(study, verdict))]


def whose_verdict(study: Study, rows: int) -> str:
    """For which rows a verdict holds: replicates that share the real rows say nothing of others like them."""
    these = "for rows drawn like these" if study.real_rows == "own" else THESE_ROWS
    return f"{these}, {rows:,} a generation"
