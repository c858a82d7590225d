"""A place where rows are mixed: real rows, pools and programs; and what a finished mix left there."""

import json
import shlex
import sys
from pathlib import Path

import numpy as np
import polars as pl

from tests.jobs.workplace import Workplace

_PROGRAM = """import json, os, sys, time
training = sys.argv[1] == "train"
rows = [json.loads(line) for line in open(sys.argv[2 if training else 3])]
mean = sum(row["y"] for row in rows) / len(rows)
if training:
    {train}
    open(sys.argv[3] + "/mean", "w").write(str(mean))
else:
    mae = abs(mean - float(open(sys.argv[2] + "/mean").read()))
    open(sys.argv[4], "w").write({written})
"""
_PROGRAMS = {
    "good": ("pass", 'json.dumps({"mae": mae, "churn": 1.0})'),
    "odd": ("pass", 'json.dumps({"churn": 1.0})'),
    "silent": ("pass", '"{}"'),
    "lost": ("pass", 'json.dumps({"mae": float("nan")})'),
    "hangs": ("time.sleep(600)", '""'),
    "tires": (
        'len(rows) > 20 and not os.path.exists("rested") and sys.exit("no memory is left")',
        'json.dumps({"mae": mae})',
    ),
}
MIX = f"mix real.jsonl pool.csv --learner '{sys.executable} -S tires.py' --shares 0.5 --replicates 3 --name done"
"""The mix that is finished there: five lineages of a program that fails at first, on more rows than its trial has."""


def rows(seed: int, count: int, shift: float = 0.0) -> pl.DataFrame:
    """Rows whose ``y`` follows from ``x``; ``kind`` is a class."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=count)
    y = x + 0.3 * rng.normal(size=count) + shift
    return pl.DataFrame({"x": x, "y": y, "kind": np.where(x > 0, "a", "b"), "note": ["n"] * count})


def make(folder: Path) -> None:
    """Write the files of the place, and run one mix twice: the first run fails, the second resumes it."""
    write(folder)
    place, words = Workplace(folder), [*shlex.split(MIX), "--workers", "1"]
    failed = place.run(*words)
    (folder / "failed.json").write_text(json.dumps([failed.returncode, failed.stderr]))
    (folder / "rested").touch()
    place.run_json(*words)


def write(folder: Path) -> None:
    """Write real rows, pools and programs."""
    rows(1, 50).write_csv(folder / "real.csv")
    rows(1, 50).write_ndjson(folder / "real.jsonl")
    rows(2, 60, 0.2).write_csv(folder / "pool.csv")
    rows(3, 12).write_csv(folder / "later.csv")
    rows(4, 6).write_csv(folder / "few.csv")
    rows(5, 60).drop("y").write_csv(folder / "unlabelled.csv")
    rows(6, 60).rename({"x": "z"}).write_csv(folder / "other.csv")
    (folder / "taken.yaml").write_text("study: taken\n")
    for name, (train, written) in _PROGRAMS.items():
        (folder / f"{name}.py").write_text(_PROGRAM.replace("{train}", train).replace("{written}", written))
