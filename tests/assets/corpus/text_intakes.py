"""Measure the intake of texts as a whole: clean batches by register, and batches with undeclared generated texts.

``python -m tests.assets.corpus.text_intakes [clean batches [part …]]`` prints the tables of docs/corpora.md; the parts
are ``registers``, ``known`` and ``shares``. Every batch goes through the intake, with all guards, into a copy of the
same corpus.
"""

import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl

from outcross.assets.corpus.corpus import Corpus
from outcross.assets.corpus.intake.ingest import ingest
from outcross.assets.corpus.intake.outcome import Outcome, Request
from outcross.assets.corpus.ledger.guard_result import GuardResult
from outcross.assets.corpus.ledger.ledger import read_version
from outcross.assets.corpus.open_corpus import OpenCorpus, open_corpus
from outcross.assets.corpus.undeclared.edits import edit_texts
from outcross.resources.compute import bounded_threads
from outcross.resources.generators.contract import Generator
from outcross.resources.generators.ngram.settings import NGram
from outcross.resources.schema import Column, Role, Schema
from outcross.resources.store import Store
from tests.assets.corpus.text_accuracy import interval, registers
from tests.resources.cohorts import cohort_of

AT = "2026-01-01T12:00:00+00:00"
SCHEMA = Schema((Column(name="text", role=Role.TEXT),))
ANCHOR, FIRST, KNOWN, SIZES, MIXED = 1_400, 60, 800, (60, 200), 600
"""Rows of the anchor's file, the first batch, a known generator, clean batches, and batches with generated texts."""
GENERATORS: dict[str, Generator] = {
    "ngram, order 2": NGram(order=2),
    "ngram, order 4": NGram(order=4),
}
WORDS = {
    "but": "yet", "also": "too", "which": "that", "however": "still", "many": "several", "after": "following",
    "first": "initial", "large": "big", "used": "employed", "began": "started", "while": "as", "because": "since",
    "between": "among", "during": "in", "made": "built", "near": "close to", "about": "around", "would": "might",
}  # fmt: skip
"""Word → another for it."""


def _reworded(texts: pl.Series, seed: int) -> pl.Series:
    return pl.Series(texts.name, [" ".join(WORDS.get(word, word) for word in text.split(" ")) for text in texts])


def _mistyped(texts: pl.Series, seed: int) -> pl.Series:
    """Swap two letters in one word of sixteen."""
    random = np.random.default_rng(seed)

    def slip(text: str) -> str:
        words = text.split(" ")
        for place in random.integers(len(words), size=max(1, len(words) // 16)):
            word = words[place]
            if len(word) > 3:
                at = int(random.integers(1, len(word) - 1))
                words[place] = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        return " ".join(words)

    return pl.Series(texts.name, [slip(text) for text in texts])


def _moved(texts: pl.Series, seed: int) -> pl.Series:
    return edit_texts(texts, seed=seed)


EDITS: dict[str, Callable[[pl.Series, int], pl.Series]] = {
    "as made": lambda texts, seed: texts,
    "words moved": _moved,
    "other words": _reworded,
    "mistyped": _mistyped,
}
"""``words moved`` is the one edit that the estimate tries by itself."""


@dataclass(frozen=True)
class Ground:
    """Real texts of one register: those of an anchor, and others for batches."""

    name: str
    anchor: pl.DataFrame
    first: pl.DataFrame
    fresh: pl.DataFrame

    @classmethod
    def lay(cls, name: str, every: pl.Series) -> "Ground":
        rows = every.unique().sort().sample(fraction=1, shuffle=True, seed=1).to_frame("text")
        return cls(name, rows[:ANCHOR], rows[ANCHOR : ANCHOR + FIRST], rows[ANCHOR + FIRST :])

    def open(self, folder: Path, mode: str = "enforce") -> OpenCorpus:
        path = folder / "anchor.parquet"
        self.anchor.write_parquet(path)
        settings = {
            "corpus": "texts",
            "anchor": {"kind": "files", "path": str(path), "columns": {"text": "text"}},
            "bound": {"share": 1.0},
            "mode": mode,
        }
        return open_corpus(Corpus.model_validate(settings), Store(folder / "data"), by="measurement", at=AT)


@cache
def grounds() -> dict[str, Ground]:
    return {name: Ground.lay(name, every) for name, every in registers()}


@cache
def made(name: str, register: str) -> pl.DataFrame:
    """Texts of a generator that was fitted to the anchor of a register."""
    model = GENERATORS[name].fit(cohort_of(SCHEMA, {0: grounds()[register].anchor}))
    return model.sample(rows=2 * KNOWN, seeds={0: 3}).drop("replicate").filter(pl.col("text").str.len_chars() > 0)


def take(
    folder: Path, rows: pl.DataFrame, origin: str = "real", mode: str = "enforce"
) -> tuple[Outcome, list[GuardResult]]:
    """Ingest rows into the corpus of a folder."""
    settings = Corpus.model_validate_json((folder / "settings.json").read_text()).model_copy(update={"mode": mode})
    corpus = open_corpus(settings, Store(folder / "data"), by="measurement", at=AT)
    path = folder / "batch.parquet"
    rows.write_parquet(path)
    claims = {
        "origin": origin,
        "generator": "model" if origin == "synthetic" else None,
        "consent": "terms",
        "licence": "CC0-1.0",
    }
    found = ingest(corpus, path, Request(claims=claims, by="measurement", at=AT))
    return found, list(read_version(corpus.files).guards)


def started(ground: Ground, folder: Path, known: str | None = None) -> Path:
    """Start a corpus of a register, with known texts of a generator if one is named."""
    folder.mkdir()
    corpus = ground.open(folder)
    (folder / "settings.json").write_text(corpus.settings.model_dump_json())
    take(folder, ground.first)  # from which on the model of the anchor and the index of its rows are stored
    if known is not None:
        take(folder, made(known, ground.name)[:KNOWN], "synthetic", "observe")
    return folder


def on_a_copy(folder: Path, rows: pl.DataFrame) -> tuple[Outcome, list[GuardResult]]:
    """Ingest rows into a copy of a corpus."""
    copy = folder.with_name("copy")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folder, copy)
    return take(copy, rows)


def blocking(results: list[GuardResult]) -> list[str]:
    """The guards that hold a batch."""
    return sorted({each.guard for each in results if each.blocking and not each.passed})


def print_clean(folder: Path, ground: Ground, batches: int, known: str | None) -> None:
    """Print how many clean batches are held, and how many of their rows are quarantined one by one."""
    held, why, rows, out = 0, Counter[str](), 0, 0
    for seed in range(batches):
        batch = ground.fresh.sample(min(SIZES[seed % len(SIZES)], ground.fresh.height), seed=seed)
        found, results = on_a_copy(folder, batch)
        wrong = blocking(results)
        held += bool(wrong)
        why.update(wrong)
        rows += 0 if wrong else found.rows_in
        out += 0 if wrong else found.rows_quarantined
    told = ", ".join(f"{name} {count}" for name, count in why.items()) or "–"
    print(  # noqa: T201
        f"| {ground.name} | {known or '–'} | {interval(held, batches)} | {told} | {interval(out, max(rows, 1))} |",
        flush=True,
    )


def print_registers(folder: Path, batches: int) -> None:
    """Print the clean batches of each register that the intake holds, without known generated texts."""
    for name, ground in grounds().items():
        print_clean(started(ground, folder / name), ground, batches if name == "prose" else max(batches // 2, 1), None)


def print_known(folder: Path, batches: int) -> None:
    """Print the same of prose, where generated texts are known, so that the share is estimated."""
    known = "ngram, order 4"
    print_clean(started(grounds()["prose"], folder / "known", known), grounds()["prose"], batches, known)


def mixtures() -> Iterator[tuple[str, str | None, str, float]]:
    """Generator of the texts, known generator, edit and share of each batch."""
    for share in (0.1, 0.3, 0.6):
        for generator in GENERATORS:
            yield from ((generator, generator, edit, share) for edit in EDITS)
            yield from ((generator, known, "as made", share) for known in [None, *GENERATORS] if known != generator)


def print_shares(folder: Path, draws: int) -> None:
    """Print, for batches of prose with generated texts that are declared real, what the intake says of them."""
    ground, corpora = grounds()["prose"], dict[str | None, Path]()
    for generator, known, edit, share in mixtures():
        if known not in corpora:
            corpora[known] = started(ground, folder / f"known {known}", known)
        for draw in range(draws):
            many = round(share * MIXED)
            own = made(generator, ground.name)[KNOWN:].sample(many, seed=draw)
            own = own.with_columns(EDITS[edit](own["text"], draw))
            whole = pl.concat([ground.fresh.sample(MIXED - many, seed=draw), own])
            found, results = on_a_copy(corpora[known], whole.sample(fraction=1, shuffle=True, seed=draw))
            cells = [generator, known or "–", edit, f"{share:.0%}", *_describe(found, results)]
            print(f"| {' | '.join(cells)} |", flush=True)  # noqa: T201


def _describe(found: Outcome, results: list[GuardResult]) -> list[str]:
    """Describe an intake: rows held one by one, the lower limit of the share, and the guards that hold the batch."""
    values = [each.value for each in results if each.guard == "undeclared_share" and not each.abstained]
    wrong = blocking(results)
    lower = f"{values[0]:.3f}" if values else "cannot tell"
    return ["all" if wrong else f"{found.rows_quarantined}", lower, ", ".join(wrong) or "–"]


PARTS: dict[str, Callable[[Path, int], None]] = {
    "registers": print_registers,
    "known": print_known,
    "shares": lambda folder, batches: print_shares(folder, max(batches // 100, 1)),
}

if __name__ == "__main__":
    asked = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    with bounded_threads():
        for part in sys.argv[2:] or PARTS:
            with tempfile.TemporaryDirectory(prefix="outcross-") as scratch:
                PARTS[part](Path(scratch), asked)
