"""The generators a study can name by ``kind``."""

from typing import Annotated

from pydantic import Field

from resources.generators.contract import Generator
from resources.generators.copula import Copula
from resources.generators.cvae import CVAE
from resources.generators.gaussian import Gaussian
from resources.generators.ngram import NGram

AnyGenerator = Annotated[Gaussian | CVAE | Copula | NGram, Field(discriminator="kind")]
"""Settings of any generator, told apart by ``kind``."""

GENERATORS: dict[str, type[Generator]] = {"gaussian": Gaussian, "cvae": CVAE, "copula": Copula, "ngram": NGram}
"""Kind → settings class."""
