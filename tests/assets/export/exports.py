"""Datasets to export: a tame corpus, a hostile one, and a generation of a small study."""

import dataclasses
import io
from pathlib import Path

import polars as pl

from outcross.assets.artefacts import DATASET, Artefacts, Slot
from outcross.assets.checks import checks_address
from outcross.assets.corpus.ledger.guard_result import GuardResult
from outcross.assets.corpus.ledger.ledger import append
from outcross.assets.corpus.ledger.records import Estimate, PartRef
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.export.corpus import describe_version
from outcross.assets.export.description import Description, Entity, Step
from outcross.assets.export.fields import CORPUS_FIELDS
from outcross.assets.export.generation import describe_generation
from outcross.assets.study.study import Study
from outcross.jobs.running.plain_loop import run_plainly
from outcross.resources.corpus_store import CorpusStore
from outcross.resources.guard_engine import Vital, vitals_frame
from outcross.resources.schema import Column, Role, Schema
from outcross.resources.store import Store
from tests.assets.corpus.versions import AT, FIRST, HOSTILE, SCHEMA, SECOND, TRIMMED

SAMPLING = Step(
    name="sample",
    about="25 rows of a copula",
    by="team:data",
    at=AT,
    used=(Entity(name="models/copula", about="model", sha256="a" * 64, made_by="copula"),),
    made=Entity(name="corpora/adult/batches/b2", about="batch", made_by="copula"),
    facts=(("generator", "copula"), ("generator version", "1"), ("seed", str(2**62 + 1)), ("weights sha256", "b" * 64)),
)


def tame(version: Version = SECOND) -> Description:
    return describe_version(
        version, SCHEMA, licences=("CC-BY-4.0",), generators=(SAMPLING,) if version == SECOND else ()
    )


def hostile(text: str) -> Description:
    """A corpus in which every text is this one."""
    columns = [Column(name=f"{text}{index}", role=role) for index, role in enumerate((Role.CATEGORICAL, Role.GROUP))]
    found = Estimate(share=0.2, lower=0.1, upper=0.3, auc=0.8, decided=True, how=text)
    guard = GuardResult(
        guard=text, metric=text, group=text, value=1.0, lower=None, upper=0.5, passed=False, blocking=True, why=text
    )
    version = dataclasses.replace(
        SECOND,
        by=text,
        reason=text,
        batch=text,
        bound_from=text,
        estimated=found,
        guards=(guard,),
        parts=tuple(dataclasses.replace(part, batch=text) for part in SECOND.parts),
        counts=tuple(dataclasses.replace(count, generator=text or None, licence=text) for count in SECOND.counts),
    )
    made = dataclasses.replace(SAMPLING, name=text, about=text, by=text, facts=((text, text),))
    return describe_version(
        version, Schema(tuple(columns)), title=text, about=text, licences=(text, "MIT"), generators=(made,)
    )


HOSTILE_DATASETS = {f"hostile-{index}": hostile(text) for index, text in enumerate(HOSTILE)}


def store_corpus(root: Path, schema: Schema = SCHEMA) -> tuple[CorpusStore, list[Description]]:
    """A corpus of three versions with its Parquet parts in a store, and what there is to say of each."""
    corpus = CorpusStore(Store(root), "adult")
    anchor, batch = _part(corpus, schema, "anchor", 100), _part(corpus, schema, "b2", 25)
    ids = pl.DataFrame({"batch_id": ["b2"] * 5, "position": range(5)})
    left_out = PartRef(path="left_out/v3.parquet", sha256=_put(corpus, "left_out/v3.parquet", ids), rows=5, batch="")
    versions = [
        dataclasses.replace(FIRST, parts=(anchor,)),
        dataclasses.replace(SECOND, parts=(anchor, batch)),
        dataclasses.replace(TRIMMED, parts=(anchor, batch), left_out=(left_out,)),
    ]
    for version in versions:
        append(corpus, version)
    return corpus, [describe_version(version, schema, store=corpus) for version in versions]


def _part(corpus: CorpusStore, schema: Schema, batch: str, rows: int) -> PartRef:
    frame = pl.DataFrame(
        {
            field.name: [f"{batch}-{row}" for row in range(rows)] if field.kind == "text" else list(range(rows))
            for field in CORPUS_FIELDS
        }
    ).with_columns(pl.lit(1).cast(dtype).alias(name) for name, dtype in schema.polars.items())
    path = f"parts/{batch}.parquet"
    return PartRef(path=path, sha256=_put(corpus, path, frame), rows=rows, batch=batch)


def _put(corpus: CorpusStore, path: str, frame: pl.DataFrame) -> str:
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return corpus.put(path, buffer.getvalue())


def small_study(root: Path) -> Artefacts:
    """Three generations that accumulate, in two replicates."""
    study = Study.model_validate(
        {
            "study": "small",
            "description": "A small study.",
            "source": {"kind": "population", "rows": 40, "of": {"family": "gaussian", "dimensions": 2}},
            "holdout": 0,
            "metrics": ["population"],
            "generator": {"kind": "gaussian"},
            "generations": 3,
            "replicates": 2,
            "arms": {"accumulate": {"policy": "accumulate"}},
        }
    )
    artefacts = Artefacts(study, Store(root))
    run_plainly(artefacts, study.lineages, checks=False)
    vitals = vitals_frame([Vital("policy", "rows", "replicate 0", 120, 120, 120)]).with_columns(passed=pl.lit(True))
    artefacts.save(checks_address(Slot(artefacts, 2, "accumulate"), DATASET), vitals, inputs=(), blocking=True)
    return artefacts


def generation(artefacts: Artefacts, number: int) -> Description:
    return describe_generation(Slot(artefacts, number, "accumulate"), licences=("MIT",), at=AT)
