"""The generators a study can name by ``kind``."""

from functools import reduce
from operator import or_
from pkgutil import resolve_name
from typing import Annotated, Any, get_args

from pydantic import Field, PlainValidator, SerializeAsAny, TypeAdapter

from outcross.resources.generators.contract import Generator
from outcross.resources.plugins import PluginGroup

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


PLUGINS: PluginGroup[Generator] = PluginGroup(
    group="outcross.generators",
    noun="generator",
    contract=Generator,  # type: ignore[type-abstract]
    required=("modalities", "version"),
    built_in=GENERATORS,
    adapter=TypeAdapter(_BUILT_IN_SETTINGS),
)
"""Generators of other packages."""

AnyGenerator = Annotated[
    SerializeAsAny[Generator], PlainValidator(PLUGINS.validate, json_schema_input_type=_BUILT_IN_SETTINGS)
]
"""Settings of any generator, built-in or plug-in, discriminated by ``kind``."""
