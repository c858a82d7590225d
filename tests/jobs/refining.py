"""A tiny study whose ladder adds rungs."""

from typing import Any

REFINING: dict[str, Any] = {
    "study": "refining",
    "source": {"kind": "population", "rows": 200, "of": {"family": "gaussian", "dimensions": 1}},
    "generator": {"kind": "gaussian"},
    "seed": 2,
    "holdout": 0,
    "metrics": ["population"],
    "generations": 2,
    "replicates": 10,
    "rows": 20,
    "ladders": {"substitution": {"policy": "fixed", "shares": [0.5, 1], "refine": 3}},
    "endpoints": {"excess_risk": {"absolute": 0.03}},
}
"""Share 0.5 is not shown to be safe, 0.125 is, and 0.25 is not."""
