"""A learner of one's own in two commands: a classifier that takes the class whose mean is nearest.

python centroids.py train TRAIN.parquet MODEL_FOLDER
python centroids.py judge MODEL_FOLDER TEST.parquet OUT.json
"""

import json
import sys
from pathlib import Path

import numpy as np
import polars as pl

LABEL = "label"


def train(rows: pl.DataFrame, model: Path) -> None:
    """Write the mean of each class, in units of each column's deviation."""
    features = rows.drop(LABEL)
    scale = {name: float(features[name].std() or 1.0) for name in features.columns}  # type: ignore[arg-type]
    means = rows.group_by(LABEL).agg(pl.all().mean()).sort(LABEL).to_dicts()
    (model / "centroids.json").write_text(json.dumps({"scale": scale, "means": means}))
    sys.stderr.write(f"learned {len(means)} classes from {rows.height} rows\n")


def judge(model: Path, rows: pl.DataFrame, out: Path) -> None:
    """Write the accuracy and the number of errors."""
    learned = json.loads((model / "centroids.json").read_text())
    names, scale = list(learned["scale"]), np.array(list(learned["scale"].values()))
    means = np.array([[each[name] for name in names] for each in learned["means"]]) / scale
    points = rows.select(names).to_numpy() / scale
    nearest = ((points[:, None] - means) ** 2).sum(axis=2).argmin(axis=1)
    right = np.array([each[LABEL] for each in learned["means"]])[nearest] == rows[LABEL].to_numpy()
    out.write_text(json.dumps({"accuracy": float(right.mean()), "errors": int((~right).sum())}))


if __name__ == "__main__":
    if sys.argv[1] == "train":
        train(pl.read_parquet(sys.argv[2]), Path(sys.argv[3]))
    else:
        judge(Path(sys.argv[2]), pl.read_parquet(sys.argv[3]), Path(sys.argv[4]))
