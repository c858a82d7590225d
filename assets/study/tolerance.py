"""The tolerance of an endpoint: how much damage is accepted, and what it is a share of."""

from dataclasses import dataclass
from typing import Literal, Self

from pydantic import Field, model_validator

from outcross.assets.metrics.endpoint import Endpoint
from outcross.resources.errors import BadInput
from outcross.resources.settings import Settings

Scale = Literal["relative", "absolute", "gain"]
"""What damage is a share of: the control's value, nothing (it is in the endpoint's unit), or what the model learned."""

LOSS = "loss"
DEFAULT_GAIN = 0.05
"""A twentieth of what the model learned beyond the columns by themselves: as small as studies of 20 replicates tell."""


@dataclass(frozen=True)
class Tolerance:
    """Damage that is still accepted.

    Attributes:
        size: of the damage, in the scale's unit; above 0.
        scale: what it is measured in.
        runs: largest share of runs that may be damaged more; None where the mean over runs must stay within.
    """

    size: float
    scale: Scale = "relative"
    runs: float | None = None

    def check(self, endpoint: Endpoint) -> Self:
        """Return the tolerance if it has a meaning for an endpoint.

        Raises:
            BadInput: it is not above zero, or a share of a value whose zero is arbitrary.
        """
        if not self.size > 0:
            raise BadInput(f"tolerance {self.size}: it must be above zero; 0.05 accepts a degradation of 5 %")
        if self.runs is not None and not 0 < self.runs < 1:
            raise BadInput(f"'runs' is {self.runs}; give a share of runs between 0 and 1, such as 0.1")
        if (reason := why_not(self.scale, endpoint)) is not None:
            raise BadInput(f"endpoint '{endpoint.metric}' {reason}")
        return self

    def text(self, endpoint: Endpoint, *, gain: str = "the gain") -> str:
        """Say how much damage is accepted, such as "5 %", "0.3 nats a row", or "5 % of" what ``gain`` is called."""
        match self.scale:
            case "relative":
                return f"{100 * self.size:g} %"
            case "absolute":
                return f"{self.size:g} {endpoint.unit}".strip()
            case "gain":
                return f"{100 * self.size:g} % of {gain}"

    def sentence(self, endpoint: Endpoint) -> str:
        """Say the same where the gain has not been explained."""
        return self.text(endpoint, gain="what the model gains over independent columns or words")


class EndpointSettings(Settings):
    """The tolerance of a verdict in a study file: a share of the control's value, an amount, or a share of the gain."""

    tolerance: float | None = Field(None, gt=0, lt=10, description="a share of the control's value")
    absolute: float | None = Field(None, gt=0, description="an amount, in the unit of the endpoint")
    gain: float | None = Field(
        None, gt=0, lt=10, description="for 'loss': a share of what the model gains over independent columns or words"
    )
    runs: float | None = Field(
        None, gt=0, lt=1, description="share of runs that may fall by more; default: the mean over runs may not"
    )
    primary: bool = Field(False, description="the endpoint that bounds read; default: the first")

    @model_validator(mode="after")
    def _one_scale(self) -> Self:
        given = [name for name in ("tolerance", "absolute", "gain") if getattr(self, name) is not None]
        if len(given) > 1:
            raise ValueError(f"'{given[0]}' and '{given[1]}' are two tolerances; keep one")
        return self

    def read(self, endpoint: Endpoint) -> Tolerance:
        """Return the tolerance of an endpoint.

        Raises:
            ValueError: none is stated and the endpoint has no default, or it has no meaning for the endpoint.
        """
        if self.tolerance is not None:
            found = Tolerance(self.tolerance, "relative", self.runs)
        elif self.absolute is not None:
            found = Tolerance(self.absolute, "absolute", self.runs)
        elif self.gain is not None or endpoint.metric == LOSS:
            found = Tolerance(DEFAULT_GAIN if self.gain is None else self.gain, "gain", self.runs)
        elif endpoint.has_zero:
            raise ValueError(f"endpoint '{endpoint.metric}' states no tolerance; add one, such as 'tolerance: 0.05'")
        else:
            raise ValueError(f"endpoint '{endpoint.metric}' states no tolerance; add one, such as 'absolute: 0.05'")
        if (reason := why_not(found.scale, endpoint)) is not None:
            raise ValueError(f"endpoint '{endpoint.metric}' {reason}")
        return found


def why_not(scale: Scale, endpoint: Endpoint) -> str | None:
    """Return why a scale has no meaning for an endpoint, with the remedy; None where it has one."""
    if scale == "gain" and endpoint.metric != LOSS:
        return (
            "has no gain over independent columns, which is defined for 'loss' alone; state "
            f"'{'tolerance' if endpoint.has_zero else 'absolute'}' instead"
        )
    if scale == "relative" and not endpoint.has_zero:
        remedy = "'gain: 0.05' (a share of what the model gains over independent columns or words) or " * (
            endpoint.metric == LOSS
        )
        if not endpoint.unit:
            return (
                "has no true zero, so a share of it has no meaning; state 'absolute: …' in its own unit, or if its "
                "zero is a true one, as of an accuracy, declare it in 'metrics' of the learner: "
                f"'{{better: {endpoint.direction}, zero: true}}'"
            )
        return (
            f"has no true zero, so a share of it has no meaning: it would change with the unit of a column; "
            f"state {remedy}'absolute: …' (in {endpoint.unit})"
        )
    return None
