"""The generators a study can name by ``kind``."""

from functools import reduce
from operator import or_
from pkgutil import resolve_name
from typing import Annotated, Any, get_args

from pydantic import Field, PlainValidator, SerializeAsAny, TypeAdapter, ValidationInfo
from pydantic_core import PydanticCustomError, PydanticKnownError

from outcross.resources.errors import BadInput
from outcross.resources.generators.contract import Generator
from outcross.resources.generators.plugins import installed_kinds, load_plugin

BUILT_IN = (
    "closed_form.gaussian:Gaussian",
    "cvae.settings:CVAE",
    "diffusion.settings:Diffusion",
    "copula.settings:Copula",
    "autoregressive.settings:Autoregressive",
    "ngram.settings:NGram",
    "transformer.settings:Transformer",
    "closed_form.categorical:Categorical",
    "closed_form.uniform:Uniform",
    "closed_form.linear_regression:LinearRegression",
    "closed_form.linear_classifier:LinearClassifier",
    "external.settings:External",
    "pool.settings:Pool",
)
"""Settings classes of the built-in generators, one line a kind, in the form of a plug-in's entry point."""


def _kind(settings: type[Generator]) -> str:
    (kind,) = get_args(settings.model_fields["kind"].annotation)
    result: str = kind
    return result


GENERATORS: dict[str, type[Generator]] = {
    _kind(each): each for each in (resolve_name(f"{__name__}.{name}") for name in BUILT_IN)
}
"""Kind → settings class."""

_BUILT_IN_SETTINGS: Any = Annotated[reduce(or_, GENERATORS.values()), Field(discriminator="kind")]
"""Settings of a built-in generator, discriminated by ``kind``."""
_BUILT_IN_ADAPTER: TypeAdapter[Generator] = TypeAdapter(_BUILT_IN_SETTINGS)


def _settings(value: Any, info: ValidationInfo) -> Generator:
    """Validate settings of a built-in kind, or else of a kind that an installed package offers."""
    kind = value.get("kind") if isinstance(value, dict) else getattr(value, "kind", None)
    if not isinstance(kind, str) or kind in GENERATORS:
        return _BUILT_IN_ADAPTER.validate_python(value, context=info.context)
    installed = installed_kinds()
    if kind not in installed:
        known = ", ".join(f"'{each}'" for each in dict.fromkeys([*GENERATORS, *installed]))
        raise PydanticKnownError(
            "union_tag_invalid", {"discriminator": "'kind'", "tag": kind, "expected_tags": known}
        ) from None
    try:
        found, distribution = load_plugin(kind)
    except BadInput as error:
        raise PydanticCustomError("generator_plugin", "{reason}", {"reason": str(error)}) from None
    settings = found.model_validate(value, context=info.context)
    settings._distribution = distribution
    return settings


AnyGenerator = Annotated[
    SerializeAsAny[Generator], PlainValidator(_settings, json_schema_input_type=_BUILT_IN_SETTINGS)
]
"""Settings of any generator, built-in or plug-in, discriminated by ``kind``."""
