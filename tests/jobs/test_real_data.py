"""A study of realistic data: a census table, images of digits, and prose."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

import outcross as oc
from tests.jobs.workplace import make_workplace
from tests.shared_data import shared_data

pytestmark = pytest.mark.long(seconds=50)

STUDIES: dict[str, dict[str, Any]] = {
    "adult.parquet": {
        "source": {"columns": {"income": "label"}},
        "generator": {"kind": "copula", "draws": 8},
        "rows": 2000,
        "metrics": ["utility", "rare_survival"],
        "endpoints": {"utility": {"tolerance": 0.05}, "rare_survival": {"tolerance": 0.2}},
    },
    "mnist10k.parquet": {
        "source": {"rows_limit": 600},
        "generator": {"kind": "cvae", "steps": 30},
        "metrics": ["loss", "neighbours"],
        "endpoints": {"loss": {"gain": 0.05}, "recall": {"tolerance": 0.2}},
    },
    "wikitext2_valid.txt": {
        "source": {},
        "generator": {"kind": "ngram"},
        "rows": 1000,
        "metrics": ["words"],
        "endpoints": {"vocabulary_survival": {"tolerance": 0.1}},
    },
}


@pytest.mark.parametrize("name", list(STUDIES))
def test_a_study_of_a_teams_own_file_reaches_its_verdicts(tmp_path: Path, name: str) -> None:
    changes = STUDIES[name]
    source = {"kind": "files", "path": str(shared_data(name)), **changes["source"]}
    ladders = {"substitution": {"policy": "fixed", "shares": [0, 1]}}
    workplace = make_workplace(
        tmp_path,
        **{**changes, "source": source, "generations": 2},
        **{"replicates": 2, "arms": {}, "ladders": ladders},
    )
    ran = oc.run(workplace.study, root=tmp_path / "data", progress=False)
    assert set(ran.verdicts()["endpoint"]) == set(changes["endpoints"])
    failed = ran.checks().filter("blocking", ~pl.col("passed"))
    assert failed.height == 0, "no integrity check failed"
    html = ran.report().html
    assert html.count("<svg") >= len(changes["endpoints"]) and html.rstrip().endswith("</html>")
