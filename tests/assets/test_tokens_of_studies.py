"""What the tokenizer means for studies: spaces between Chinese words decide nothing, and two tokenizers never mix."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from outcross.assets.artefacts import ANCHOR, EVALUATION, Artefacts
from outcross.assets.study.study import Study
from outcross.assets.verdict.make import make_verdict, reach_verdicts
from outcross.jobs.running.plain_loop import run_plainly
from outcross.resources.schema import Column, Role, Schema
from outcross.resources.store import Store
from outcross.resources.tokens import VERSION

STUDY: dict[str, Any] = {
    "study": "chinese",
    "source": {"kind": "files", "path": "rows.jsonl", "columns": {"text": "text"}},
    "generator": {"kind": "ngram"},
    "generations": 2,
    "replicates": 6,
    "metrics": ["loss"],
    "ladders": {"substitution": {"policy": "fixed", "shares": [0.2, 0.5, 1]}},
    "endpoints": {"loss": {"gain": 0.15}},
}


def chinese(rows: int) -> list[list[str]]:
    """Return rows of twelve words of one to three characters, 24 in all; few words are frequent."""
    random, mass = np.random.default_rng(1), 1 / np.arange(1, 131)
    words = [["".join(chr(0x4E00 + each) for each in random.integers(900, size=n)) for _ in mass] for n in (1, 2, 3)]
    drawn = random.choice(len(mass), (rows, 12), p=mass / mass.sum())
    return [[words[place % 3][word] for place, word in enumerate(row)] for row in drawn]


def verdict_of(folder: Path, texts: list[str]) -> dict[str, float | None]:
    folder.mkdir()
    (folder / "rows.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    study = Study.model_validate(STUDY, context={"base": folder})
    artefacts = Artefacts(study, Store(folder / "data"))
    run_plainly(artefacts, study.lineages, checks=False)
    make_verdict(artefacts)
    (verdict,) = reach_verdicts(artefacts)
    return {"share": verdict.safe_share, "limit": verdict.lower_95}


def test_chinese_rows_have_the_same_verdict_with_and_without_spaces(tmp_path: Path) -> None:
    rows = chinese(150)
    spaced = verdict_of(tmp_path / "spaced", [" ".join(row) for row in rows])
    written = verdict_of(tmp_path / "written", ["".join(row) for row in rows])
    assert spaced["share"] == pytest.approx(written["share"], abs=0.1)
    assert 0 < max(spaced["limit"], written["limit"]) < min(spaced["share"], written["share"]) < 0.9


@pytest.mark.parametrize(
    ("role", "about", "current"),
    [(Role.TEXT, {}, False), (Role.TEXT, {"tokens": VERSION}, True), (Role.CATEGORICAL, {}, True)],
)
def test_an_evaluation_of_texts_by_another_tokenizer_is_read_but_not_current(
    tmp_path: Path, role: Role, about: dict[str, str], current: bool
) -> None:
    artefacts = Artefacts(Study.model_validate(STUDY, context={"base": tmp_path}), Store(tmp_path))
    schema = Schema((Column(name="text", role=role),))
    rows = pl.DataFrame({"text": ["a", "b"]})
    artefacts.save(artefacts.address(ANCHOR), rows, inputs=(), schema=schema.to_json())
    address = artefacts.address(EVALUATION, 0)
    artefacts.save(address, rows, inputs=[artefacts.address(ANCHOR)], **about)
    assert artefacts.is_current(address) is current
    assert artefacts.load(address).height == 2
