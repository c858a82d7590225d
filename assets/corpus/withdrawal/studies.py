"""Studies of a root, read to find those that learnt from rows of a corpus, and what they made of them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from outcross.assets.artefacts import ANCHOR, HOLDOUT, MODEL, POOL, SYNTHETIC
from outcross.assets.corpus.ledger.ledger import VERSIONS, newest
from outcross.assets.corpus.open_corpus import OpenCorpus, with_content_hash
from outcross.assets.corpus.provenance import PREFIX
from outcross.assets.corpus.renewal.old_anchor import read_real_rows
from outcross.assets.corpus.withdrawal.ledgers import Names
from outcross.assets.corpus.withdrawn_rows import read_contents
from outcross.resources.corpus_store import FOLDER, CorpusStore
from outcross.resources.store import Address, MissingArtefact, Store
from outcross.resources.typed_rows import to_canonical, typed_dtype


@dataclass(frozen=True, kw_only=True)
class Made:
    """A model or a part of synthetic rows of a study: its path below the root, and its rows; 0 for a model."""

    kind: str
    path: str
    rows: int


def list_studies(store: Store) -> list[str]:
    """List the studies of a root that have read their rows."""
    return [path.split("/")[-3] for path in store.glob(f"*/{ANCHOR}/part.parquet")]


def count_read(corpus: OpenCorpus, study: str, contents: pl.DataFrame) -> int:
    """Count the rows of a study's anchor, holdout or pool with the content of rows of a corpus.

    Args:
        corpus: by whose columns rows are compared.
        study: its name.
        contents: ``content`` of these rows.
    """
    found = 0
    for thing in (ANCHOR, HOLDOUT, POOL):
        address = Address(study=study, thing=thing)
        if not corpus.store.exists(address):
            continue
        there = corpus.store.column_types(address)
        columns = corpus.schema.columns
        if any(there.get(each.name) not in (typed_dtype(each), each.dtype) for each in columns):
            continue
        rows = to_canonical(corpus.store.read(address, columns=corpus.schema.names), corpus.schema)
        found += with_content_hash(rows, corpus.schema).join(contents, on="content", how="semi").height
    return found


def find_withdrawn_from(store: Store, study: str) -> Iterator[str]:
    """Yield a sentence for each withdrawal of a store that withdrew rows which are real rows of a study."""
    versions = store.glob(f"{FOLDER}/*/{VERSIONS}/*.json")
    names = sorted({path.split("/")[-3] for path in versions})
    known = read_real_rows(store, study) if names else None
    if known is None:
        return
    for name in names:
        files = CorpusStore(store, name)
        last = newest(files)
        if last is None or not last.withdrawals:
            continue
        contents = read_contents(files, last)
        found = contents.filter(pl.col("content").is_in(known.implode()))
        for each in last.withdrawals:
            if rows := found.filter(pl.col("version") == each.version).height:
                erased = ", and erased" if each.erased else ""
                yield (
                    f"study '{study}' rests on {rows:,} rows that version {each.version} of corpus '{name}' withdrew "
                    f"({each.reason}){erased}. To ask it again without them, write the rows with 'outcross take {name} "
                    "--to FOLDER', and name them as its source"
                )


def reads_files_of(store: Store, study: str, corpus: str) -> bool:
    """Whether the source of a study lies in the folder of a corpus."""
    try:
        stated = store.provenance(Address(study=study, thing=ANCHOR))
    except (MissingArtefact, KeyError):
        return False
    told = json.dumps([stated.get("settings"), stated.get("source")], ensure_ascii=False)
    return f"/{FOLDER}/{corpus}/" in told


def draws_from(store: Store, study: str, names: Names) -> bool:
    """Whether the pool of a study names what its rows were made from, and that is among ``names``."""
    address, column = Address(study=study, thing=POOL), f"{PREFIX}parent"
    if not store.exists(address) or column not in store.column_types(address):
        return False
    stated = store.read(address, columns=[column])[column].unique().drop_nulls()
    return any(names.meant_by(str(each)) for each in stated)


def list_made(store: Store, study: str) -> list[Made]:
    """List the models and the synthetic rows of a study."""
    found = []
    for kind in (MODEL, SYNTHETIC):
        for path in store.glob(f"{study}/{kind}/**/part.parquet"):
            below = path[len(store.path) + 1 :].removesuffix("/part.parquet")
            rows = 0
            if kind == SYNTHETIC:
                with store.filesystem.open(path, "rb") as file:
                    rows = int(pl.scan_parquet(file).select(pl.len()).collect().item())
            found.append(Made(kind=kind, path=below, rows=rows))
    return found
