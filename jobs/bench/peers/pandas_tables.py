"""Tables read with pandas, and the metadata of their columns for SDMetrics and SDV."""

from pathlib import Path
from typing import Any

import pandas as pd

TABLE = "table"


def read(path: str | Path) -> pd.DataFrame:
    """Read a table from a Parquet file."""
    return pd.read_parquet(path)


def metadata(job: dict[str, Any]) -> dict[str, Any]:
    """Describe the columns in the format of SDMetrics from 0.32 and SDV from 2.0 on: tables by name."""
    columns = {name: {"sdtype": kind} for kind in ("numerical", "categorical") for name in job[kind]}
    return {"tables": {TABLE: {"columns": columns}}}
