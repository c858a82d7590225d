"""The three answers of a mix, from its verdicts: whether it helps, when it is too much, and what a row is worth."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from outcross.assets.artefacts import Artefacts
from outcross.assets.stored_verdicts import Outcome
from outcross.assets.study.study import Study
from outcross.assets.take.choice import BEST, SAFE, choose
from outcross.assets.verdict.benefit.sentence import gain_clause, worth_clause
from outcross.assets.verdict.benefit.worth import Worth
from outcross.assets.verdict.figures import amount, exact_percent, percent
from outcross.assets.verdict.references import HOLDOUT
from outcross.resources.errors import BadInput

KEYS = ("helps", "best_share", "gain", "gain_lower_95", "gain_over", "worth", "worth_interval", "outcome", "lower_95")
"""Columns of a verdict that the answers are made of, with ``upper_95``."""


def answers_of(study: Study, verdicts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the answers of each verdict that was asked for a benefit: its fields, and ``said``: three sentences.

    Args:
        study: its settings.
        verdicts: rows of the table of verdicts.
    """
    return [
        {
            "endpoint": verdict["endpoint"],
            "reference": verdict["reference"],
            **{key: verdict[key] for key in KEYS},
            "upper_95": verdict["upper_95"],
            "said": {"helps": _helps(study, verdict), "too_much": _too_much(study, verdict), "worth": _worth(verdict)},
        }
        for verdict in verdicts
        if verdict["helps"] is not None
    ]


def closing_lines(artefacts: Artefacts) -> list[str]:
    """Return what is said below the answers: for which rows they hold, and how to have the rows of a mix."""
    said, study = list[str](), artefacts.study
    if study.real_rows == "shared":
        said.append(
            "They hold for these real rows and any draw from the pool; 'real_rows: own' in the study file asks about "
            "other real rows like these."
        )
    for ladder in study.rungs:
        named = f" --ladder {ladder}" if len(study.rungs) > 1 else ""
        share = _recommended(artefacts, ladder)
        said.append(f"The rows of a mix: outcross take {study.study} --share {share}{named} --to mix")
    return said


def _recommended(artefacts: Artefacts, ladder: str) -> str:
    """The best share, or else the largest that is safe, or else the smallest that was run."""
    for wanted in (BEST, SAFE):
        with suppress(BadInput):
            choose(artefacts, wanted, ladder=ladder)
            return wanted
    return f"{min(rung.share for rung in artefacts.study.rungs[ladder] if rung.share):g}"


def title_of(answer: Mapping[str, Any]) -> str:
    """Return what an answer is about: the endpoint, and the test set where it is not the holdout."""
    where = "the held-out real rows" if answer["reference"] == HOLDOUT else f"test set '{answer['reference']}'"
    return f"{answer['endpoint'].replace('_', ' ')} on {where}"


def _helps(study: Study, verdict: Mapping[str, Any]) -> str:
    found = gain_clause(
        study.endpoint_of(verdict["endpoint"]),
        scale=verdict["tolerance_of"],
        share=verdict["best_share"],
        gain=verdict["gain"],
        lower_95=verdict["gain_lower_95"],
        over=verdict["gain_over"],
    )
    return f"{found}."


def _too_much(study: Study, verdict: Mapping[str, Any]) -> str:
    accepted = amount(verdict["tolerance"], verdict["tolerance_of"], study.endpoint_of(verdict["endpoint"]))
    worse = f"worse than with real rows alone by more than {accepted}"
    top = exact_percent(study.rungs[verdict["ladder"]][-1].share)
    harmful = verdict["upper_95"]
    match verdict["outcome"]:
        case Outcome.SAFE_THROUGHOUT:
            return f"No share up to {top}, the largest tried, is {worse} (95 % confidence)."
        case Outcome.LIMIT:
            known = f"; from {exact_percent(harmful)} on it is" if harmful is not None else "; above that it is open"
            return f"Up to {percent(verdict['lower_95'])} is not {worse} (95 % confidence){known}."
        case Outcome.NONE_SAFE:
            return f"Every share tried is too much: already the smallest is {worse}."
        case _:
            return f"Not decided whether any share is {worse}, because {verdict['reason']}."


def _worth(verdict: Mapping[str, Any]) -> str:
    lower, upper = verdict["worth_interval"] or (None, None)
    said = worth_clause(Worth(worth=verdict["worth"], lower=lower, upper=upper), None)
    return f"{said[0].upper()}{said[1:]}."
