"""The generators a study can name by ``kind``."""

from typing import Annotated

from pydantic import Field

from resources.generators.autoregressive import Autoregressive
from resources.generators.categorical import Categorical
from resources.generators.contract import Generator
from resources.generators.copula import Copula
from resources.generators.cvae import CVAE
from resources.generators.gaussian import Gaussian
from resources.generators.linear_classifier import LinearClassifier
from resources.generators.linear_regression import LinearRegression
from resources.generators.ngram import NGram
from resources.generators.uniform import Uniform

AnyGenerator = Annotated[
    Gaussian | CVAE | Copula | Autoregressive | NGram | Categorical | Uniform | LinearRegression | LinearClassifier,
    Field(discriminator="kind"),
]
"""Settings of any generator, told apart by ``kind``."""

GENERATORS: dict[str, type[Generator]] = {
    "gaussian": Gaussian,
    "cvae": CVAE,
    "copula": Copula,
    "autoregressive": Autoregressive,
    "ngram": NGram,
    "categorical": Categorical,
    "uniform": Uniform,
    "linear_regression": LinearRegression,
    "linear_classifier": LinearClassifier,
}
"""Kind → settings class."""
