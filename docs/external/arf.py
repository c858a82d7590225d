"""An adversarial random forest (arfpy) as an external generator: read Parquet, fit, write Parquet.

Runs in an environment of its own, see docs/external.md; nothing of Outcross is imported.
"""

import argparse
import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from arfpy import arf

MISSING = "\x00missing"
"""A level that no data has: stands for a null, which the forest cannot take."""


def encode(rows, columns):
    """Categories for every string; of a number with nulls, its values and a category that says where they are."""
    table = {}
    for column in columns:
        values = rows[column["name"]]
        if column["role"] == "numeric":
            numbers = values.astype("float64")
            table[column["name"]] = numbers.fillna(numbers.median())
            if column["nullable"]:
                table[column["name"] + MISSING] = values.isna().map({True: "yes", False: "no"}).astype("category")
        else:
            table[column["name"]] = values.fillna(MISSING).astype("category")
    return pd.DataFrame(table)


def decode(drawn, rows, columns):
    """Back to the columns and types of the training rows; numbers stay within the range that was seen."""
    table = {}
    for column in columns:
        name = column["name"]
        values = drawn[name].astype(object)
        if column["role"] == "numeric":
            numbers = values.astype("float64").clip(float(rows[name].min()), float(rows[name].max()))
            if column["nullable"]:
                numbers = numbers.mask(drawn[name + MISSING].astype(object) == "yes")
            table[name] = numbers.round().astype("Int64") if column["integer"] else numbers
        else:
            table[name] = values.mask(values == MISSING, None)
    return pd.DataFrame(table)


def main():
    """Fit a forest to the training rows and write as many of its own."""
    parser = argparse.ArgumentParser()
    for name in ("train", "schema", "out"):
        parser.add_argument(name)
    parser.add_argument("rows", type=int)
    parser.add_argument("seed", type=int)
    parser.add_argument("--trees", type=int, default=10)
    options = parser.parse_args()

    columns = json.loads(Path(options.schema).read_text(encoding="utf-8"))["columns"]
    rows = pd.read_parquet(options.train)
    warnings.simplefilter("ignore", FutureWarning)  # arfpy's own, thousands of them
    np.random.seed(options.seed)  # arfpy and pandas draw from the global stream
    forest = arf.arf(
        encode(rows, columns), num_trees=options.trees, max_iters=2, random_state=options.seed, verbose=True
    )
    forest.forde()
    decode(forest.forge(options.rows), rows, columns).to_parquet(options.out, index=False)


if __name__ == "__main__":
    main()
