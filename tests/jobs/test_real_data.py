"""``outcross study my.yaml`` on realistic data: a census table, images of digits, and prose."""

from pathlib import Path
from typing import Any

import pytest

from tests.jobs.workplace import make_workplace
from tests.shared_data import shared_data

pytestmark = pytest.mark.long(seconds=100)

STUDIES: dict[str, dict[str, Any]] = {
    "adult.parquet": {
        "source": {"columns": {"income": "label"}},
        "generator": {"kind": "copula", "draws": 8},
        "rows": 2000,
        "metrics": ["utility", "rare_survival"],
        "endpoints": {"utility": {"tolerance": 0.05}, "rare_survival": {"tolerance": 0.2}},
    },
    "mnist10k.parquet": {
        "source": {"rows_limit": 1500},
        "generator": {"kind": "cvae", "steps": 60},
        "metrics": ["loss", "neighbours"],
        "endpoints": {"loss": {"tolerance": 0.05}, "recall": {"tolerance": 0.2}},
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
    result = workplace.run_json("study", "small.yaml", "--workers", "1")
    assert {each["endpoint"] for each in result["verdicts"]} == set(changes["endpoints"])
    checks = workplace.run_json(
        "sql", "select distinct \"check\" from checks where not passed and thing <> 'evaluation_checks'"
    )
    assert checks["rows"] == [], "no integrity check failed"
    assert Path(result["report"]).stat().st_size > 100_000
