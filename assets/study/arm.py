"""An arm: one mixing policy under study, with its curation and any settings that override the study's."""

from typing import Any

from pydantic import Field, TypeAdapter, ValidationError, model_validator

from outcross.assets.study.curations import AnyCuration
from outcross.assets.study.policies import AnyPolicy
from outcross.resources.did_you_mean import did_you_mean
from outcross.resources.generators import AnyGenerator
from outcross.resources.generators.contract import Generator
from outcross.resources.settings import Settings

_ANY_GENERATOR: TypeAdapter[Generator] = TypeAdapter(AnyGenerator)


class Arm(Settings):
    """One mixing policy under study, with the curation of its synthetic rows.

    Attributes:
        mixing: the policy.
        curation: how synthetic rows are selected; None keeps all.
        generator: settings that override the study's generator from generation 1 on, such as those of sampling.
        alternative: which of the learner's alternatives is trained, in arms that a study adds; the learner itself by
            default. It changes no other thing, so that dumps leave it out.
        lineages: lineages that the replicates are split over; an expensive arm can so be made in several runs.
    """

    mixing: AnyPolicy
    curation: AnyCuration | None = None
    generator: dict[str, Any] = Field(default_factory=dict)
    lineages: int = Field(default=1, ge=1)
    alternative: str | None = Field(default=None, exclude=True)

    @model_validator(mode="before")
    @classmethod
    def _flat(cls, value: Any) -> Any:
        """Accept the policy and its settings at the level of the arm's own keys, as a study file has them."""
        if not isinstance(value, dict) or "mixing" in value:
            return value
        own = {key: value[key] for key in ("curation", "generator", "lineages") if key in value}
        return {"mixing": {key: setting for key, setting in value.items() if key not in own}, **own}

    def own_generator(self, name: str, generator: Generator, context: Any) -> Generator:
        """Return the study's generator with this arm's settings applied.

        Args:
            name: the arm's name, for messages.
            generator: the study's generator.
            context: validation context; it holds the folder that relative paths are resolved against.

        Raises:
            ValueError: a setting does not exist, or changes the budget or the starting weights of a fit.
        """
        kind, key = self.generator.get("kind", generator.kind), f"arm '{name}': 'generator"
        if kind != generator.kind:
            raise ValueError(
                f"{key}' changes the kind from '{generator.kind}' to '{kind}', but all arms share the models of "
                "generation 0; remove 'kind', or write another study"
            )
        try:
            changed = _ANY_GENERATOR.validate_python({**generator.model_dump(), **self.generator}, context=context)
        except ValidationError as error:
            first = error.errors()[0]
            near = did_you_mean(str(first["loc"][-1]), type(generator).model_fields)
            wrong = f"no such setting{near}" if first["type"] == "extra_forbidden" else first["msg"]
            raise ValueError(f"{key}.{'.'.join(map(str, first['loc'][1:])) or 'kind'}': {wrong}") from None
        if (changed.optimiser_steps, changed.starts_from) != (generator.optimiser_steps, generator.starts_from):
            raise ValueError(
                f"{key}' changes the steps or the starting weights of a fit, so arms would have unequal budgets; "
                "set these in the study's generator"
            )
        return changed
