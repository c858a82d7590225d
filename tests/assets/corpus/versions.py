"""Versions of a small corpus, with ordinary and with hostile texts."""

import dataclasses
import hashlib
from typing import Any

from outcross.assets.corpus.ledger.guard_result import GuardResult
from outcross.assets.corpus.ledger.records import Count, Estimate, PartRef
from outcross.assets.corpus.ledger.version import Version
from outcross.resources.schema import Column, Role, Schema

AT = "2026-03-01T12:00:00+00:00"
SCHEMA = Schema(
    (
        Column(name="age", role=Role.NUMERIC, integer=True),
        Column(name="hours", role=Role.NUMERIC, nullable=True),
        Column(name="work", role=Role.CATEGORICAL, nullable=True),
        Column(name="sex", role=Role.GROUP),
        Column(name="income", role=Role.LABEL),
    )
)
HOSTILE = (
    '"quoted" \\back\\slash',
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "'; DROP TABLE rows; --",
    "two\nlines\r\n---\nlicense: mit\n---\n# heading",
    "| cell | [link](javascript:alert(1)) ![i](http://x/i.png) `code` **b** ~~s~~",
    "www.example.com https://example.com a@example.com @someone #1 $x$ &lt; &#60;",
    "=cmd|' /C calc'!A0",
    "\u202egnp.exe\u200b\u0000\u0007\ufeff",
    "日本語 🦀 e\u0301 \u2028 \u2029",
    "lone \udc80 surrogate",
    "{{ braces }} {% x %} ${y} %s %(z)s",
    "- list\n1. item\n> quote\n    code\n\ttab",
    "x" * 20_000,
    "..",
    "",
    "!!python/object/apply:os.system [id]",
    "*anchor &alias : - ? , [ ] { } # | > @ ` yes null 1e3 2026-01-01",
)


def part(path: str, rows: int, batch: str) -> PartRef:
    return PartRef(path=path, sha256=hashlib.sha256(path.encode()).hexdigest(), rows=rows, batch=batch)


ANCHOR_COUNT = Count(origin="real", depth=0, generator=None, licence="CC-BY-4.0", rows=100)
FIRST = Version(
    corpus="adult",
    number=1,
    parent=None,
    at=AT,
    by="team:data",
    action="anchor",
    reason="the anchor",
    batch="anchor",
    rows_in=100,
    rows_admitted=100,
    rows_quarantined=0,
    parts=(part("parts/anchor.parquet", 100, "anchor"),),
    left_out=(),
    counts=(ANCHOR_COUNT,),
    declared_share=0.0,
    estimated=None,
    bound=0.3,
    bound_from="study census, ladder substitution, endpoint loss",
    guards=(),
)


def after(version: Version, *, rows: int = 1, batch: str = "", **changes: Any) -> Version:
    """The next version: a batch of synthetic rows on top."""
    number = version.number + 1
    name = batch or f"b{number}"
    earlier = [count for count in version.counts if count.origin != "synthetic"]
    synthetic = sum(count.rows for count in version.counts if count.origin == "synthetic") + rows
    made = Count(origin="synthetic", depth=1, generator="copula", licence="CC-BY-4.0", rows=synthetic)
    return dataclasses.replace(
        version,
        **{
            "number": number,
            "parent": version.number,
            "action": "ingest",
            "reason": f"batch {name}",
            "batch": name,
            "rows_in": rows + 2,
            "rows_admitted": rows,
            "rows_quarantined": 2,
            "parts": (*version.parts, part(f"parts/{name}.parquet", rows, name)),
            "counts": (*earlier, made),
            "declared_share": synthetic / (version.rows + rows),
            **changes,
        },
    )


ESTIMATE = Estimate(share=0.21, lower=0.17, upper=0.26, auc=0.83, decided=True, how="quantification")
GUARDS = (
    GuardResult(
        guard="drift",
        metric="auc",
        group="",
        value=0.61,
        lower=None,
        upper=0.6,
        passed=False,
        blocking=True,
        why="drift",
    ),
    GuardResult(
        guard="range",
        metric="nulls",
        group="work",
        value=0.02,
        lower=0.0,
        upper=0.1,
        passed=True,
        blocking=True,
        why="",
    ),
    GuardResult(
        guard="tails",
        metric="rare",
        group="sex=F",
        value=None,
        lower=0.1,
        upper=None,
        passed=False,
        blocking=False,
        why="-",
    ),
)
SECOND = after(FIRST, rows=25, estimated=ESTIMATE, guards=GUARDS)
TRIMMED = dataclasses.replace(
    SECOND,
    number=3,
    parent=2,
    action="trim",
    reason="back below the bound",
    batch=None,
    rows_in=0,
    rows_admitted=0,
    rows_quarantined=0,
    left_out=(part("left_out/v3.parquet", 5, ""),),
    counts=(ANCHOR_COUNT, dataclasses.replace(SECOND.counts[1], rows=20)),
    declared_share=20 / 120,
)
