"""Audit of the rows that were released by their probability: what their version expects, from the stored bytes."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import astuple

import polars as pl

from outcross.assets.corpus.audit.findings import Finding
from outcross.assets.corpus.files import DECIDED, POSTERIOR
from outcross.assets.corpus.ledger.ledger import version_path
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.parquet_file import read_rows
from outcross.assets.corpus.quarantine.by_probability import PROBABILITY, expect
from outcross.resources.errors import BadInput

_KNOWN = {"position": pl.Int64(), **POSTERIOR}
_TOLERANCE = 1e-6


def audit_released(corpus: OpenCorpus, versions: Sequence[Version], erased: pl.DataFrame) -> Iterator[str]:
    """Compute again how many of the rows of each such release are expected to be synthetic; yield what differs.

    Where some of these rows were ``erased``, that cannot be computed any more.
    """
    held = {version.batch: version.held for version in versions if version.action == "ingest"}
    for version in versions:
        if version.expected is None or not version.decided:
            continue
        path, entered = version_path(version.number), held.get(version.batch)
        try:
            listed = pl.concat(read_rows(corpus.files, version.decided[-1].path, DECIDED))
            kept = pl.DataFrame(schema=_KNOWN)
            if entered is not None:
                kept = pl.concat([kept, *read_rows(corpus.files, entered.path, _KNOWN)])
        except BadInput as error:
            yield Finding.UNREADABLE_PART.say(fault=error)
            continue
        if (
            entered is not None
            and listed.join(erased.filter(pl.col("path") == entered.path), on="position", how="semi").height
        ):
            continue
        rows = kept.join(listed, on="position", how="semi", maintain_order="left")
        unlikely = rows.filter(pl.col(PROBABILITY) < version.expected.below)
        found = expect(unlikely, below=version.expected.below)
        same = (
            math.isclose(one, other, abs_tol=_TOLERANCE)
            for one, other in zip(astuple(found), astuple(version.expected), strict=True)
        )
        if not all(same):
            yield Finding.OTHER_EXPECTATION.say(
                version=path,
                batch=version.batch,
                below=version.expected.below,
                stated=version.expected.synthetic,
                rows=version.expected.rows,
                found=found.synthetic,
                counted=found.rows,
            )
