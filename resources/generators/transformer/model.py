# ruff: noqa: TID253 - only methods of the generator import this module, so torch may load with it
"""The fitted transformers of a cohort: what they write, and how they score texts."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
import polars as pl
import torch

from outcross.resources.generators.contract import Budget, CohortModel, Tensors
from outcross.resources.generators.fitting.frames import loss_frame, pack_strings, replicate_column, unpack_strings
from outcross.resources.generators.fitting.parameters import parameters_each
from outcross.resources.generators.transformer.network import Network
from outcross.resources.generators.transformer.sampling import ROWS_AT_ONCE, Choice, Uniforms, draw_rows
from outcross.resources.generators.transformer.scoring import row_nats
from outcross.resources.generators.transformer.tokens import TokenRows, Tokens, read_tokens
from outcross.resources.schema import Schema
from outcross.resources.seeds import derive_seed, generator
from outcross.resources.tokens import tokenize

REDRAWS = 10
"""How often a row of nothing but white space is drawn again, before it stays."""


@dataclass(frozen=True)
class Member:
    """What one replicate has beside its network.

    Attributes:
        tokens: its tokenizer.
        longest: tokens of its longest training row, at which samples are cut off.
        prompts: (rows, n) the first tokens of its training rows, −1 after the end of a row; n is 0 without prompts.
        shares: (rows,) how often each is taken, cumulated; the last is 1.
    """

    tokens: Tokens
    longest: int
    prompts: np.ndarray
    shares: np.ndarray

    @classmethod
    def of(cls, tokens: Tokens, rows: TokenRows, weights: np.ndarray, *, prompt_tokens: int) -> Self:
        """Keep of training rows what sampling needs."""
        shares = np.cumsum(weights) / weights.sum() if prompt_tokens else np.ones(0)
        prompts = rows.beginnings(prompt_tokens) if prompt_tokens else np.empty((0, 0), dtype=np.int32)
        return cls(tokens, max(1, int(rows.lengths.max())), prompts, shares)

    def begin(self, rows: int, seed: int) -> np.ndarray:
        """Draw the tokens (rows, n) that rows begin with."""
        if not self.prompts.size:
            return np.empty((rows, 0), dtype=np.int32)
        chosen = np.searchsorted(self.shares, generator(derive_seed(seed, "prompts")).random(rows), side="right")
        return self.prompts[np.minimum(chosen, len(self.prompts) - 1)]

    def tensors(self) -> Tensors:
        """Everything."""
        return {
            "tokens": pack_strings([self.tokens.written()]),
            "longest": np.array([self.longest]),
            "prompts": self.prompts,
            "shares": self.shares,
        }

    @classmethod
    def load(cls, tensors: Tensors) -> Self:
        """Read back what :meth:`tensors` gave."""
        written = unpack_strings(tensors["tokens"])[0]
        assert written is not None
        return cls(read_tokens(written), int(tensors["longest"][0]), tensors["prompts"], tensors["shares"])


@dataclass(frozen=True)
class TransformerModel(CohortModel):
    """One transformer per replicate.

    Attributes:
        schema: one column of text.
        members: replicate → what it has beside its network, ascending.
        network: the K networks, in the order of the replicates.
        choice: how tokens are chosen where texts are written.
        budget: what the fit spent.
        fit_loss: K mean losses of training rows drawn by weight.
        about: for the card: settings, version, and the sha256 of a checkpoint, if training started from one.
    """

    schema: Schema
    members: dict[int, Member]
    network: Network
    choice: Choice
    budget: Budget
    fit_loss: list[float]
    about: dict[str, Any]

    def sample(self, *, rows: int, seeds: Mapping[int, int]) -> pl.DataFrame:
        """Write ``rows`` texts with each model, each up to its end or to the length of the longest training row.

        The uniform number behind each token depends on the seed, the row and the place alone, so that the same seed
        shows what two models make of the same chances. No text is empty.
        """
        texts = []
        for place, (number, member) in enumerate(self.members.items()):
            given = member.begin(rows, seeds[number])
            for first in range(0, rows, ROWS_AT_ONCE):
                numbers = np.arange(first, min(first + ROWS_AT_ONCE, rows))
                texts += self._write(self.network.member(place), member, numbers, given[numbers], seeds[number])
        column = pl.Series(self.schema.names[0], texts, dtype=pl.String)
        return pl.DataFrame([replicate_column(list(self.members), rows), column])

    def _write(self, network: Network, member: Member, numbers: np.ndarray, given: np.ndarray, seed: int) -> list[str]:
        """Write some rows of one replicate; those of white space alone are drawn again."""
        texts, left = [""] * len(numbers), np.arange(len(numbers))
        for turn in range(REDRAWS + 1):
            with torch.inference_mode():
                drawn = draw_rows(
                    network,
                    self.choice,
                    rows=numbers[left],
                    given=given[left],
                    uniforms=Uniforms(derive_seed(seed, "again", turn) if turn else seed),
                    end=member.tokens.end,
                    longest=member.longest,
                )
            for index, text in zip(left.tolist(), member.tokens.decode(drawn), strict=True):
                texts[index] = text
            left = left[[not texts[index].strip() for index in left.tolist()]]
            if not len(left):
                break
        return texts

    def loss(self, rows: pl.DataFrame, *, seeds: Mapping[int, int]) -> pl.DataFrame:
        """Compute the negative log-likelihood of each row's tokens and of its end, at temperature 1.

        ``units`` are the words and marks of :mod:`.tokens`, not the model's own tokens: so losses compare
        between models with other tokens, and with ``ngram``. With pieces of words it is that of the row cut as the
        tokenizer cuts it, an upper bound of the text's own. Rows longer than the context are scored whole, window by
        window, just as they are drawn.
        """
        texts = rows[self.schema.names[0]]
        return loss_frame(list(self.members), self.nats([texts] * len(self.members)), words_in(texts))

    def nats(self, texts: Sequence[pl.Series]) -> np.ndarray:
        """Return the losses (K, N) of N texts of each replicate's own."""
        return np.stack(
            [
                row_nats(self.network.member(place), member.tokens.encode(own.to_list()), end=member.tokens.end)
                for place, (member, own) in enumerate(zip(self.members.values(), texts, strict=True))
            ]
        )

    def tensors(self) -> Tensors:
        """The networks' parameters with a leading axis K; each replicate's tokenizer and prompts; ``fit_loss`` (K,)."""
        parameters = {f"network/{name}": tensor.cpu().numpy() for name, tensor in self.network.parameters.items()}
        own = {
            f"{number}/{name}": array
            for number, member in self.members.items()
            for name, array in member.tensors().items()
        }
        return {**parameters, **own, "fit_loss": np.asarray(self.fit_loss)}

    def card(self) -> dict[str, Any]:
        """Settings, schema, architecture, replicates with their numbers of tokens, budget, parameters of one."""
        return {
            **self.about,
            "schema": self.schema.to_json(),
            "architecture": asdict(self.network.architecture),
            "replicates": list(self.members),
            "tokens_known": list(self.network.sizes),
            "budget": asdict(self.budget),
            "parameters_each": parameters_each(self.network.parameters),
        }


def words_in(texts: pl.Series) -> np.ndarray:
    """Words and marks of each text, (N,)."""
    return np.array([len(tokenize(text)) for text in texts], dtype=np.int64)
