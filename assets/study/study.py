"""A study: what is swept, over how many generations and replicates, and what its verdict is about."""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationInfo,
    field_validator,
    model_validator,
)

from outcross.assets.metrics.registry import ENDPOINTS, METRIC_OF, METRICS, check_metric
from outcross.assets.study.arm import Arm
from outcross.assets.study.dealing import Dealing
from outcross.assets.study.health_bounds import Bound, Guards
from outcross.assets.study.ladder import LadderSettings
from outcross.assets.study.lineage import SHARED
from outcross.assets.study.policies.contract import Policy
from outcross.resources.generators import AnyGenerator
from outcross.resources.generators.contract import Generator
from outcross.resources.sources import AnySource

_NAME = r"^[a-z0-9][a-z0-9_-]*$"
_ARM = r"^[a-z0-9][a-z0-9_.-]*$"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class EndpointSettings(_Strict):
    """What a verdict tolerates: δ, the relative degradation against generation 0."""

    tolerance: float = Field(gt=0, lt=10)


@dataclass(frozen=True, kw_only=True)
class Lineage:
    """An arm with (some of) its replicates: the unit of a run and of a backfill, and a partition in the graph."""

    name: str
    arm: str
    mixing: Policy
    curation: Any
    generator: Generator
    replicates: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Rung:
    """One step of a dose ladder."""

    share: float
    arm: str


class Study(_Strict):
    """A study as its file states it. ``generations`` counts models, the one fitted on real data alone included."""

    study: str = Field(pattern=_NAME, max_length=60)
    description: str = ""
    seed: int = Field(0, ge=0)
    source: AnySource
    holdout: float = Field(0.2, ge=0, lt=1, description="share of the real rows that no generation sees")
    generator: AnyGenerator
    generations: int = Field(ge=2, le=1000)
    replicates: int = Field(ge=1, le=100_000)
    rows: int | None = Field(None, ge=2, description="rows of a generation; all real rows of a replicate by default")
    real_rows: Dealing = Field("shared", description="whether replicates share the anchor or have rows of their own")
    metrics: tuple[Annotated[str, AfterValidator(check_metric)], ...] | None = Field(
        None, description="what to measure; all but the most expensive if unset"
    )
    arms: dict[Annotated[str, Field(pattern=_ARM, max_length=60)], Arm] = Field(default_factory=dict)
    ladders: dict[Annotated[str, Field(pattern=_NAME)], LadderSettings] = Field(default_factory=dict)
    endpoints: dict[str, EndpointSettings] = Field(default_factory=dict)
    guards: dict[str, Bound] = Field(default_factory=dict)
    owners: tuple[str, ...] = ("team:data",)

    _generators: dict[str, Generator] = PrivateAttr(default_factory=dict)
    """Arm → the generator with the arm's own settings, where it has some."""

    @field_validator("endpoints")
    @classmethod
    def _known_endpoints(cls, value: dict[str, EndpointSettings]) -> dict[str, EndpointSettings]:
        for name in value:
            if name not in ENDPOINTS:
                raise ValueError(f"'{name}' is no endpoint; choose from {', '.join(ENDPOINTS)}")
        return value

    @field_validator("guards")
    @classmethod
    def _known_guards(cls, value: dict[str, Bound]) -> dict[str, Bound]:
        Guards.check_names(value)
        return value

    @model_validator(mode="after")
    def _build_generators(self, info: ValidationInfo) -> Self:
        for name, arm in self.arms.items():
            if arm.generator:
                self._generators[name] = arm.own_generator(name, self.generator, info.context)
        return self

    @model_validator(mode="after")
    def _check_study(self) -> Self:
        if SHARED in self.arms:
            raise ValueError(f"arm '{SHARED}' is the name of what all arms share; choose another")
        if not self.arms and not self.ladders:
            raise ValueError("names neither 'arms' nor 'ladders', so there is nothing to sweep")
        self._check_metrics()
        if self.ladders and not self.endpoints:
            raise ValueError("has 'ladders' but no 'endpoints': name at least one, such as 'loss: {tolerance: 0.05}'")
        for name, arm in self.all_arms.items():
            if arm.lineages > self.replicates:
                raise ValueError(
                    f"arm '{name}' wants {arm.lineages} lineages, but there are {self.replicates} replicates"
                )
        return self

    def _check_metrics(self) -> None:
        for name in self.endpoints:
            metric = METRIC_OF[name]
            if self.metrics is not None and metric.name not in self.metrics:
                raise ValueError(
                    f"endpoint '{name}' is measured with '{metric.name}', which 'metrics' leaves out; add it there, or "
                    "drop the endpoint"
                )
            if self.metrics is None and metric.modalities <= metric.opt_in:
                raise ValueError(
                    f"endpoint '{name}' is too expensive to be measured by default: name '{metric.name}' under "
                    "'metrics', along with the other metrics that are wanted"
                )
        without = sorted(metric.name for metric in METRICS if not metric.needs_holdout)
        beyond = sorted(set(self.metrics or ["loss"]) - set(without))
        if self.holdout == 0 and beyond:
            raise ValueError(
                f"'holdout: 0' leaves no rows to measure {', '.join(beyond)} on; hold some out, or set 'metrics: "
                f"[{', '.join(without)}]'"
            )

    @cached_property
    def all_arms(self) -> dict[str, Arm]:
        """The named arms, then those that only a ladder needs."""
        arms = dict(self.arms)
        for ladder in self.ladders.values():
            for policy in ladder.policies():
                if self._arm_with(arms, policy) is None:
                    arms[_arm_name(policy)] = Arm(mixing=policy)
        return arms

    @cached_property
    def rungs(self) -> dict[str, tuple[Rung, ...]]:
        """Ladder → its rungs. A rung that makes the same datasets as an arm (``fixed(1)``, ``replace``) is that arm."""
        return {
            name: tuple(
                Rung(share=policy.share(1), arm=self._arm_with(self.all_arms, policy) or "")
                for policy in ladder.policies()
            )
            for name, ladder in self.ladders.items()
        }

    @cached_property
    def lineages(self) -> dict[str, Lineage]:
        """Name → lineage; an arm that is not split has one, of its own name."""
        lineages = {}
        for name, arm in self.all_arms.items():
            for index in range(arm.lineages):
                lineage = name if arm.lineages == 1 else f"{name}.{index}"
                replicates = tuple(r for r in range(self.replicates) if r * arm.lineages // self.replicates == index)
                lineages[lineage] = Lineage(
                    name=lineage,
                    arm=name,
                    mixing=arm.mixing,
                    curation=arm.curation,
                    generator=self._generators.get(name, self.generator),
                    replicates=replicates,
                )
        return lineages

    def synthetic_rows(self, lineage: str, rows: int) -> int:
        """Rows that a generation of a lineage synthesises; generation 0 makes as many as the neediest arm wants."""
        if lineage == SHARED:
            return max(arm.mixing.synthetic_rows(rows) for arm in self.all_arms.values())
        return self.lineages[lineage].mixing.synthetic_rows(rows)

    def generator_of(self, lineage: str) -> Generator:
        """The generator's settings in a lineage; in generation 0, which all share, the study's own."""
        return self.generator if lineage == SHARED else self.lineages[lineage].generator

    def fingerprint(self, lineage: str) -> str:
        """Hash of every setting that shapes a lineage's artefacts, so that no run mixes two versions of a study.

        How many generations there are, the other arms and the endpoints are left out: a study may grow.
        """
        keys = {"study", "seed", "source", "holdout", "generator", "replicates", "rows", "real_rows", "metrics"}
        settings = self.model_dump(mode="json", include=keys, by_alias=True)
        generator = self.generator_of(lineage)
        settings["generator"] = generator.model_dump(mode="json", by_alias=True)
        settings["generator_version"] = generator.release
        if lineage == SHARED:
            settings["synthetic_rows"] = max(arm.mixing.synthetic_rows(1_000) for arm in self.all_arms.values())
        else:
            made = self.lineages[lineage]
            settings["arm"] = self.all_arms[made.arm].model_dump(mode="json", by_alias=True, exclude={"generator"})
            settings["lineage"] = lineage
        return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:16]

    @staticmethod
    def _arm_with(arms: dict[str, Arm], policy: Policy) -> str | None:
        for name, arm in arms.items():
            if arm.mixing.canonical() == policy.canonical() and arm.curation is None and not arm.generator:
                return name
        return None


def _arm_name(policy: Policy) -> str:
    canonical = policy.canonical()
    settings = canonical.model_dump(by_alias=True)
    kind = settings.pop("policy")
    return "-".join([kind, *(f"{value:g}" for value in settings.values())])
