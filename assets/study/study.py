"""A study: its data, generator, arms, generations, replicates, and the endpoints of its verdicts."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    Field,
    PrivateAttr,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from outcross.assets.metrics.contract import Metric, RowMetric
from outcross.assets.metrics.endpoint import Endpoint
from outcross.assets.metrics.plugins import told_installed
from outcross.assets.metrics.registry import ENDPOINTS, METRIC_OF, check_metric, own_metrics
from outcross.assets.study.affecting import affecting
from outcross.assets.study.arm import Arm
from outcross.assets.study.compared_arms import every_pair
from outcross.assets.study.costs import Costs
from outcross.assets.study.dealing import Dealing
from outcross.assets.study.health_bounds import Bound, Guards
from outcross.assets.study.ladder import LadderSettings
from outcross.assets.study.learners import AnyLearner
from outcross.assets.study.learners.contract import PREFIX, Learner
from outcross.assets.study.lineage import SHARED
from outcross.assets.study.named_paths import AnyPath
from outcross.assets.study.names import (
    ARM,
    LONGEST_ARM,
    check_added_arm,
    check_arm_name,
    check_study_name,
)
from outcross.assets.study.policies.contract import Policy
from outcross.assets.study.policies.fixed import Fixed
from outcross.assets.study.pool_draws import rows_drawn
from outcross.assets.study.real_alone import (
    REPEATED,
    RESAMPLED,
    RealAlone,
    alternative_arm,
    curve,
    repeats,
    resamples,
    states_label,
)
from outcross.assets.study.real_before import RealBefore
from outcross.assets.study.sizes import LONGEST_NAME, name_of_size, read_sizes
from outcross.assets.study.study_checks import check_study
from outcross.assets.study.tolerance import EndpointSettings
from outcross.resources.addressees import Owner, Webhook
from outcross.resources.did_you_mean import did_you_mean
from outcross.resources.generators import AnyGenerator
from outcross.resources.generators.contract import Generator
from outcross.resources.settings import Settings
from outcross.resources.sources import AnySource
from outcross.resources.sources.named_files import NamedFiles

_NAME = r"^[a-z0-9][a-z0-9_-]*$"


_Pair = Annotated[
    tuple[str, str],
    # Dagster writes an example of a component from its schema, and reads 'items' of every list.
    WithJsonSchema({"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 2}),
]
"""Two arms that are compared."""


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


class Study(Settings):
    """The settings of a study file. ``generations`` counts models, including the one fitted to real rows alone.

    Attributes:
        study: its name, and of its folder in the store.
        description: a line for people; it affects no result.
        seed: of every random stream, together with names and numbers.
        source: of the real rows.
        generator: that is fitted to each generation and sampled.
        generations: models of a lineage, the one fitted to real rows alone included.
        replicates: independent repeats of every arm.
        arms: name → mixing policy, with a curation and changed settings of the generator if it has any.
        ladders: name → a policy at several shares or ratios; there is a verdict for each.
        endpoints: name → the damage that is accepted; the first one, or the one that is ``primary``, bounds a corpus.
        guards: vital → its bound, in place of the default.
        owners: of the assets, in Dagster's notation.
    """

    study: Annotated[str, AfterValidator(check_study_name)] = Field(pattern=_NAME, max_length=LONGEST_NAME)
    description: str = ""
    seed: int = Field(0, ge=0)
    source: AnySource
    holdout: float = Field(0.2, ge=0, lt=1, description="share of the real rows that no generation sees")
    entity: str | None = Field(None, description="column whose rows of one value stay on one side of the split")
    time: str | None = Field(None, description="column by which the latest rows are held out")
    real_before: RealBefore | None = Field(
        None,
        description="date before which collected rows are taken for real; the synthetic share of younger ones is "
        "estimated",
    )
    tests: dict[Annotated[str, Field(pattern=_NAME, max_length=60)], NamedFiles] = Field(
        default_factory=dict, description="real files that nothing learns from, each a reference beside the holdout"
    )
    generator: AnyGenerator
    learner: AnyLearner | None = Field(None, description="what is trained on each dataset and judged on the holdout")
    generations: int = Field(ge=2, le=1000)
    replicates: int = Field(ge=1, le=100_000)
    rows: int | None = Field(
        None,
        ge=2,
        description="rows of a generation; a list is a ladder of rows; default: all real rows of a replicate",
    )
    smaller_rows: tuple[Annotated[int, Field(ge=2)], ...] = Field(
        (), description="the other sizes of a ladder of rows, as a list in 'rows' gives them"
    )
    real_rows: Dealing = Field("shared", description="whether replicates share the anchor or each have their own rows")
    metrics: tuple[Annotated[str, AfterValidator(check_metric)], ...] | None = Field(
        None, description="the metrics to measure, 'default' for all but the expensive ones; default: those"
    )
    arms: dict[Annotated[str, Field(pattern=ARM, max_length=LONGEST_ARM), AfterValidator(check_arm_name)], Arm] = Field(
        default_factory=dict
    )
    ladders: dict[Annotated[str, Field(pattern=_NAME, max_length=60)], LadderSettings] = Field(default_factory=dict)
    endpoints: dict[str, EndpointSettings] = Field(default_factory=dict)
    compare: tuple[_Pair, ...] | None = Field(
        None, description="pairs of arms that are compared on the endpoints; default: every pair of 'arms'"
    )
    benefit: bool | None = Field(
        None,
        description="whether to ask if synthetic rows help, and what one is worth in real ones; default: where a "
        "learner is trained on rows of a pool",
    )
    costs: Costs | None = Field(None, description="what a real and a synthetic row cost, in one currency")
    guards: dict[str, Bound] = Field(default_factory=dict)
    webhook: Webhook | None = Field(None, description="where failed runs are posted")
    owners: tuple[Owner, ...] = ("team:data",)

    _known_paths: Mapping[str, AnyPath] = PrivateAttr(default_factory=dict)
    _generators: dict[str, Generator] = PrivateAttr(default_factory=dict)
    """Arm → its generator, for arms that override settings of the study's."""

    @model_validator(mode="before")
    @classmethod
    def _read_sizes(cls, value: Any) -> Any:
        return read_sizes(value)

    @field_validator("endpoints")
    @classmethod
    def _known_endpoints(cls, value: dict[str, EndpointSettings], info: ValidationInfo) -> dict[str, EndpointSettings]:
        learner = info.data.get("learner")
        known = ENDPOINTS | ({} if learner is None else {each.metric: each for each in learner.endpoints})
        for metric in own_metrics(info.data.get("metrics")):
            known = known | {each.metric: each for each in metric.endpoints}
        for name, settings in value.items():
            if name not in known:
                if name.startswith(PREFIX) and learner is None:
                    raise ValueError(f"'{name}' is an endpoint of a learner, and none is stated; add 'learner'")
                near = did_you_mean(name, known)
                raise ValueError(f"'{name}' is not an endpoint{near}; choose from {', '.join(known)}{told_installed()}")
            settings.read(known[name])
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
        check_study(self)
        return self

    @property
    def time_column(self) -> str | None:
        """The column of the time at which each row was collected; None where none is named."""
        return self.time if self.real_before is None else self.real_before.column or self.time

    @property
    def primary_endpoint(self) -> str | None:
        """The endpoint whose limit bounds a share: the one that says ``primary``, else the first."""
        return next((name for name, each in self.endpoints.items() if each.primary), next(iter(self.endpoints), None))

    @property
    def measured_endpoints(self) -> list[str]:
        """The endpoints that a metric measures: all but those of the learner."""
        learned = {} if self.learner is None else {each.metric for each in self.learner.endpoints}
        return [name for name in self.endpoints if name not in learned]

    @cached_property
    def own_metrics(self) -> tuple[RowMetric, ...]:
        """The metrics of other packages that ``metrics`` names."""
        return own_metrics(self.metrics)

    def metric_of(self, endpoint: str) -> Metric:
        """Return the metric that measures an endpoint; raises ``KeyError`` for one that none measures."""
        own = {each.metric: metric for metric in self.own_metrics for each in metric.endpoints}
        return (METRIC_OF | own)[endpoint]

    def endpoint_of(self, name: str) -> Endpoint:
        """Return what is known of an endpoint of a metric or of the learner; raises ``KeyError`` for any other."""
        return (self.own_endpoints | ENDPOINTS)[name]

    @property
    def own_endpoints(self) -> dict[str, Endpoint]:
        """Name → endpoint of the study's learner, and of metrics of other packages; empty where it has neither."""
        learned = () if self.learner is None else self.learner.endpoints
        return {each.metric: each for each in (*learned, *(x for own in self.own_metrics for x in own.endpoints))}

    @cached_property
    def all_arms(self) -> dict[str, Arm]:
        """The arms that the file names, those that only a ladder needs, then those that a ladder may add."""
        arms = dict(self.arms)
        ladders = self.ladders.values()
        needed = [policy for ladder in ladders for policy in (*ladder.policies(), *self._alone(ladder))]
        possible = [policy for ladder in ladders for policy in ladder.candidates()]
        self._add_arms(arms, needed)
        for name in self._learner_alternatives:
            check_added_arm(alternative_arm(name), arms)
            arms[alternative_arm(name)] = Arm(mixing=Fixed(policy="fixed", share=0), alternative=name)
        self._add_arms(arms, possible)
        return arms

    def _add_arms(self, arms: dict[str, Arm], policies: list[Policy]) -> None:
        """Add an arm for each policy that no arm has."""
        for policy in policies:
            if self._arm_with(arms, policy) is None:
                check_added_arm(name := _arm_name(policy), arms)
                arms[name] = Arm(mixing=policy)

    @cached_property
    def rungs(self) -> dict[str, tuple[Rung, ...]]:
        """Ladder → its rungs; a rung is the arm that makes the same datasets (``replace`` for ``fixed(1)``)."""
        return {name: self._rungs_of(ladder.policies()) for name, ladder in self.ladders.items()}

    @cached_property
    def candidates(self) -> dict[str, tuple[Rung, ...]]:
        """Ladder → the rungs that it may add, ascending in share."""
        return {name: self._rungs_of(ladder.candidates()) for name, ladder in self.ladders.items()}

    @cached_property
    def required_lineages(self) -> tuple[str, ...]:
        """Names of the lineages that a verdict waits for: all but those that a ladder may add."""
        alone = [arm for each in self.real_alone.values() for arm in each.arms]
        needed = {rung.arm for rungs in self.rungs.values() for rung in rungs} | set(self.arms) | set(alone)
        return tuple(name for name, lineage in self.lineages.items() if lineage.arm in needed)

    @property
    def most_added(self) -> int:
        """The most rungs that its ladders add."""
        return sum(min(ladder.refine, len(self.candidates[name])) for name, ladder in self.ladders.items())

    @property
    def compared_arms(self) -> tuple[tuple[str, str], ...]:
        """The pairs that ``compare`` names; without it, every pair of the arms that the file names."""
        return every_pair(self.arms) if self.compare is None else self.compare

    @property
    def asks_benefit(self) -> bool:
        """Whether the study asks if synthetic rows help: by default, where a learner is trained on rows of a pool."""
        pool = self.learner is not None and not self.generator.needs_fit
        return pool and bool(self.ladders) if self.benefit is None else self.benefit

    @cached_property
    def real_alone(self) -> dict[str, RealAlone]:
        """Ladder → the arms of real rows alone that it is compared with; empty without ``benefit``."""
        if not self.asks_benefit:
            return {}
        return {
            name: RealAlone(
                alternatives=({REPEATED: again} if (again := self._arms_with(repeats(ladder))) else {})
                | ({RESAMPLED: self._arms_with(resamples(ladder))} if self._resamples else {})
                | {each: (alternative_arm(each),) * len(self.rungs[name][1:]) for each in self._learner_alternatives},
                curve=self._arms_with(curve()),
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

    @property
    def sizes(self) -> "tuple[Study, ...]":
        """The study at each number of rows, ascending; the last is the study itself."""
        return (*(self.at_rows(rows) for rows in self.smaller_rows), self)

    def at_rows(self, rows: int) -> "Study":
        """Return the study at another number of rows, which the store keeps as a study of its own."""
        return self.model_copy(update={"study": name_of_size(self.study, rows), "rows": rows, "smaller_rows": ()})

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

    def learner_of(self, lineage: str) -> Learner | None:
        """Return what is trained on the datasets of a lineage; None where the study names no learner."""
        alternative = None if lineage == SHARED else self.all_arms[self.lineages[lineage].arm].alternative
        if self.learner is None or alternative is None:
            return self.learner
        return self.learner.alternatives()[alternative]

    @property
    def _learner_alternatives(self) -> list[str]:
        """Names of what the learner can do otherwise with real rows alone, where the study asks for the benefit."""
        return list(self.learner.alternatives()) if self.learner is not None and self.asks_benefit else []

    @property
    def _resamples(self) -> bool:
        """Whether real rows with a mix's shares of the labels are an alternative: where the study knows of labels."""
        if self.learner is None or not self.asks_benefit:
            return False
        return self.learner.resamples(has_label=states_label(self.source))

    def fingerprint(self, lineage: str, *, judged: bool = False) -> str:
        """Hash every setting that affects a lineage's artefacts, so that no run mixes two versions of a study.

        The number of generations, the other arms and the endpoints are left out, so that a study can be extended. So
        is the learner, unless ``judged`` asks for the hash of what it has a part in.
        """
        settings = self.affecting(lineage, judged=judged)
        return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:16]

    def affecting(self, lineage: str, *, judged: bool = False) -> dict[str, Any]:
        """Return every setting that affects a lineage's artefacts, as JSON: what :meth:`fingerprint` hashes."""
        return affecting(self, lineage, judged=judged)

    @property
    def known_paths(self) -> Mapping[str, AnyPath]:
        """Key → the path by which settings are compared, of keys that name files and state another path."""
        return self._known_paths

    def known_by(self, paths: Mapping[str, AnyPath]) -> "Study":
        """Return the study whose settings are compared as if these keys, such as ``source.path``, had these paths."""
        known = self.model_copy()
        known._known_paths = dict(paths)
        return known

    def _alone(self, ladder: LadderSettings) -> list[Policy]:
        """Return the policies of the arms of real rows alone that a ladder is compared with."""
        if not self.asks_benefit:
            return []
        return [*repeats(ladder), *(resamples(ladder) if self._resamples else []), *curve()]

    def _arms_with(self, policies: list[Policy]) -> tuple[str, ...]:
        return tuple(self._arm_with(self.all_arms, policy) or "" for policy in policies)

    def _rungs_of(self, policies: list[Policy]) -> tuple[Rung, ...]:
        return tuple(
            Rung(share=policy.share(1), arm=self._arm_with(self.all_arms, policy) or "") for policy in policies
        )

    @staticmethod
    def _arm_with(arms: dict[str, Arm], policy: Policy) -> str | None:
        for name, arm in arms.items():
            plain = arm.curation is None and not arm.generator and arm.alternative is None
            if plain and arm.mixing.canonical() == policy.canonical():
                return name
        return None


def _arm_name(policy: Policy) -> str:
    canonical = policy.canonical()
    settings = canonical.model_dump(by_alias=True)
    kind = settings.pop("policy")
    return "-".join([kind, *(f"{value:g}" for value in settings.values())])
