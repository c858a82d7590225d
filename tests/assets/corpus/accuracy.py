"""Accuracy of the estimated synthetic share: its error, and the coverage of its interval.

``python -m tests.assets.corpus.accuracy [draws [table …]]`` prints the tables of docs/science.md.

No generator is fitted to the target's real rows, and no draw shares calibration rows with its target.
"""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from outcross.assets.corpus.undeclared.calibration import Rows
from outcross.assets.corpus.undeclared.cells import CellCounts, as_numbers, count_cells
from outcross.assets.corpus.undeclared.estimate import SyntheticShare, estimate_share
from outcross.assets.corpus.undeclared.quantify import fit_mixture
from outcross.resources.generators.autoregressive.settings import Autoregressive
from outcross.resources.generators.contract import Generator
from outcross.resources.generators.copula.settings import Copula
from outcross.resources.schema import Schema
from outcross.resources.sources.college import College
from outcross.resources.sources.files import Files
from tests.resources.cohorts import cohort_of
from tests.shared_data import shared_data

SHARES = (0.0, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9)
GENERATORS: dict[str, Generator] = {
    "copula": Copula(draws=2),
    "autoregressive, 60 steps": Autoregressive(steps=60),
    "autoregressive, 600 steps": Autoregressive(),
}


@dataclass(frozen=True)
class Ground:
    """Real rows in three parts, and rows of generators that were fitted to the first part."""

    schema: Schema
    anchor: pl.DataFrame
    holdout: pl.DataFrame
    others: pl.DataFrame
    made: dict[str, pl.DataFrame]

    def target(self, generator: str, share: float, *, rows: int, seed: int) -> pl.DataFrame:
        """Draw a target with this synthetic share: other real rows, and rows of the second half of the generator's."""
        synthetic = round(share * rows)
        made = self.made[generator]
        return pl.concat(
            [
                self.others.sample(rows - synthetic, seed=seed),
                made[made.height // 2 :].sample(synthetic, seed=seed),
            ]
        )

    def known(self, generator: str, *, rows: int, seed: int) -> pl.DataFrame:
        """Draw calibration rows from the first half of the generator's rows."""
        return self.made[generator].head(self.made[generator].height // 2).sample(rows, seed=seed)


def lay_ground(name: str, *, anchor: int, holdout: int, generators: dict[str, Generator]) -> Ground:
    """Read the census table Adult, or the people of ``college``, and fit the generators to some of the rows."""
    if name == "adult":
        data = Files(path=str(shared_data("adult.parquet")), columns={"income": "label", "sex": "group"}).load()
    else:
        data = College().load()
    rows = data.rows.sample(fraction=1, shuffle=True, seed=1)
    made = {
        "shuffled": rows[:anchor].select(pl.col(each).shuffle(seed=place) for place, each in enumerate(rows.columns))
    }
    for kind, settings in generators.items():
        model = settings.fit(cohort_of(data.schema, {0: rows[:anchor]}))
        made[kind] = model.sample(rows=20_000, seeds={0: 5}).drop("replicate")
    return Ground(data.schema, rows[:anchor], rows[anchor : anchor + holdout], rows[anchor + holdout :], made)


def estimates(
    ground: Ground,
    generator: str,
    share: float,
    *,
    draws: int,
    rows: int,
    known: str | None = None,
    holdout: bool = True,
) -> Iterator[SyntheticShare]:
    """Estimate the share of ``draws`` targets, each with its own calibration rows."""
    for draw in range(draws):
        yield estimate_share(
            ground.target(generator, share, rows=rows, seed=draw),
            ground.schema,
            anchor=ground.anchor,
            holdout=ground.holdout.sample(min(rows, ground.holdout.height), seed=draw) if holdout else None,
            known={known or generator: ground.known(known or generator, rows=rows, seed=draw)},
            seed=draw,
        )


def by_other_methods(counted: CellCounts) -> dict[str, float]:
    """Estimate the share by classify and count, adjusted count, HDy, plain EM, and EM with calibration."""
    target, (real, made) = counted.target_counts(), counted.sample_counts()
    q, p, r = (side / side.sum() for side in (target, real, made))
    called = r > p
    shares = np.linspace(0, 1, 1_001)
    mixed = (1 - shares[:, None]) * p + shares[:, None] * r
    plain = 0.5
    for _ in range(2_000):
        plain = float((plain * r / np.maximum((1 - plain) * p + plain * r, 1e-300) * q).sum())
    return {
        "classify and count": float(q[called].sum()),
        "adjusted count (Forman 2008)": float(
            np.clip((q[called].sum() - p[called].sum()) / (r[called].sum() - p[called].sum()), 0, 1)
        ),
        "HDy, smallest Hellinger distance (González-Castro et al. 2013)": float(
            shares[np.sqrt(mixed * q).sum(axis=1).argmax()]
        ),
        "EM (Saerens et al. 2002)": plain,
        "EM with calibration": float(fit_mixture(target[None], counted.sample_counts()[None]).shares[0, 1]),
    }


def counted_draw(ground: Ground, generator: str, share: float, *, rows: int, calibration: int, seed: int) -> CellCounts:
    """Count one target and its calibration rows in cells."""
    frames = [
        ground.holdout.sample(calibration, seed=seed),
        ground.known(generator, rows=calibration, seed=seed),
    ]
    target = ground.target(generator, share, rows=rows, seed=seed)
    numbers = as_numbers([target, *frames], ground.schema)
    return count_cells(numbers[0], numbers[1:], [Rows(frame, pl.Series()).folds for frame in frames])


def _table(head: list[str], lines: Iterable[list[str]]) -> None:
    print("| " + " | ".join(head) + " |", "|" + "---|" * len(head), sep="\n")  # noqa: T201
    for line in lines:
        print("| " + " | ".join(line) + " |", flush=True)  # noqa: T201


HEAD = ["generator", "AUC", "true share", "mean error", "mean width", "covered", "decided"]


def _known(draws: int) -> None:
    ground = lay_ground("adult", anchor=12_000, holdout=6_000, generators=GENERATORS)
    _table(
        HEAD,
        (
            [kind, *_line(list(estimates(ground, kind, share, draws=draws, rows=5_000)), share)]
            for kind in GENERATORS
            for share in SHARES
        ),
    )


def _unknown(draws: int) -> None:
    ground = lay_ground("adult", anchor=12_000, holdout=6_000, generators=GENERATORS)
    _table(
        HEAD,
        (
            [kind, *_line(list(estimates(ground, kind, share, draws=draws, rows=5_000, known="copula")), share)]
            for kind in ("shuffled", *list(GENERATORS)[1:])
            for share in (0.1, 0.3, 0.7)
        ),
    )


def _methods(draws: int) -> None:
    ground = lay_ground("adult", anchor=12_000, holdout=6_000, generators=GENERATORS)
    lines = []
    for kind in GENERATORS:
        for rows, calibration in ((5_000, 5_000), (1_000, 500)):
            errors: dict[str, list[float]] = {}
            for share in SHARES:
                for draw in range(draws):
                    cells = counted_draw(ground, kind, share, rows=rows, calibration=calibration, seed=draw)
                    for method, value in by_other_methods(cells).items():
                        errors.setdefault(method, []).append(abs(value - share))
            lines += [[kind, f"{rows:,}", f"{calibration:,}", m, f"{np.mean(e):.3f}"] for m, e in errors.items()]
    _table(["generator", "rows", "calibration", "method", "mean absolute error"], lines)


def _holdout(draws: int) -> None:
    """Measure the bias of a calibration with the rows that the generator was fitted to."""
    lines = []
    for name, anchor, holdout, rows in (("college", 2_500, 1_700, 1_700), ("adult", 2_500, 5_000, 5_000)):
        for kind in ("copula", "autoregressive, 60 steps"):
            ground = lay_ground(name, anchor=anchor, holdout=holdout, generators={kind: GENERATORS[kind]})
            for use in (True, False):
                found = [each.share for each in estimates(ground, kind, 0.5, draws=draws, rows=rows, holdout=use)]
                lines.append([name, kind, "holdout" if use else "anchor", f"{np.mean(found) - 0.5:+.3f}"])
    _table(["rows", "generator", "calibrated with", "mean error at a share of 0.5"], lines)


TABLES = {"known": _known, "unknown": _unknown, "methods": _methods, "holdout": _holdout}


def _line(found: list[SyntheticShare], share: float) -> list[str]:
    return [
        f"{np.mean([each.auc for each in found]):.2f}",
        f"{share}",
        f"{np.mean([abs(each.share - share) for each in found]):.3f}",
        f"{np.mean([each.upper - each.lower for each in found]):.3f}",
        f"{np.mean([each.lower - 1e-3 <= share <= each.upper + 1e-3 for each in found]):.2f}",
        f"{np.mean([each.decided for each in found]):.2f}",
    ]


if __name__ == "__main__":
    for name in sys.argv[2:] or TABLES:
        TABLES[name](int(sys.argv[1]) if len(sys.argv) > 1 else 13)
