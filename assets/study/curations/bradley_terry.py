"""Bradley–Terry choice: of several candidate rows one is kept, with odds that grow with its reward."""

from typing import Literal

import numpy as np
import polars as pl
from pydantic import Field

from outcross.assets.study.curations.contract import Classify, Curation
from outcross.assets.study.curations.rewards import AnyReward
from outcross.resources.schema import Schema
from outcross.resources.seeds import generator


class BradleyTerry(Curation):
    """Keep one of every ``choices`` rows, with a probability proportional to exp(reward).

    Source: the K-choice model of Ferbach et al. 2024 (arXiv 2407.09499).

    Attributes:
        choices: K, the candidates of one choice.
        rewards: the reward of a candidate.
    """

    kind: Literal["bradley_terry"] = "bradley_terry"
    choices: int = Field(default=2, ge=2, le=100)
    rewards: AnyReward

    def check(self, schema: Schema) -> None:
        """Raise ``BadInput`` if the data lack the rewarded column."""
        self.rewards.check(schema)

    def proposals(self, rows: int) -> int:
        """Return ``choices`` rows for each that is kept."""
        return rows * self.choices

    def keep(
        self, proposed: pl.DataFrame, *, kept: pl.DataFrame, schema: Schema, classify: Classify, seed: int
    ) -> pl.Series:
        """Keep one of each block of ``choices`` rows; rows of a last, incomplete block are not kept.

        The row with the largest reward + Gumbel noise has that probability, for rewards of any size (Gumbel-max).
        """
        groups = proposed.height // self.choices
        worth = self.rewards.of(proposed) + generator(seed).gumbel(size=proposed.height)
        best = worth[: groups * self.choices].reshape(groups, self.choices).argmax(axis=1)
        chosen = np.zeros(proposed.height, dtype=bool)
        chosen[np.arange(groups) * self.choices + best] = True
        return pl.Series(chosen)
