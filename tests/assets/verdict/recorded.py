"""Verdicts and reports of small studies, from rows to the page, for a file that a release is held against.

``make snapshot`` writes ``tests/assets/verdict/recorded.json`` again after an intended change.
"""

import json
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import polars as pl

from outcross.assets.artefacts import Artefacts
from outcross.assets.stored_verdicts import load_verdicts
from outcross.assets.study.study import Study
from outcross.assets.verdict.facts import without_stamp
from outcross.assets.verdict.make import make_verdict
from outcross.assets.verdict.make_report import make_report
from outcross.assets.verdict.written_report import read_report
from outcross.jobs.running.plain_loop import run_plainly
from outcross.resources.store import Store
from tests.recorded_numbers import write
from tests.recorded_pages import Rows, of_page, of_text

RECORDED = Path(__file__).with_name("recorded.json")
TABLE: dict[str, Any] = {
    "study": "stays",
    "description": "Stays in a ward",
    "source": {
        "kind": "files",
        "path": "rows.parquet",
        "columns": {"y": "label", "s": "group", "come": "numeric", "leave": "numeric", "day": "ignore"},
    },
    "holdout": 0.4,
    "generator": {"kind": "copula"},
    "generations": 3,
    "replicates": 3,
    "metrics": ["relations", "groups", "shapes", "loss"],
    "real_before": {"column": "day", "date": 2023},
    "arms": {"kept": {"policy": "accumulate"}, "again": {"policy": "replace"}},
    "compare": [["kept", "again"]],
    "ladders": {"l": {"policy": "fixed", "shares": [0.3, 0.7, 1]}},
    "endpoints": {
        "loss": {"gain": 0.5, "primary": True},
        "broken_relations": {"tolerance": 0.1},
        "column_shapes": {"absolute": 0.05, "runs": 0.4},
        "group_share_gap": {"tolerance": 0.1},
    },
}
TEXT: dict[str, Any] = {
    "study": "notes",
    "source": {"kind": "files", "path": "rows.parquet", "columns": {"text": "text"}},
    "generator": {"kind": "ngram"},
    "generations": 3,
    "replicates": 3,
    "metrics": ["loss", "words"],
    "ladders": {"l": {"policy": "fixed", "shares": [0.4, 1]}},
    "endpoints": {"loss": {"gain": 0.15}},
}
POOL: dict[str, Any] = {
    "study": "bought",
    "source": {"kind": "files", "path": "rows.parquet", "columns": {"kind": "label"}},
    "real_rows": "own",
    "generator": {"kind": "pool", "path": "pool.parquet"},
    "learner": {"kind": "classifier", "iterations": 5},
    "tests": {"later": "later.parquet"},
    "costs": {"real": 4, "synthetic": 0.02},
    "generations": 2,
    "replicates": 4,
    "metrics": ["shapes"],
    "ladders": {"added": {"policy": "augment", "ratios": [0.5, 2], "unequal_budget": "rows are added"}},
    "endpoints": {"learner_balanced_accuracy": {"tolerance": 0.1}, "column_shapes": {"tolerance": 0.1}},
}
STUDIES = {"table": TABLE, "text": TEXT, "pool": POOL}


def record_all(folder: Path) -> dict[str, Rows]:
    """Run the studies below a folder; study → the lines of its verdicts and of its report, without how to repeat it."""
    _write_rows(folder)
    found = {}
    for name, settings in STUDIES.items():
        study = Study.model_validate(settings, context={"base": folder / name})
        artefacts = Artefacts(study, Store(folder / name / "data"))
        run_plainly(artefacts, study.lineages, checks=True)
        make_verdict(artefacts)
        make_report(artefacts)
        verdicts = [
            f"{place} {key}: {json.dumps(value, default=str)}"
            for place, line in enumerate(load_verdicts(artefacts).to_dicts())
            for key, value in line.items()
        ]
        found[f"{name}, verdicts"] = of_text(verdicts)
        page = without_stamp(read_report(artefacts)).decode()
        found[f"{name}, report"] = of_page(page[: page.index('<section id="reproduce">')])
    return found


def _write_rows(folder: Path) -> None:
    for name in STUDIES:
        (folder / name).mkdir()
    stays(320).write_parquet(folder / "table" / "rows.parquet")
    pl.DataFrame({"text": _notes(120)}).write_parquet(folder / "text" / "rows.parquet")
    for seed, (name, count, rare) in enumerate([("rows", 300, 0.2), ("pool", 400, 0.5), ("later", 150, 0.5)]):
        kinds(count, seed=seed, rare=rare).write_parquet(folder / "pool" / f"{name}.parquet")


def stays(count: int) -> pl.DataFrame:
    """Numbers of which one follows the other, a label, groups of unequal size, and the day of each row."""
    come = [n * 37 % 101 for n in range(count)]
    return pl.DataFrame(
        {
            "come": come,
            "leave": [start + n % 5 for n, start in enumerate(come)],
            "y": ["late" if start > 60 else "early" for start in come],
            "s": ["big" if n % 16 < 8 else "small" if n % 16 < 15 else "tiny" for n in range(count)],
            "day": [date(2022 if n % 3 else 2024, 5, 1) for n in range(count)],
        }
    )


def _notes(count: int) -> list[str]:
    random = np.random.default_rng(1)
    words = np.array(["ward", "bed", "stays", "leaves", "early", "late", "the", "a", "patient", "nurse"])
    mass = 1 / np.arange(1, len(words) + 1)
    return [" ".join(random.choice(words, 8, p=mass / mass.sum())) + "." for _ in range(count)]


def kinds(count: int, *, seed: int, rare: float) -> pl.DataFrame:
    """A number that tells two classes apart, one of them rare."""
    random = np.random.default_rng(seed)
    odd = random.random(count) < rare
    return pl.DataFrame({"size": random.normal(2.0 * odd, 1.0), "kind": np.where(odd, "odd", "even")})


if __name__ == "__main__":
    with TemporaryDirectory() as made:
        write(RECORDED, record_all(Path(made)))
