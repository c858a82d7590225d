"""A ladder: one policy at several synthetic shares; each is a rung, and a verdict compares the rungs."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Self

from pydantic import (
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    field_validator,
    model_serializer,
    model_validator,
)

from outcross.assets.study.candidates import candidates_between
from outcross.assets.study.policies import POLICIES
from outcross.assets.study.policies.contract import Policy
from outcross.resources.did_you_mean import did_you_mean
from outcross.resources.settings import Settings

LADDERS: dict[str, type[Policy]] = {name: policy for name, policy in POLICIES.items() if policy.rung_key is not None}
"""Name → policy, for the policies that can be a ladder."""


class LadderSettings(Settings):
    """A policy with the values of its rung key, such as ``shares`` or ``ratios``: arms that differ only in share.

    For a policy with another rung key, the values are an extra field, named by the plural of that key.

    Attributes:
        policy: mixing policy whose shares are tried.
        shares: synthetic shares of ``fixed`` and ``fresh``.
        ratios: synthetic rows for each real one, of ``augment``.
    """

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, tuple[float, ...]]

    policy: str
    shares: tuple[Annotated[float, Field(ge=0, le=1)], ...] = ()
    ratios: tuple[Annotated[float, Field(ge=0)], ...] = ()
    unequal_budget: str | None = Field(None, description="why arms may spend unequal rows, tokens or steps")
    refine: int = Field(0, ge=0, le=9, description="the most further rungs that are added where they decide")

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown_keys(cls, value: Any) -> Any:
        known = [*cls.model_fields, *(f"{policy.rung_key}s" for policy in LADDERS.values())]
        if isinstance(value, Mapping) and (unknown := [name for name in value if name not in known]):
            raise ValueError(
                f"'{unknown[0]}' is not a key of a ladder{did_you_mean(unknown[0], known)}; choose from "
                f"{', '.join(dict.fromkeys(known))}"
            )
        return value

    @field_validator("policy")
    @classmethod
    def _check_policy(cls, value: str) -> str:
        if value not in LADDERS:
            near = did_you_mean(value, LADDERS)
            raise ValueError(f"policy '{value}' cannot be a ladder{near}; choose from {', '.join(LADDERS)}")
        return value

    @model_validator(mode="after")
    def _check_rungs(self) -> Self:
        key = f"{LADDERS[self.policy].rung_key}s"
        given = {"shares": self.shares, "ratios": self.ratios, **(self.__pydantic_extra__ or {})}
        rungs = given.pop(key, ())
        if others := [name for name, values in given.items() if values]:
            raise ValueError(f"a ladder of '{self.policy}' takes '{key}', not '{others[0]}'")
        if not set(rungs) - {0} or list(rungs) != sorted(set(rungs)):
            raise ValueError(f"'{key}' is {list(rungs)}; list at least one value above 0, ascending")
        try:
            self.policies()
        except ValidationError as error:
            first = error.errors()[0]
            raise ValueError(f"'{key}': {first['msg']}, found {first['input']!r}; correct it") from None
        return self

    @model_serializer(mode="wrap")
    def _leave_out_no_refinement(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Write ``refine`` only where it says something, so that a verdict without it stays current."""
        written: dict[str, Any] = write(self)
        return {key: value for key, value in written.items() if key != "refine" or value}

    def policies(self) -> list[Policy]:
        """Return the policy of each rung, ascending in share; the first is share 0, real rows alone: the control."""
        return self._policies_at(self._rungs())

    def candidates(self) -> list[Policy]:
        """Return the policies of the rungs that may be added, ascending in share; none without ``refine``."""
        return self._policies_at(candidates_between(self._rungs(), self.refine))

    def _rungs(self) -> tuple[float, ...]:
        rungs: tuple[float, ...] = getattr(self, f"{LADDERS[self.policy].rung_key}s")
        return rungs if 0 in rungs else (0.0, *rungs)

    def _policies_at(self, rungs: Sequence[float]) -> list[Policy]:
        policy = LADDERS[self.policy]
        return [policy.model_validate({"policy": self.policy, policy.rung_key: rung}) for rung in rungs]
