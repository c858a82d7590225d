"""A metric, a ladder's policy, a curation, a source and a file format are each added by one file and one line.

Each is written into a copy of the package, as somebody who extends Outcross would, and used up to a verdict, or up to a
batch that a corpus admits.
"""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

import outcross
from outcross.assets.study.study import Study
from outcross.resources.sources.formats import BY_SUFFIX


@dataclass(frozen=True)
class Addition:
    """A new file of the package, and the line by which a registry knows it, behind one that stands there."""

    file: str
    text: str
    registry: str
    line: str
    behind: str


METRIC = Addition(
    "assets/metrics/far_out.py",
    '''
"""Far out: whether rows still lie as far from the middle as real ones."""

from outcross.assets.metrics.contract import TABLE, Comparison, Measurement, RowMetric
from outcross.assets.metrics.endpoint import Definition, Endpoint, Reading

ENDPOINTS = (
    Endpoint("far_out", Definition.TAILS_VANISH, Reading.TAILS, "higher", "share of rows farther out than nine in ten"),
)


def measure(comparison: Comparison) -> list[Measurement]:
    """Measure ``far_out`` in the first column."""
    name = comparison.schema.numeric[0].name
    edge = comparison.probe.anchor[name].abs().quantile(0.9)
    return [Measurement("far_out", (comparison.synthetic[name].abs() > edge).mean(), float("nan"))]


METRIC = RowMetric(name="far_out", modalities=TABLE, measure=measure, endpoints=ENDPOINTS, absolute=True)
''',
    "assets/metrics/registry.py",
    '    "far_out",\n',
    '    "closeness",\n',
)
POLICY = Addition(
    "assets/study/policies/portioned.py",
    '''
"""Portioned: a portion of the rows is synthetic."""

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from outcross.assets.study.policies.contract import BASE, Policy, Pool, Selection, apportion


class Portioned(Policy):
    """The last real rows and the first synthetic ones."""

    rung_key: ClassVar[str | None] = "portion"
    mixture: ClassVar[str | None] = "where a portion of the rows is synthetic"
    policy: Literal["portioned"]
    portion: float = Field(ge=0, le=1)

    def select(self, pool: Pool) -> list[Selection]:
        """Take the last real rows and the first synthetic ones."""
        real, synthetic = apportion(pool.rows, self.portion)
        return [
            Selection(part=BASE, rows=np.arange(pool.rows - real, pool.rows)),
            Selection(part=pool.generation - 1, rows=np.arange(synthetic)),
        ]

    def share(self, generation: int) -> float:
        """The portion."""
        return self.portion
''',
    "assets/study/policies/__init__.py",
    "from outcross.assets.study.policies.portioned import Portioned as Portioned\n",
    "from outcross.assets.study.policies.fresh import Fresh as Fresh\n",
)
CURATION = Addition(
    "assets/study/curations/upper_half.py",
    '''
"""Upper half: rows are kept whose first column is positive."""

from typing import Literal

import polars as pl

from outcross.assets.study.curations.contract import Classify, Curation
from outcross.resources.schema import Schema


class UpperHalf(Curation):
    """Keep rows whose first column is positive."""

    kind: Literal["upper_half"] = "upper_half"

    def keep(
        self, proposed: pl.DataFrame, *, kept: pl.DataFrame, schema: Schema, classify: Classify, seed: int
    ) -> pl.Series:
        """Compare the first column with zero."""
        return proposed[schema.names[0]] > 0
''',
    "assets/study/curations/__init__.py",
    "from outcross.assets.study.curations.upper_half import UpperHalf as UpperHalf\n",
    "from outcross.assets.study.curations.deduplicate import Deduplicate as Deduplicate\n",
)
SOURCE = Addition(
    "resources/sources/ramp.py",
    '''
"""A ramp: numbers at equal distances."""

from typing import Literal

import polars as pl

from outcross.resources.schema import Column, Role, Schema
from outcross.resources.sources.contract import RealData, Source


class Ramp(Source):
    """``rows`` numbers between −1 and 1."""

    kind: Literal["ramp"] = "ramp"
    rows: int

    def load(self) -> RealData:
        """One column, ``height``."""
        schema = Schema((Column(name="height", role=Role.NUMERIC),))
        return RealData(rows=pl.DataFrame({"height": [2 * n / self.rows - 1 for n in range(self.rows)]}), schema=schema)
''',
    "resources/sources/__init__.py",
    "from outcross.resources.sources.ramp import Ramp as Ramp\n",
    "from outcross.resources.sources.digits import Digits as Digits\n",
)
FORMAT = Addition(
    "resources/sources/formats/pairs.py",
    '''
"""Pairs: a row a line, written as ``name=value name=value``."""

import polars as pl

from outcross.resources.sources.formats.contract import ReadOptions, RowFormat
from outcross.resources.sources.locate import SourceFile


class Pairs(RowFormat):
    """Names and values with an equals sign between them."""

    name = "pairs"
    suffixes = (".pairs",)
    untyped = True

    def read(self, file: SourceFile, options: ReadOptions) -> tuple[pl.DataFrame, list[str]]:
        """Read a file into String columns."""
        lines = file.text(options.text_bytes).splitlines()[: options.rows_limit]
        return pl.DataFrame([dict(pair.split("=") for pair in line.split()) for line in lines]), []
''',
    "resources/sources/formats/__init__.py",
    "from outcross.resources.sources.formats.pairs import Pairs as Pairs\n",
    "from outcross.resources.sources.formats.parquet import Parquet as Parquet\n",
)
ADDITIONS = {"metric": METRIC, "policy": POLICY, "curation": CURATION, "source": SOURCE, "format": FORMAT}

STUDY: dict[str, Any] = {
    "study": "extended",
    "source": {"kind": "ramp", "rows": 100},
    "generator": {"kind": "gaussian"},
    "metrics": ["far_out"],
    "generations": 3,
    "replicates": 3,
    "arms": {"upper": {"policy": "replace", "curation": {"kind": "upper_half"}}},
    "ladders": {"portions": {"policy": "portioned", "portions": [0, 0.5, 1]}},
    "endpoints": {"far_out": {"tolerance": 0.1}},
}
RUN_STUDY = """
import json, sys
from outcross.assets.artefacts import EVALUATION, SYNTHETIC, VERDICT, Artefacts, Slot
from outcross.assets.study.study import Study
from outcross.assets.verdict.make import make_verdict
from outcross.jobs.running.plain_loop import run_plainly
from outcross.resources.store import Store

study = Study.model_validate_json(sys.argv[1])
artefacts = Artefacts(study, Store(sys.argv[2]))
run_plainly(artefacts, study.lineages, checks=False)
make_verdict(artefacts)
verdict = artefacts.load(artefacts.address(VERDICT)).row(0, named=True)
curated = Slot(artefacts, 1, "upper").load(SYNTHETIC)
measured = Slot(artefacts, 2, "portioned-0.5").load(EVALUATION)
found = {
    "lineages": list(study.lineages),
    "sentence": " ".join(verdict["details"]),
    "definition": verdict["definition"],
    "curated": curated["height"].min(),
    "metrics": measured["metric"].unique().to_list(),
}
print(json.dumps(found))
"""
RUN_INGEST = """
import json, sys
from pathlib import Path
from outcross.assets.corpus.corpus import Corpus
from outcross.assets.corpus.intake.ingest import ingest
from outcross.assets.corpus.intake.outcome import Request
from outcross.assets.corpus.open_corpus import open_corpus
from outcross.resources.store import Store

folder, at = Path(sys.argv[1]), "2026-03-01T12:00:00+00:00"
source = {"kind": "files", "path": str(folder / "anchor.pairs")}
corpus = Corpus.model_validate({"corpus": "rooms", "anchor": source, "mode": "observe", "bound": {"share": 0.3}})
opened = open_corpus(corpus, Store(folder / "data"), by="test", at=at)
outcome = ingest(opened, folder / "march.pairs", Request(claims={"origin": "real"}, by="test", at=at))
kept = [path.rpartition("/")[2] for path in opened.files.list()]
print(json.dumps({"status": outcome.status, "anchor": opened.rows.height + opened.holdout.height, "kept": kept}))
"""


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a copy of the package and everything that is added to it."""
    folder, package = tmp_path_factory.mktemp("extended"), Path(outcross.__file__).parent
    shutil.copytree(package, folder / "outcross")  # with what is compiled of it already
    for addition in ADDITIONS.values():
        (folder / "outcross" / addition.file).write_text(addition.text.lstrip())
        registry = folder / "outcross" / addition.registry
        before = registry.read_text()
        assert before.count(addition.behind) == 1 and addition.line.count("\n") == 1
        registry.write_text(before.replace(addition.behind, addition.behind + addition.line))
    return folder


def run(extended: Path, program: str, *arguments: str) -> dict[str, Any]:
    """What a program prints that runs with the copy."""
    environment = {**os.environ, "PYTHONPATH": str(extended), "PYTHONDONTWRITEBYTECODE": ""}
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    printed: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return printed


def test_a_study_of_what_was_added_reaches_its_verdict(extended: Path, tmp_path: Path) -> None:
    printed = run(extended, RUN_STUDY, json.dumps(STUDY), str(tmp_path))
    assert printed["lineages"] == ["upper", "portioned-0", "portioned-0.5", "portioned-1"]
    assert printed["curated"] > 0, "the curation has chosen"
    assert printed["metrics"] == ["far_out"]
    assert printed["definition"] == "tails and modes vanish"
    assert "where a portion of the rows is synthetic" in printed["sentence"]
    assert "far out (share of rows farther out than nine in ten; “tails and modes vanish”)" in printed["sentence"]


def test_a_batch_in_an_added_format_is_taken_in(extended: Path, tmp_path: Path) -> None:
    for name, start, rows in (("anchor", 0, 100), ("march", 200, 20)):
        lines = [f"size={start + row * 0.5} room={'ab'[row % 2]}" for row in range(rows)]
        (tmp_path / f"{name}.pairs").write_text("\n".join(lines))
    printed = run(extended, RUN_INGEST, str(tmp_path))
    assert printed["anchor"] == 100
    assert printed["status"] == "admitted"
    assert "original.pairs" in printed["kept"]


def test_without_them_the_same_study_is_refused() -> None:
    with pytest.raises(ValidationError) as refusal:
        Study.model_validate(STUDY)
    message = str(refusal.value)
    for unknown in ("'ramp'", "'far_out' is not a metric", "'upper_half'", "'portions' is not a key of a ladder"):
        assert unknown in message
    assert ".pairs" not in BY_SUFFIX
