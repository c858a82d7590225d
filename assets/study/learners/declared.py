"""Scores that a team's own learner declares: which way is better, and whether their zero is a true one."""

from typing import Any, Literal

from pydantic import Field, model_validator

from outcross.assets.metrics.endpoint import Endpoint
from outcross.assets.study.learners.contract import learner_endpoint
from outcross.resources.settings import Settings


class Declared(Settings):
    """One score of a learner outside; ``higher`` or ``lower`` alone states ``better``.

    Attributes:
        better: which values are better.
        zero: whether its zero is a true one, as of an accuracy or a count of errors, so that a tolerance may be a share
            of it.
        unit: what it is measured in.
    """

    better: Literal["higher", "lower"]
    zero: bool = False
    unit: str = Field("", max_length=60)

    @model_validator(mode="before")
    @classmethod
    def _from_word(cls, value: Any) -> Any:
        return {"better": value} if isinstance(value, str) else value

    def endpoint(self, name: str) -> Endpoint:
        """Return the endpoint of the score with this name."""
        meaning = f"what the study's own learner, trained on the dataset, writes as '{name}' of real rows"
        return learner_endpoint(name, self.better, meaning, has_zero=self.zero, unit=self.unit)
