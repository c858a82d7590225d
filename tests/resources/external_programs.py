"""Small programs that stand for a team's generator: one that works, and one for each way to fail."""

import sys
from pathlib import Path
from typing import Any

ARGUMENTS = ["{train}", "{out}", "{rows}", "{seed}"]

READ = """
import sys
import polars as pl
train, out, rows, seed = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
table = pl.read_parquet(train)
drawn = table.sample(rows, with_replacement=True, seed=seed)
"""

BOOTSTRAP = READ + "print('drew', rows, 'of', table.height, file=sys.stderr)\ndrawn.write_parquet(out)\n"

FAILURES: dict[str, tuple[str, str]] = {
    "nonzero exit": ("import sys; sys.exit('no luck today')", "exit code 1.*no luck today"),
    "ended by a signal": ("import os; os.kill(os.getpid(), 9)", "ended by signal 9"),
    "no output": ("pass", "wrote no file to {out}"),
    "empty file": (READ + "open(out, 'w').close()", "cannot be read as Parquet"),
    "damaged Parquet": (
        READ + "drawn.write_parquet(out); b = open(out, 'rb').read(); open(out, 'wb').write(b[:40] + b[60:])",
        "cannot be read as Parquet",
    ),
    "too few rows": (READ + "drawn.head(rows - 1).write_parquet(out)", "wrote 29 rows where 30 were asked for"),
    "too many rows": (READ + "pl.concat([drawn, drawn]).write_parquet(out)", "more than 30 rows where 30"),
    "missing column": (READ + "drawn.drop('size').write_parquet(out)", "wrote no column 'size' .but 'count', 'kind'"),
    "wrong type": (
        READ + "drawn.with_columns(size=pl.lit('large')).write_parquet(out)",
        "column 'size' that holds 'large', which is no number",
    ),
    "lists for numbers": (
        READ + "drawn.with_columns(size=pl.concat_list('size')).write_parquet(out)",
        "column 'size' that holds '\\[.*\\]', which is no number",
    ),
    "lists for categories": (
        READ + "drawn.with_columns(kind=pl.concat_list('kind')).write_parquet(out)",
        "column 'kind' that holds '\\[.*\\]', which is no category or text",
    ),
    "fractions for integers": (
        READ + "drawn.with_columns(count=pl.col('count') + 0.5).write_parquet(out)",
        "column 'count' that holds '.*.5', which is no whole number",
    ),
    "nulls": (
        READ + "drawn.with_columns(size=pl.when(pl.int_range(rows) > 4).then('size')).write_parquet(out)",
        "column 'size' with 5 nulls",
    ),
    "NaN": (
        READ + "drawn.with_columns(size=pl.lit(float('nan'))).write_parquet(out)",
        "column 'size' that holds 'NaN', which is no number",
    ),
}
"""What goes wrong → a program that does it, and what the error says."""


def settings_of(program: str, folder: Path, **changes: Any) -> dict[str, Any]:
    """Write a program; return the settings of an external generator that runs it."""
    (folder / "program.py").write_text(program)
    return {"kind": "external", "command": [sys.executable, "program.py", *ARGUMENTS], **changes}
