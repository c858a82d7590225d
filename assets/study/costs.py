"""What rows cost, so that the worth of a synthetic one can be said in money."""

from pydantic import Field

from outcross.resources.settings import Settings


class Costs(Settings):
    """What a row costs: to collect and label a real one, and to generate a synthetic one; in one currency.

    Attributes:
        real: cost of a real row.
        synthetic: cost of a synthetic row.
    """

    real: float = Field(gt=0)
    synthetic: float = Field(ge=0)
