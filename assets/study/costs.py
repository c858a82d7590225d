"""What rows cost, so that the worth of a synthetic one can be said in money."""

from pydantic import BaseModel, ConfigDict, Field


class Costs(BaseModel):
    """What a row costs: to collect and label a real one, and to generate a synthetic one; in one currency."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    real: float = Field(gt=0)
    synthetic: float = Field(ge=0)
