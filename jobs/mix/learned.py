"""The learner of a mix, and the endpoints on which it is judged."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from outcross.assets.study.learners.contract import PREFIX
from outcross.jobs.mix.directions import better_of
from outcross.jobs.mix.real_rows import Learned
from outcross.jobs.trial.of_learner import LearnerTrial
from outcross.resources.errors import BadInput
from outcross.resources.schema import Modality
from outcross.resources.sources.list_names import list_names

ACCEPTED = 0.02
"""Loss of a score that counts as no harm: 2 % of its value."""
UNKNOWN = "score"
"""What a score is called until a trial has written one."""
_SHIPPED: dict[Learned, dict[str, str]] = {
    "classifier": {
        "learner_accuracy": "{tolerance: 0.02}",
        "learner_balanced_accuracy": "{tolerance: 0.02}",
    },
    "regressor": {"learner_rmse": "{tolerance: 0.02}", "learner_mae": "{tolerance: 0.02}"},
    "language_model": {"learner_nats_per_word": "{absolute: 0.05}"},
}
_OF_PICTURES = {"iterations": 30, "longest_side": 14}
"""Settings of the shipped learners of pictures. A mix trains more than a hundred models: on 1,500 digits of MNIST one
takes 2.5 s in place of 34, and 90.9 % of others are told in place of 92.5 %."""
_SAID = {
    "tolerance": "up to 2 % of it may be lost",
    "absolute": "up to so much may be lost",
}


@dataclass(frozen=True, kw_only=True)
class Taught:
    """A learner and its endpoints, as a study file states them.

    Attributes:
        learner: its settings.
        endpoints: name → its tolerance, as YAML in one line; the first is the primary one.
        said: what was inferred, a sentence each.
    """

    learner: Mapping[str, Any]
    endpoints: Mapping[str, str]
    said: tuple[str, ...] = field(default=())

    @property
    def endpoint_lines(self) -> str:
        """The endpoints as lines of a study file."""
        lines = (f"  {name}: {tolerance}" for name, tolerance in self.endpoints.items())
        return "\n".join(f"{line}   # {_SAID[line.split('{')[1].split(':')[0]]}" for line in lines)


def shipped(kind: Learned, modality: Modality) -> Taught:
    """Return a shipped learner with its endpoints."""
    if modality != "image":
        return Taught(learner={"kind": kind}, endpoints=_SHIPPED[kind])
    said = (
        f"Pictures: each of {_OF_PICTURES['iterations']} rounds of boosting reads them averaged down to "
        f"{_OF_PICTURES['longest_side']} pixels a side; 'learner' in the study file has both numbers."
    )
    return Taught(learner={"kind": kind, **_OF_PICTURES}, endpoints=_SHIPPED[kind], said=(said,))


def untried(words: list[str], metrics: Mapping[str, str], *, rows: str, time_limit: float | None) -> Taught:
    """Return a team's own learner before it is known what it scores."""
    wanted = dict(metrics) or {UNKNOWN: "higher"}
    endpoints = {f"{PREFIX}{name}": f"{{absolute: {ACCEPTED}}}" for name in wanted}
    return Taught(learner=_settings(words, wanted, rows, time_limit), endpoints=endpoints)


def taught_by(
    words: list[str], metrics: Mapping[str, str], trial: LearnerTrial, *, rows: str, time_limit: float | None
) -> Taught:
    """Return a team's own learner with the scores that its trial wrote.

    Args:
        words: of the program.
        metrics: name → which way is better, where it is stated.
        trial: what it scored on a few rows.
        rows: format of the rows that it reads.
        time_limit: seconds until a run is killed; None leaves the default.

    Raises:
        BadInput: of no score it is known which way is better.
    """
    found: dict[str, str] = dict(metrics)
    if not found:
        found = {name: better for name in trial.scores if (better := better_of(name)) is not None}
    if not found:
        first = next(iter(trial.scores))
        raise BadInput(
            f"the learner wrote {list_names(list(trial.scores))}, and no name says which way is better; state it with "
            f"--metric {first}=higher or --metric {first}=lower"
        )
    said = [f"Scores: {', '.join(f'{name} ({better} is better)' for name, better in found.items())}."]
    if open_ended := [name for name in trial.scores if name not in found]:
        said.append(
            f"Not used: {list_names(open_ended)}; --metric {open_ended[0]}=lower or =higher says which way is better."
        )
    endpoints = {f"{PREFIX}{name}": f"{{absolute: {_size(trial.scores.get(name, 0.0))}}}" for name in found}
    return Taught(learner=_settings(words, found, rows, time_limit), endpoints=endpoints, said=tuple(said))


def _settings(words: list[str], metrics: Mapping[str, str], rows: str, time_limit: float | None) -> dict[str, Any]:
    limit = {} if time_limit is None else {"time_limit": time_limit}
    return {"kind": "external", **_commands(words), "metrics": dict(metrics), "rows": rows, **limit}


def _size(score: float) -> str:
    """2 % of a score to one digit; of nought, 0.02."""
    return f"{float(f'{ACCEPTED * (abs(score) or 1.0):.1g}'):g}"


def _commands(words: list[str]) -> dict[str, list[str]]:
    """Return the two commands of a program, as a study file states them."""
    own = [word.replace("{", "{{").replace("}", "}}") for word in words]
    return {
        "train": [*own, "train", "{train}", "{model}", "{seed}"],
        "judge": [*own, "judge", "{model}", "{test}", "{out}"],
    }
