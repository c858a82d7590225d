"""A small conditional-free GAN for tables, in the manner of CTGAN (Xu et al. 2019, arXiv 1907.00503).

It is the unknown generator of the simulated years: nothing of it is used anywhere else. Numbers are normalised by
the mode of a Gaussian mixture, levels are drawn by Gumbel-softmax, and the critic is a WGAN's with a gradient penalty.
As in SDV, numbers are rounded where the column's are whole, and clipped to the range of the training rows.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from outcross.resources.schema import Schema

STEPS, BATCH, NOISE, WIDTH, CRITICS = 400, 250, 64, 128, 2
MODES, TEMPERATURE, PENALTY = 5, 0.3, 10.0


@dataclass(frozen=True)
class _Number:
    """The modes of a number, in numbers of their standard deviations."""

    means: np.ndarray
    deviations: np.ndarray
    lowest: float
    highest: float

    @classmethod
    def fit(cls, values: np.ndarray, seed: int) -> "_Number":
        from sklearn.mixture import GaussianMixture

        values = values[~np.isnan(values)]
        scale = max(float(values.std()), 1e-9)
        found = GaussianMixture(MODES, random_state=seed, reg_covar=1e-5).fit((values / scale)[:3000, None])
        deviations = np.sqrt(found.covariances_[:, 0, 0]) * scale
        return cls(found.means_[:, 0] * scale, deviations, float(values.min()), float(values.max()))

    def encode(self, values: np.ndarray) -> np.ndarray:
        filled = np.where(np.isnan(values), self.means[0], values)
        apart = (filled[:, None] - self.means) / (4 * self.deviations)
        mode = np.abs(apart).argmin(axis=1)
        offset = np.clip(apart[np.arange(len(mode)), mode], -1, 1)
        return np.column_stack([offset, np.eye(len(self.means))[mode]])

    def decode(self, encoded: np.ndarray) -> np.ndarray:
        mode = encoded[:, 1:].argmax(axis=1)
        values = self.means[mode] + encoded[:, 0] * 4 * self.deviations[mode]
        result: np.ndarray = np.clip(values, self.lowest, self.highest)
        return result


def made_by_gan(rows: pl.DataFrame, schema: Schema, *, count: int, seed: int) -> pl.DataFrame:
    """Train on real rows, and make rows.

    Args:
        rows: canonical rows.
        schema: their columns.
        count: number of rows to make.
        seed: of the training and of the rows.
    """
    import torch

    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    numbers = [_Number.fit(rows[each.name].cast(pl.Float64).to_numpy(), seed) for each in schema.numeric]
    levels = [rows[each.name].unique().sort().to_list() for each in schema.discrete]
    parts = [
        number.encode(rows[each.name].cast(pl.Float64).to_numpy())
        for each, number in zip(schema.numeric, numbers, strict=True)
    ]
    for each, known in zip(schema.discrete, levels, strict=True):
        place = {level: number for number, level in enumerate(known)}
        parts.append(np.eye(len(known))[[place[level] for level in rows[each.name].to_list()]])
    real = torch.tensor(np.concatenate(parts, axis=1), dtype=torch.float32)
    heads = [(1, MODES)] * len(numbers) + [(0, len(known)) for known in levels]

    def network(inside: int, outside: int) -> torch.nn.Sequential:
        return torch.nn.Sequential(
            torch.nn.Linear(inside, WIDTH), torch.nn.LeakyReLU(0.2), torch.nn.Linear(WIDTH, WIDTH),
            torch.nn.LeakyReLU(0.2), torch.nn.Linear(WIDTH, outside),
        )  # fmt: skip

    maker, critic = network(NOISE, real.shape[1]), network(real.shape[1], 1)
    making = torch.optim.Adam(maker.parameters(), 5e-4, betas=(0.5, 0.9))
    judging = torch.optim.Adam(critic.parameters(), 5e-4, betas=(0.5, 0.9))

    def make(many: int) -> torch.Tensor:
        raw, start, found = maker(torch.randn(many, NOISE)), 0, []
        for offsets, classes in heads:
            if offsets:
                found.append(torch.tanh(raw[:, start : start + 1]))
            start += offsets
            found.append(torch.nn.functional.gumbel_softmax(raw[:, start : start + classes], tau=TEMPERATURE))
            start += classes
        return torch.cat(found, dim=1)

    for _ in range(STEPS):
        for _ in range(CRITICS):
            true, false = real[random.integers(0, len(real), BATCH)], make(BATCH).detach()
            between = torch.lerp(true, false, torch.rand(BATCH, 1)).requires_grad_()
            (slope,) = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
            penalty = PENALTY * ((slope.norm(dim=1) - 1) ** 2).mean()
            judging.zero_grad()
            (critic(false).mean() - critic(true).mean() + penalty).backward()
            judging.step()
        making.zero_grad()
        (-critic(make(BATCH)).mean()).backward()
        making.step()
    with torch.no_grad():
        made = make(count).numpy()
    return _decode(made, schema, numbers, levels)


def _decode(made: np.ndarray, schema: Schema, numbers: list[_Number], levels: list[list[str | None]]) -> pl.DataFrame:
    start, found = 0, {}
    for column, number in zip(schema.numeric, numbers, strict=True):
        values = number.decode(made[:, start : start + MODES + 1])
        found[column.name] = pl.Series(np.rint(values).astype(np.int64) if column.integer else values)
        start += MODES + 1
    for column, known in zip(schema.discrete, levels, strict=True):
        chosen = made[:, start : start + len(known)].argmax(axis=1)
        found[column.name] = pl.Series([known[each] for each in chosen], dtype=pl.String)
        start += len(known)
    types = {name: schema.polars[name] for name in found}
    return pl.DataFrame(found).cast(types).select(schema.names)  # type: ignore[arg-type]
