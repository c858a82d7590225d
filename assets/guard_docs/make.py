"""Write the Data Docs of a study from the stored outcomes of its guards."""

from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import polars as pl

from outcross.assets.artefacts import Artefacts
from outcross.assets.guard_docs.outcomes import read_outcomes
from outcross.assets.guard_docs.suites import suite_of
from outcross.assets.steps import steps_of
from outcross.resources.errors import BadInput
from outcross.resources.gx_docs import Validated, build_docs


@dataclass(frozen=True, kw_only=True)
class GuardDocs:
    """Data Docs of a study that were written.

    Attributes:
        page: path of the first page.
        guards: number of guards, each with a page.
        expectations: of all of them.
        failed: number of expectations that are not met.
        lacking: what has no outcome that is current, and is on no page.
        sha256: of the outcomes.
    """

    page: Path
    guards: int
    expectations: int
    failed: int
    lacking: tuple[str, ...]
    sha256: str


def write_docs(artefacts: Artefacts, folder: Path) -> GuardDocs:
    """Write the Data Docs of a study to a folder, a page a guard.

    Raises:
        BadInput: nothing of the study has been checked, or the folder cannot be written.
    """
    outcomes, name = read_outcomes(artefacts), artefacts.study.study
    if outcomes.at is None:
        raise BadInput(
            f"nothing of study '{name}' has been checked yet; run it first, by name or by file: outcross study {name}"
        )
    suites, validated = [], []
    for step in steps_of(artefacts.study):
        for check, held_to in step.checks.items():
            of_guard = outcomes.vitals.filter(pl.col("thing") == step.thing, pl.col("check") == check)
            if of_guard.is_empty():
                continue
            suite, result = suite_of(f"{step.thing}-{check}", held_to, of_guard, version=version("great-expectations"))
            suites.append(suite)
            validated.append(Validated(batch=suite["name"], name=name, at=outcomes.at.isoformat(), result=result))
    counts = [each.result["statistics"] for each in validated]
    return GuardDocs(
        page=build_docs(f"Data Docs of study {name}", suites, validated, folder),
        guards=len(suites),
        expectations=sum(each["evaluated_expectations"] for each in counts),
        failed=sum(each["unsuccessful_expectations"] for each in counts),
        lacking=outcomes.lacking,
        sha256=sha256(outcomes.vitals.write_csv().encode()).hexdigest(),
    )
