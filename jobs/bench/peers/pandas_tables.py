"""Tables as pandas reads them, and what SDMetrics and SDV want to know of their columns."""

from pathlib import Path
from typing import Any

import pandas as pd

TABLE = "table"


def read(path: str | Path) -> pd.DataFrame:
    """Read one."""
    return pd.read_parquet(path)


def metadata(job: dict[str, Any]) -> dict[str, Any]:
    """Describe the columns as both libraries do since SDMetrics 0.32 and SDV 2.0: tables by name."""
    columns = {name: {"sdtype": kind} for kind in ("numerical", "categorical") for name in job[kind]}
    return {"tables": {TABLE: {"columns": columns}}}
