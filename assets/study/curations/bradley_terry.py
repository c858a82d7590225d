"""Bradley–Terry choice: of several candidates one is published, more often the one that people like better."""

from typing import Literal

import numpy as np
import polars as pl
from pydantic import Field

from outcross.assets.study.curations.contract import Classify, Curation
from outcross.assets.study.curations.rewards import AnyReward
from outcross.resources.schema import Schema
from outcross.resources.seeds import generator


class BradleyTerry(Curation):
    """Keep one of every ``choices`` rows, chosen with a probability that is proportional to exp(reward).

    The choice of Ferbach et al. 2024 (arXiv 2407.09499) among K candidates.

    Attributes:
        choices: K, how many candidates stand for choice at a time.
        rewards: what a candidate is worth.
    """

    kind: Literal["bradley_terry"] = "bradley_terry"
    choices: int = Field(default=2, ge=2, le=100)
    rewards: AnyReward

    def check(self, schema: Schema) -> None:
        """Accept data with the rewarded column."""
        self.rewards.check(schema)

    def proposals(self, rows: int) -> int:
        """``choices`` for each."""
        return rows * self.choices

    def keep(
        self, proposed: pl.DataFrame, *, kept: pl.DataFrame, schema: Schema, classify: Classify, seed: int
    ) -> pl.Series:
        """Choose one of each ``choices`` rows in turn; rows too few for a choice are not kept.

        The largest of reward + Gumbel noise is such a choice, whatever the size of the rewards.
        """
        groups = proposed.height // self.choices
        worth = self.rewards.of(proposed) + generator(seed).gumbel(size=proposed.height)
        best = worth[: groups * self.choices].reshape(groups, self.choices).argmax(axis=1)
        chosen = np.zeros(proposed.height, dtype=bool)
        chosen[np.arange(groups) * self.choices + best] = True
        return pl.Series(chosen)
