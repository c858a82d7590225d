"""Reach a study's verdicts from its evaluations, and write the report."""

import hashlib
import platform
from importlib.metadata import version

import polars as pl
import yaml

from outcross.assets.artefacts import EVALUATION, MODEL, REPORT, VERDICT, Artefacts, Made
from outcross.assets.checks import failed_checks
from outcross.assets.metrics.registry import ENDPOINTS
from outcross.assets.pool.make import notes_on_given
from outcross.assets.study.lineage import SHARED
from outcross.assets.study.study import Study
from outcross.assets.verdict.budgets import check_budgets
from outcross.assets.verdict.degradation import IncompleteStudy
from outcross.assets.verdict.dose_response import Ladder
from outcross.assets.verdict.gallery import exhibits_of, first_rows, real_exhibit, real_rows
from outcross.assets.verdict.levels import find_constants, name_broken_relations, name_levels
from outcross.assets.verdict.references import HOLDOUT, by_reference
from outcross.assets.verdict.report import ReportData, render_report
from outcross.assets.verdict.sentence import OF_POOL, OWN_OUTPUT, THESE_ROWS, sentence
from outcross.assets.verdict.verdict import Verdict, verdict, verdict_frame
from outcross.resources.store import Address

_REPORT_FILE = "report.html"
_ANALYSIS = 2
"""Increased when the same evaluations would lead to another verdict, so that earlier ones are reached again."""
_VERSIONS = ("outcross", "dagster", "polars", "duckdb", "torch", "numpy", "great_expectations")


def make_verdict(artefacts: Artefacts) -> Made:
    """Write one row for every ladder and endpoint.

    Raises:
        IncompleteStudy: a lineage lacks a generation; it is named.
        BudgetMismatch: arms of a ladder spent unequal budgets, and the study does not say why they may.
    """
    evaluations = load_evaluations(artefacts)
    verdicts = _reach(artefacts, evaluations)
    sentences = _sentences(artefacts, verdicts, evaluations)
    frame = verdict_frame(verdicts, sentences=sentences)
    artefacts.save(
        artefacts.address(VERDICT), frame, inputs=_evaluations(artefacts), analysis=analysis_version(artefacts.study)
    )
    return Made(
        numbers={
            f"{each.ladder.name}_{each.endpoint}{_on(each)}_lower_95": each.lower_95
            for each in verdicts
            if each.decided and each.lower_95 is not None
        },
        text="\n".join(f"- {each}" for each in sentences),
    )


def _on(verdict: Verdict) -> str:
    return "" if verdict.reference == HOLDOUT else f"_on_{verdict.reference}"


def reach_verdicts(artefacts: Artefacts) -> list[Verdict]:
    """Compare the arms of each ladder on each endpoint, once their budgets are shown to be equal."""
    return _reach(artefacts, load_evaluations(artefacts))


def _reach(artefacts: Artefacts, evaluations: pl.DataFrame) -> list[Verdict]:
    study, budgets = artefacts.study, _load_budgets(artefacts)
    verdicts, constants = [], find_constants(artefacts)
    for name, settings in study.ladders.items():
        ladder = _ladder(study, name)
        check_budgets(budgets, ladder, unequal_allowed=settings.unequal_budget is not None)
        for endpoint, setting in study.endpoints.items():
            for reference, measured in by_reference(evaluations, study.tests, endpoint):
                verdicts.append(
                    verdict(
                        measured,
                        ladder,
                        endpoint=endpoint,
                        tolerance=setting.read(ENDPOINTS[endpoint]),
                        seed=study.seed,
                        generations=study.generations,
                        primary=endpoint == study.primary_endpoint and reference == HOLDOUT,
                        constant=constants.get(endpoint) if reference == HOLDOUT else None,
                        reference=reference,
                    )
                )
    return verdicts


def _ladder(study: Study, name: str) -> Ladder:
    return Ladder(name, study.ladders[name].policy, tuple((rung.share, rung.arm) for rung in study.rungs[name]))


def _unequal_budgets(artefacts: Artefacts) -> list[str]:
    """Where a ladder was declared to compare unequal budgets: why, and what its arms spent."""
    budgets, notes = _load_budgets(artefacts), []
    for name, settings in artefacts.study.ladders.items():
        if settings.unequal_budget:
            spent = check_budgets(budgets, _ladder(artefacts.study, name), unequal_allowed=True)
            figures = f" ({'; '.join(spent)})" if spent else ""
            notes.append(f"Ladder '{name}' compares unequal budgets: {settings.unequal_budget}{figures}")
    return notes


def load_evaluations(artefacts: Artefacts) -> pl.DataFrame:
    """Read every evaluation of a study in long form, with ``lineage``, ``arm`` and ``generation``.

    Raises:
        IncompleteStudy: one has not been made, or fits the study's settings no more.
    """
    return _gather(artefacts, EVALUATION)


def _load_budgets(artefacts: Artefacts) -> pl.DataFrame:
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
    settings = study.model_dump_json(include={"generations", "ladders", "endpoints", "seed"}, by_alias=True)
    return hashlib.sha256(f"{_ANALYSIS} {settings}".encode()).hexdigest()[:16]


def verdict_is_current(artefacts: Artefacts) -> bool:
    """Whether the verdict and report were given on the evaluations, ladders and endpoints as they are now."""
    made = all(artefacts.is_current(artefacts.address(thing)) for thing in (VERDICT, REPORT))
    return made and _is_analysed(artefacts)


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
    for concluding in (VERDICT, REPORT) if thing == REPORT else (VERDICT,):
        address = artefacts.address(concluding)
        if not artefacts.is_current(address) or (concluding == VERDICT and not _is_analysed(artefacts)):
            outdated.append(str(address))
    return outdated


def _is_analysed(artefacts: Artefacts) -> bool:
    analysed = artefacts.store.provenance(artefacts.address(VERDICT)).get("analysis")
    return bool(analysed == analysis_version(artefacts.study))


def _sentences(artefacts: Artefacts, verdicts: list[Verdict], evaluations: pl.DataFrame) -> list[str]:
    """Return the sentence of each verdict, with the levels that it is about."""
    study = artefacts.study
    return [
        " ".join(
            filter(
                None,
                [
                    sentence(
                        each,
                        study=study.study,
                        source=study.source.kind,
                        generator=study.generator.kind,
                        whose=_whose(artefacts),
                        rounds=OWN_OUTPUT if study.generator.needs_fit else OF_POOL,
                    ),
                    name_levels(artefacts, each, evaluations),
                ],
            )
        )
        for each in verdicts
    ]


def _whose(artefacts: Artefacts) -> str:
    """For which rows a verdict holds: replicates that share the real rows say nothing of others like them."""
    these = "for rows drawn like these" if artefacts.study.real_rows == "own" else THESE_ROWS
    return f"{these}, {artefacts.rows:,} a generation"


def make_report(artefacts: Artefacts) -> Made:
    """Write the report, one HTML file, and the part that records its sha256."""
    study, address = artefacts.study, artefacts.address(REPORT)
    evaluations, exhibits = load_evaluations(artefacts), exhibits_of(artefacts)
    verdicts = _reach(artefacts, evaluations)
    html = render_report(
        ReportData(
            study=study.study,
            description=study.description,
            verdicts=verdicts,
            sentences=_sentences(artefacts, verdicts, evaluations),
            evaluations=evaluations,
            gallery=() if exhibits else first_rows(artefacts),
            real=real_rows(artefacts),
            exhibits=exhibits,
            real_exhibit=real_exhibit(artefacts, exhibits),
            checks=failed_checks(artefacts),
            reproduce=_reproduce(artefacts),
            notes=[
                *_unequal_budgets(artefacts),
                *notes_on_given(artefacts),
                *name_broken_relations(evaluations, study.generations),
            ],
            columns=artefacts.columns,
        )
    ).encode()
    artefacts.store.write_file(address, _REPORT_FILE, html)
    line = pl.DataFrame({"file": [_REPORT_FILE], "sha256": [hashlib.sha256(html).hexdigest()], "bytes": [len(html)]})
    artefacts.save(address, line, inputs=[artefacts.address(VERDICT)])
    return Made(numbers={"bytes": len(html)})


def report_location(artefacts: Artefacts) -> str:
    """Return the path of a study's report."""
    return artefacts.store.file_path(artefacts.address(REPORT), _REPORT_FILE)


def read_report(artefacts: Artefacts) -> bytes:
    """Return a study's report.

    Raises:
        MissingArtefact: there is none yet.
    """
    return artefacts.store.read_file(artefacts.address(REPORT), _REPORT_FILE)


def _reproduce(artefacts: Artefacts) -> dict[str, str]:
    study = artefacts.study
    return {
        "command": f"outcross study {study.study}",
        "seed": str(study.seed),
        "fingerprint": study.fingerprint(SHARED),
        "versions": ", ".join(
            [f"Python {platform.python_version()}", *(f"{each} {version(each)}" for each in _VERSIONS)]
        ),
        "study file": yaml.safe_dump(
            study.model_dump(mode="json", by_alias=True, exclude={"webhook"}), sort_keys=False, allow_unicode=True
        ),
    }
