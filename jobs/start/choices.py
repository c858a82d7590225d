"""What a first study of somebody's rows is: generator, rows, rungs, replicates and endpoints, each with its reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from outcross.assets.study.dealing import Dealing, rows_each
from outcross.jobs.start.roles import Roles
from outcross.resources.schema import Modality

MOST_ROWS = {"table": 500, "text": 400, "image": 500}
"""Modality → rows of a generation where there are more: a verdict holds for a number of rows; time grows with it."""
FEWEST_OWN = 200
"""Real rows from which on each replicate is given its own."""
OTHERS = {
    "table": "autoregressive learns more and takes longer",
    "text": "transformer learns more and takes longer",
    "image": "diffusion draws finer pictures and takes longer",
}


@dataclass(frozen=True, kw_only=True)
class Ending:
    """One endpoint: its name, its tolerance as YAML reads it, and what it asks."""

    name: str
    tolerance: Mapping[str, float]
    why: str


@dataclass(frozen=True, kw_only=True)
class Choices:
    """The choices of a study file.

    Attributes:
        generator: its settings.
        others: what else there is, as a comment says it.
        replicates: independent repeats.
        real_rows: whether each replicate has its own real rows.
        rows: of a generation; None for all.
        unequal: why arms of the first ladder spend unequal budgets; None where they do not.
        endpoints: the first is the primary one.
        metrics: to measure; None for the default ones.
    """

    generator: Mapping[str, Any]
    others: str
    replicates: int
    real_rows: Dealing
    rows: int | None
    unequal: str | None
    endpoints: tuple[Ending, ...]
    metrics: tuple[str, ...] | None


def choose(
    modality: Modality, roles: Roles, *, anchor_rows: int, generator: str | None, replicates: int | None
) -> Choices:
    """Choose the study of these rows.

    Args:
        modality: what the rows are.
        roles: of their columns.
        anchor_rows: real rows that generations may use.
        generator: the kind that was asked for.
        replicates: that were asked for.
    """
    kind = generator or {"table": "copula", "text": "ngram", "image": "cvae"}[modality]
    count = replicates or (10 if kind in ("copula", "ngram") else 5)
    own = rows_each(anchor_rows, count, "own") >= FEWEST_OWN
    available = rows_each(anchor_rows, count, "own") if own else anchor_rows
    settings: dict[str, Any] = {"kind": kind}
    if kind == "autoregressive":
        settings["steps"] = 200
    return Choices(
        generator=settings,
        others=OTHERS[modality],
        replicates=count,
        real_rows="own" if own else "shared",
        rows=MOST_ROWS[modality] if available > MOST_ROWS[modality] else None,
        unequal="texts differ in length" if modality == "text" else None,
        endpoints=_endpoints(modality, roles),
        metrics=("loss", "words", "cross_entropy") if modality == "text" else None,
    )


def _endpoints(modality: Modality, roles: Roles) -> tuple[Ending, ...]:
    loss = Ending(name="loss", tolerance={"gain": 0.05}, why="a twentieth of what the model learned is lost")
    utility = Ending(
        name="utility", tolerance={"tolerance": 0.02}, why="a model trained on synthetic rows loses 2 % on real ones"
    )
    if modality == "text":
        words = Ending(
            name="vocabulary_survival", tolerance={"tolerance": 0.1}, why="a tenth of the words is never written again"
        )
        return (loss, words)
    if modality == "image":
        recall = Ending(name="recall", tolerance={"tolerance": 0.15}, why="covers 15 % less of what is real")
        return (loss, recall, *([utility] if roles.label else []))
    coverage = Ending(name="coverage", tolerance={"tolerance": 0.1}, why="covers a tenth less of what is real")
    rarest = Ending(
        name="rarest_group_utility",
        tolerance={"tolerance": 0.02},
        why="the same for the rarest group with enough rows",
    )
    found = [loss, coverage, *([utility] if roles.label else [])]
    return (*found, *([rarest] if roles.label and roles.groups else []))
