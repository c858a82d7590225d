"""An arm: one mixing policy under study, and what else its lineages do otherwise than those of other arms."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from outcross.assets.study.curations import AnyCuration
from outcross.assets.study.policies import AnyPolicy
from outcross.resources.generators import AnyGenerator
from outcross.resources.generators.contract import Generator

_ANY_GENERATOR: TypeAdapter[Generator] = TypeAdapter(AnyGenerator)


class Arm(BaseModel):
    """One mixing policy under study, with the curation of its synthetic rows.

    ``generator`` holds settings of the study's generator that this arm has otherwise from generation 1 on, such as
    those of sampling; ``lineages`` splits its replicates over that many lineages, for arms heavy enough to want several
    runs.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    mixing: AnyPolicy
    curation: AnyCuration | None = None
    generator: dict[str, Any] = Field(default_factory=dict)
    lineages: int = Field(default=1, ge=1)

    @model_validator(mode="before")
    @classmethod
    def _flat(cls, value: Any) -> Any:
        """Let a file write the policy and its settings beside the arm's own keys."""
        if not isinstance(value, dict) or "mixing" in value:
            return value
        own = {key: value[key] for key in ("curation", "generator", "lineages") if key in value}
        return {"mixing": {key: setting for key, setting in value.items() if key not in own}, **own}

    def own_generator(self, name: str, generator: Generator, context: Any) -> Generator:
        """Return a study's generator with this arm's own settings.

        Args:
            name: of the arm, for messages.
            generator: the study's.
            context: of the validation, which says where relative paths start.

        Raises:
            ValueError: they are no settings of it, or change what a fit spends or starts from.
        """
        kind, told = self.generator.get("kind", generator.kind), f"arm '{name}': 'generator"
        if kind != generator.kind:
            raise ValueError(
                f"{told}' changes the kind from '{generator.kind}' to '{kind}', but all arms share the models of "
                "generation 0; leave 'kind' out, or write a study of its own"
            )
        try:
            changed = _ANY_GENERATOR.validate_python({**generator.model_dump(), **self.generator}, context=context)
        except ValidationError as error:
            first = error.errors()[0]
            wrong = "no such setting" if first["type"] == "extra_forbidden" else first["msg"]
            raise ValueError(f"{told}.{'.'.join(map(str, first['loc'][1:])) or 'kind'}': {wrong}") from None
        if (changed.optimiser_steps, changed.starts_from) != (generator.optimiser_steps, generator.starts_from):
            raise ValueError(
                f"{told}' changes how many steps a fit takes or what it starts from, so that arms would differ in "
                "their budget; leave that to the study's generator"
            )
        return changed
