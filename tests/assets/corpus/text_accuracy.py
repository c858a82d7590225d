"""Measure the guards of texts: false alarms on clean batches by register, and generated texts that are flagged.

``python -m tests.assets.corpus.text_accuracy [batches]`` prints the tables of docs/corpora.md. Registers whose files
are not in ``OUTCROSS_TEST_DATA`` are left out.
"""

import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl

from outcross.assets.corpus.guards.bounds import apply_bounds, is_within_bounds
from outcross.assets.corpus.guards.fitting import fit_profile
from outcross.assets.corpus.guards.text_profile import TextProfile
from outcross.assets.corpus.guards.vitals import measure_batch
from outcross.assets.corpus.undeclared.edits import edit_texts
from outcross.assets.corpus.undeclared.estimate import estimate_share
from outcross.resources.generators.ngram.settings import NGram
from outcross.resources.schema import Column, Role, Schema
from outcross.resources.sources import PythonDocs
from tests.assets.corpus.batches import parquet, with_provenance
from tests.assets.corpus.texts import texts
from tests.resources.cohorts import cohort_of

SCHEMA = Schema((Column(name="text", role=Role.TEXT),))
ANCHOR, HOLDOUT, SIZES = 1_000, 400, (60, 200)
FOLDER = Path(os.environ.get("OUTCROSS_TEST_DATA", "../shared/data"))


def registers() -> Iterator[tuple[str, pl.Series]]:
    """Yield real texts of each register in random order, and made-up ones from a template."""
    technical = PythonDocs().load().rows["text"]
    yield "technical", technical
    if (FOLDER / "wikitext2_valid.txt").exists():
        lines = [
            line for part in ("valid", "test") for line in (FOLDER / f"wikitext2_{part}.txt").open(encoding="utf-8")
        ]
        prose = pl.Series("text", [line.strip() for line in lines if len(line) > 60])
        yield "prose", prose
        words = prose.str.split(" ").explode().value_counts(sort=True)["text"].head(400)
        simple = prose.str.split(" ").list.eval(pl.element().filter(pl.element().is_in(words.implode()))).list.join(" ")
        yield "simple", simple.filter(simple.str.len_chars() > 60).rename("text")
        yield "edited", edit_texts(prose, seed=1)
    if (FOLDER / "tinyshakespeare.txt").exists():
        lines = (FOLDER / "tinyshakespeare.txt").read_text().splitlines()
        yield "verse", pl.Series("text", [line for line in lines if len(line.split()) > 5])
    yield "template", pl.Series("text", texts(4_000, 1))


def interval(hits: int, of: int) -> str:
    """Write a share with its exact 95 % interval (Clopper & Pearson 1934)."""
    from scipy.stats import beta

    low = beta.ppf(0.025, hits, of - hits + 1) if hits else 0.0
    high = beta.ppf(0.975, hits + 1, of - hits) if hits < of else 1.0
    return f"{hits} of {of} ({low:.1%} to {high:.1%})"


def print_false_alarms(batches: int) -> None:
    """Print, for each register, the clean batches that a guard holds."""
    for name, every in registers():
        rows = every.sample(fraction=1, shuffle=True, seed=1).to_frame("text")
        anchor, holdout, fresh = rows[:ANCHOR], rows[ANCHOR : ANCHOR + HOLDOUT], rows[ANCHOR + HOLDOUT :]
        profile = fit_profile(anchor, holdout, SCHEMA, seed=1)
        of_texts = TextProfile.fit(anchor, holdout, "text", seed=1)
        held, why = 0, Counter[str]()
        for seed in range(batches):
            batch = with_provenance(fresh.sample(min(SIZES[seed % len(SIZES)], fresh.height), seed=seed))
            vitals = apply_bounds(measure_batch([parquet(batch)], profile, anchor, text_profile=of_texts))
            failing = {vital.check for vital in vitals if not is_within_bounds(vital)}
            held += bool(failing)
            why.update(failing)
        print(f"| {name} | {interval(held, batches)} | {', '.join(why) or '–'} |", flush=True)  # noqa: T201


def print_shares(rows: int, seeds: int) -> None:
    """Print the estimated share of generated texts, as they were made and lightly edited, for each register."""
    for name, every in registers():
        if name not in {"technical", "prose"}:
            continue
        frame = every.sample(fraction=1, shuffle=True, seed=1).to_frame("text")
        half = frame.height // 3
        anchor, holdout, fresh = frame[:half], frame[half : half + half // 2], frame[half + half // 2 :]
        made = NGram().fit(cohort_of(SCHEMA, {0: anchor})).sample(rows=2_400, seeds={0: 3}).drop("replicate")
        for share in (0.0, 0.1, 0.3, 0.6):
            for kind in ("as made", "edited")[: 1 + (share > 0)]:
                line = []
                for seed in range(seeds):
                    many = round(share * rows)
                    generated = made[1_200:].sample(many, seed=seed)
                    if kind == "edited":
                        generated = generated.with_columns(edit_texts(generated["text"], seed=100 + seed))
                    target = pl.concat([fresh.sample(rows - many, seed=seed), generated])
                    known = {"ngram": made[:1_200]}
                    found = estimate_share(target, SCHEMA, anchor=anchor, holdout=holdout, known=known, seed=seed)
                    line.append((found.share, found.lower, found.upper, found.decided))
                middle, lower, upper, decided = np.array(line, dtype=float).T
                flagged = int(((lower > 0.05) & (decided > 0)).sum())
                print(  # noqa: T201
                    f"| {name} | {share:.0%} | {kind} | {middle.mean():.3f} | {lower.mean():.3f} to {upper.mean():.3f} "
                    f"| {flagged} of {seeds} | {int(decided.sum())} of {seeds} |",
                    flush=True,
                )


if __name__ == "__main__":
    asked = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    print_false_alarms(asked)
    print_shares(600, max(asked // 25, 1))
