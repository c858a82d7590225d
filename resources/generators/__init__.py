"""The generators a study can name by ``kind``."""

from typing import Annotated, Any

from pydantic import Field, PlainValidator, SerializeAsAny, TypeAdapter, ValidationInfo
from pydantic_core import PydanticCustomError, PydanticKnownError

from outcross.resources.errors import BadInput
from outcross.resources.generators.autoregressive.settings import Autoregressive
from outcross.resources.generators.closed_form.categorical import Categorical
from outcross.resources.generators.closed_form.gaussian import Gaussian
from outcross.resources.generators.closed_form.linear_classifier import LinearClassifier
from outcross.resources.generators.closed_form.linear_regression import LinearRegression
from outcross.resources.generators.closed_form.uniform import Uniform
from outcross.resources.generators.contract import Generator
from outcross.resources.generators.copula.settings import Copula
from outcross.resources.generators.cvae.settings import CVAE
from outcross.resources.generators.diffusion.settings import Diffusion
from outcross.resources.generators.external.settings import External
from outcross.resources.generators.ngram.settings import NGram
from outcross.resources.generators.plugins import installed_kinds, load_plugin
from outcross.resources.generators.transformer.settings import Transformer

BuiltIn = Annotated[
    Gaussian
    | CVAE
    | Diffusion
    | Copula
    | Autoregressive
    | NGram
    | Transformer
    | Categorical
    | Uniform
    | LinearRegression
    | LinearClassifier
    | External,
    Field(discriminator="kind"),
]
"""Settings of a generator that comes with Outcross, told apart by ``kind``."""

GENERATORS: dict[str, type[Generator]] = {
    "gaussian": Gaussian,
    "cvae": CVAE,
    "diffusion": Diffusion,
    "copula": Copula,
    "autoregressive": Autoregressive,
    "ngram": NGram,
    "transformer": Transformer,
    "categorical": Categorical,
    "uniform": Uniform,
    "linear_regression": LinearRegression,
    "linear_classifier": LinearClassifier,
    "external": External,
}
"""Kind → settings class."""

_BUILT_IN: TypeAdapter[Generator] = TypeAdapter(BuiltIn)


def _settings(value: Any, info: ValidationInfo) -> Generator:
    """Read settings of a kind that comes along, or else of one that an installed package offers."""
    kind = value.get("kind") if isinstance(value, dict) else getattr(value, "kind", None)
    if not isinstance(kind, str) or kind in GENERATORS:
        return _BUILT_IN.validate_python(value, context=info.context)
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


AnyGenerator = Annotated[SerializeAsAny[Generator], PlainValidator(_settings, json_schema_input_type=BuiltIn)]
"""Settings of any generator, told apart by ``kind``: one that comes along, or a plug-in."""
