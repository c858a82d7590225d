"""A study: its data, generator, arms, generations, replicates, and the endpoints of its verdicts."""

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
from outcross.assets.study.endpoint_refusals import REFUSALS_BY_FILE
from outcross.assets.study.health_bounds import Bound, Guards
from outcross.assets.study.ladder import LadderSettings
from outcross.assets.study.lineage import SHARED
from outcross.assets.study.policies.contract import Policy
from outcross.assets.study.pool_draws import check_pool, rows_drawn
from outcross.assets.study.tolerance import EndpointSettings
from outcross.resources.generators import AnyGenerator
from outcross.resources.generators.contract import Generator
from outcross.resources.sources import AnySource
from outcross.resources.sources.named_files import NamedFiles

TAKEN = ("holdout", "population", "previous")
"""References of evaluations that are no named test set."""
_NAME = r"^[a-z0-9][a-z0-9_-]*$"
_ARM = r"^[a-z0-9][a-z0-9_.-]*$"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, kw_only=True)
class Lineage:
    """An arm with some or all of its replicates: the unit of a run and of a backfill, and a partition in the graph."""

    name: str
    arm: str
    mixing: Policy
    curation: Any
    generator: Generator
    replicates: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Rung:
    """One arm of a ladder and its synthetic share."""

    share: float
    arm: str


class Study(_Strict):
    """The settings of a study file. ``generations`` counts models, including the one fitted to real rows alone."""

    study: str = Field(pattern=_NAME, max_length=60)
    description: str = ""
    seed: int = Field(0, ge=0)
    source: AnySource
    holdout: float = Field(0.2, ge=0, lt=1, description="share of the real rows that no generation sees")
    entity: str | None = Field(None, description="column whose rows of one value stay on one side of the split")
    time: str | None = Field(None, description="column by which the latest rows are held out")
    tests: dict[Annotated[str, Field(pattern=_NAME, max_length=60)], NamedFiles] = Field(
        default_factory=dict, description="real files that nothing learns from, each a reference beside the holdout"
    )
    generator: AnyGenerator
    generations: int = Field(ge=2, le=1000)
    replicates: int = Field(ge=1, le=100_000)
    rows: int | None = Field(None, ge=2, description="rows of a generation; default: all real rows of a replicate")
    real_rows: Dealing = Field("shared", description="whether replicates share the anchor or each have their own rows")
    metrics: tuple[Annotated[str, AfterValidator(check_metric)], ...] | None = Field(
        None, description="the metrics to measure; default: all but the expensive ones"
    )
    arms: dict[Annotated[str, Field(pattern=_ARM, max_length=60)], Arm] = Field(default_factory=dict)
    ladders: dict[Annotated[str, Field(pattern=_NAME)], LadderSettings] = Field(default_factory=dict)
    endpoints: dict[str, EndpointSettings] = Field(default_factory=dict)
    guards: dict[str, Bound] = Field(default_factory=dict)
    webhook: str | None = Field(None, pattern=r"^https?://[^\s/]", description="where failed runs are posted")
    owners: tuple[str, ...] = ("team:data",)

    _generators: dict[str, Generator] = PrivateAttr(default_factory=dict)
    """Arm → its generator, for arms that override settings of the study's."""

    @field_validator("endpoints")
    @classmethod
    def _known_endpoints(cls, value: dict[str, EndpointSettings]) -> dict[str, EndpointSettings]:
        for name, settings in value.items():
            if name not in ENDPOINTS:
                raise ValueError(f"'{name}' is not an endpoint; choose from {', '.join(ENDPOINTS)}")
            settings.read(ENDPOINTS[name])
        if len(primary := [name for name, each in value.items() if each.primary]) > 1:
            raise ValueError(f"'{primary[0]}' and '{primary[1]}' are both 'primary'; keep one")
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
        if self.entity is not None and self.time is not None:
            raise ValueError(
                "'entity' and 'time' cannot both split the rows, since an entity may have rows early and late; "
                "remove one"
            )
        if SHARED in self.arms:
            raise ValueError(f"an arm is named '{SHARED}', the name of the lineage that all arms share; rename the arm")
        if not self.arms and not self.ladders:
            raise ValueError("there are neither 'arms' nor 'ladders', so there is nothing to sweep; add one")
        self._check_metrics()
        if self.ladders and not self.endpoints:
            raise ValueError("there are 'ladders' but no 'endpoints'; name at least one, such as 'loss: {gain: 0.05}'")
        if taken := [name for name in self.tests if name in TAKEN]:
            raise ValueError(f"a test set is named '{taken[0]}', which is a reference of its own; rename the set")
        check_pool(self.generator, self.all_arms)
        for name, arm in self.all_arms.items():
            if arm.lineages > self.replicates:
                raise ValueError(
                    f"arm '{name}' has {arm.lineages} 'lineages', but the study has {self.replicates} 'replicates'; "
                    "lower the one or raise the other"
                )
        return self

    def _check_metrics(self) -> None:
        for name in self.endpoints:
            for find_reason in REFUSALS_BY_FILE.values():
                if (reason := find_reason(METRIC_OF[name], self.metrics)) is not None:
                    raise ValueError(f"endpoint '{name}' {reason}")
        without = sorted(metric.name for metric in METRICS if not metric.needs_holdout)
        beyond = sorted(set(self.metrics or ["loss"]) - set(without))
        if self.holdout == 0 and beyond:
            raise ValueError(
                f"'holdout: 0' leaves no rows to measure {', '.join(beyond)} on; raise 'holdout', or set 'metrics: "
                f"[{', '.join(without)}]'"
            )

    @property
    def primary_endpoint(self) -> str | None:
        """The endpoint whose limit bounds a share: the one that says ``primary``, else the first."""
        return next((name for name, each in self.endpoints.items() if each.primary), next(iter(self.endpoints), None))

    @cached_property
    def all_arms(self) -> dict[str, Arm]:
        """The arms that the file names, then those that only a ladder needs."""
        arms = dict(self.arms)
        for ladder in self.ladders.values():
            for policy in ladder.policies():
                if self._arm_with(arms, policy) is None:
                    arms[_arm_name(policy)] = Arm(mixing=policy)
        return arms

    @cached_property
    def rungs(self) -> dict[str, tuple[Rung, ...]]:
        """Ladder → its rungs; a rung is the arm that makes the same datasets (``replace`` for ``fixed(1)``)."""
        return {
            name: tuple(
                Rung(share=policy.share(1), arm=self._arm_with(self.all_arms, policy) or "")
                for policy in ladder.policies()
            )
            for name, ladder in self.ladders.items()
        }

    @cached_property
    def lineages(self) -> dict[str, Lineage]:
        """Name → lineage; an arm that is not split has one lineage of the same name."""
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
        """Return the rows that a generation of a lineage synthesises; in generation 0, the most that any arm needs."""
        if not self.generator.needs_fit:
            return rows_drawn([arm.mixing for arm in self.all_arms.values()], rows)
        if lineage == SHARED:
            return max(arm.mixing.synthetic_rows(rows) for arm in self.all_arms.values())
        return self.lineages[lineage].mixing.synthetic_rows(rows)

    def generator_of(self, lineage: str) -> Generator:
        """Return the generator of a lineage; for generation 0, which all arms share, the study's own."""
        return self.generator if lineage == SHARED else self.lineages[lineage].generator

    def fingerprint(self, lineage: str) -> str:
        """Hash every setting that affects a lineage's artefacts, so that no run mixes two versions of a study.

        The number of generations, the other arms and the endpoints are left out, so that a study can be extended.
        """
        keys = {"study", "seed", "source", "holdout", "generator", "replicates", "rows", "real_rows", "metrics"}
        settings = self.model_dump(mode="json", include=keys, by_alias=True)
        generator = self.generator_of(lineage)
        settings |= {key: value for key, value in (("entity", self.entity), ("time", self.time)) if value is not None}
        if self.tests:
            settings["tests"] = self.model_dump(mode="json", include={"tests"})["tests"]
        settings["generator"] = generator.model_dump(mode="json", by_alias=True, exclude=set(generator.without_effect))
        settings["generator_version"] = generator.release
        if lineage == SHARED:
            settings["synthetic_rows"] = self.synthetic_rows(SHARED, 1_000)
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
