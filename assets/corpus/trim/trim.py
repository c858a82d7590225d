"""Bring a corpus that is past its bound back to it: plan how many real rows to add, or leave synthetic rows out.

The deepest rows are left out first. Of equally deep rows, those closest to other rows go first, since they add the
least. An unknown depth counts as 1. Nothing is deleted: a version lists the rows that it leaves out, which stay stored.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from outcross.assets.corpus.bound_in_rows import not_real, real_rows_needed, rows_to_leave_out
from outcross.assets.corpus.contents import scan_rows
from outcross.assets.corpus.damage import names_damage
from outcross.assets.corpus.files import KEY, LEFT_OUT
from outcross.assets.corpus.ledger.counts import KIND, subtract_rows
from outcross.assets.corpus.ledger.ledger import extend, read_version
from outcross.assets.corpus.ledger.next_version import next_version
from outcross.assets.corpus.ledger.records import Count
from outcross.assets.corpus.ledger.totals import totals
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.named_files import name_rules
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.rows_file import RowsFile, store_part
from outcross.assets.corpus.share_bound import read_bound
from outcross.assets.corpus.trim.composition import Composition, measure_composition
from outcross.assets.corpus.trim.nearest import SECOND, distances_to_others, draw, draw_records, has_distances
from outcross.assets.corpus.trim.past_bound import at_least_synthetic
from outcross.assets.corpus.undeclared.corpus_share import estimate_corpus_share, estimate_recent
from outcross.resources.errors import BadInput
from outcross.resources.staging import staging_folder

MEASURED = 20_000
"""Rows whose distances are measured, at the depth that is left out in part."""
_models = pl.col("depth").fill_null(1)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A plan to bring a corpus back to its bound.

    Attributes:
        corpus: its name.
        version: the only version that the plan is for.
        bound: the share to reach.
        bound_from: source of this share.
        real_rows: smallest number of real rows to add that reaches it; None where none does.
        leave_out: smallest number of synthetic rows to leave out that reaches it, as far as rows declare that they are.
        lacking: rows that would have to be left out besides, and are only estimated to be synthetic.
        how: criterion by which these rows were chosen.
        before: composition of the corpus.
        after: composition without these rows.
        counts: of the corpus without these rows.
        chosen: these rows: ``batch_id``, ``position``, ``content``.
    """

    corpus: str
    version: int
    bound: float
    bound_from: str
    real_rows: int | None
    leave_out: int
    lacking: int
    how: str
    before: Composition
    after: Composition
    counts: tuple[Count, ...]
    chosen: pl.DataFrame = field(repr=False, compare=False)


@names_damage
def plan(corpus: OpenCorpus, *, share: float | None = None) -> Plan:
    """Plan how to bring a corpus back to its bound; the corpus is unchanged.

    Args:
        corpus: the open corpus.
        share: the share to reach, at most the bound; the bound if None.

    Raises:
        BadInput: the share is not between 0 and the bound.
    """
    version, bound = read_version(corpus.files), read_bound(corpus.settings, corpus.store)
    target = bound.share if share is None else share
    if not 0 <= target <= bound.share:
        raise BadInput(
            f"the share {target:g} is not between 0 and the bound of {bound.share:g} ({bound.source}); choose one "
            "that is"
        )
    synthetic, rows = at_least_synthetic(version), scan_rows(corpus, version)
    needed = rows_to_leave_out(synthetic, version.rows, target)
    leave_out = min(needed, not_real(version.counts))
    before = after = measure_composition(corpus, rows, version.counts)
    counts, chosen, how = version.counts, pl.DataFrame(schema=LEFT_OUT), "nothing has to be left out"
    if leave_out:
        ranked, how = _ranked(corpus, rows, version.counts, leave_out)
        counts = subtract_rows(version.counts, ranked)
        chosen = ranked.select(list(LEFT_OUT)).sort(KEY)
        after = measure_composition(corpus, rows.join(chosen.lazy(), on=KEY, how="anti"), counts)
    return Plan(
        corpus=version.corpus,
        version=version.number,
        bound=target,
        bound_from=bound.source if share is None else "as requested",
        real_rows=real_rows_needed(synthetic, version.rows, target),
        leave_out=leave_out,
        lacking=needed - leave_out,
        how=how,
        before=before,
        after=after,
        counts=counts,
        chosen=chosen,
    )


@names_damage
def apply(corpus: OpenCorpus, plan: Plan, *, reason: str, by: str, at: str) -> Version:
    """Leave the rows of a plan out of the corpus, as a new version.

    Args:
        corpus: the open corpus.
        plan: for its last version.
        reason: for the ledger.
        by: who decided it.
        at: when, ISO 8601 with its offset.

    Raises:
        BadInput: nothing has to be left out, no reason is given, or the corpus has a newer version than the plan. The
            corpus is unchanged then.
    """
    if not reason.strip():
        raise BadInput(f"corpus '{plan.corpus}': a trim needs a reason, which the ledger records; state one")
    if not plan.leave_out and plan.lacking:
        raise BadInput(
            f"corpus '{plan.corpus}' is past the share of {plan.bound:.1%} by rows that are only estimated to be "
            "synthetic, so there is nothing to leave out; add real rows, or ask the sources of the last batches"
        )
    if not plan.leave_out:
        raise BadInput(
            f"corpus '{plan.corpus}' keeps the share of {plan.bound:.1%}, so there is nothing to leave out; plan for a "
            "smaller share with --share to trim it further"
        )

    def following(last: Version | None) -> Version:
        if last is None or (last.corpus, last.number) != (plan.corpus, plan.version):
            raise BadInput(
                f"corpus '{plan.corpus}' has a newer version than {plan.version}, which the plan is for; plan again"
            )
        bound = read_bound(corpus.settings, corpus.store)
        with staging_folder() as folder:
            listed = RowsFile(folder / "left_out.parquet")
            listed.add(plan.chosen)
            listed.close(plan.chosen)
            path = f"left_out/{last.number + 1:08d}"
            part = store_part(corpus.files, listed.path, path, rows=listed.rows, batch="")
        return next_version(
            last,
            "trim",
            by=by,
            at=at,
            reason=f"{reason} ({plan.leave_out:,} rows left out to reach {plan.bound:.1%}; {plan.how})",
            left_out=(*last.left_out, part),
            counts=plan.counts,
            declared_share=totals(plan.counts).share,
            **_estimates(last, plan),
            bound=bound.share,
            bound_from=bound.source,
            files=(name_rules(corpus.files, corpus.settings),),
        )

    version = extend(corpus.files, following)
    assert version is not None
    return version


def _estimates(last: Version, plan: Plan) -> dict[str, Any]:
    """Estimate the share without the rows left out; if these may be real, the next intake counts the rows again."""
    evidence = last.evidence if plan.chosen.height == _declared(last.counts) - _declared(plan.counts) else None
    estimated = estimate_corpus_share(last, plan.counts, None, evidence=evidence)
    return {"estimated": estimated, "evidence": evidence, "recent": estimate_recent(evidence)}


def _declared(counts: Sequence[Count]) -> int:
    return totals(counts).synthetic


def _ranked(
    corpus: OpenCorpus, rows: pl.LazyFrame, counts: Sequence[Count], leave_out: int
) -> tuple[pl.DataFrame, str]:
    """Choose the rows to leave out, and describe the criterion."""
    depth, deeper = _boundary(counts, leave_out)
    doubtful = rows.filter(pl.col("origin") != "real").filter(_models >= depth)
    found = doubtful.select(*LEFT_OUT, *KIND).collect(engine="streaming")
    whole, part = found.filter(_models > depth), found.filter(_models == depth)
    if leave_out - deeper == part.height:
        return found, "the deepest rows"
    kept = rows.filter((pl.col("origin") == "real") | (_models <= depth))
    order, how = _nearest_first(corpus, kept, part, of=sum(count.rows for count in counts) - deeper)
    return pl.concat([whole, order.head(leave_out - deeper)]), how


def _boundary(counts: Sequence[Count], leave_out: int) -> tuple[int, int]:
    """Find the depth that is left out in part, and the number of deeper rows."""
    depths: dict[int, int] = {}
    for count in counts:
        if count.origin != "real":
            depth = 1 if count.depth is None else count.depth
            depths[depth] = depths.get(depth, 0) + count.rows
    deeper = 0
    for depth in sorted(depths, reverse=True):
        if deeper + depths[depth] >= leave_out:
            return depth, deeper
        deeper += depths[depth]
    raise AssertionError("more rows are to be left out than are not real")


def _nearest_first(corpus: OpenCorpus, kept: pl.LazyFrame, rows: pl.DataFrame, *, of: int) -> tuple[pl.DataFrame, str]:
    """Sort rows of one depth: repeats first, then those closest to another row that is kept.

    Where there are too many to measure, the others are spread evenly among the measured rows, by their hashes.
    """
    schema = corpus.schema
    spread = pl.col("content").str.slice(8, 8).str.to_integer(base=16) / 2**32
    ranked = rows.with_columns(
        again=pl.int_range(pl.len()).over("content") > 0,
        place=spread,
    )
    how = "the deepest rows, and any of the equally deep ones"
    if has_distances(schema):
        chosen = draw(rows.lazy(), MEASURED, of=rows.height, half=SECOND).select(KEY)
        among = kept.join(chosen.lazy(), on=KEY, how="semi", maintain_order="left")
        values = among.select(*KEY, *schema.names).collect(engine="streaming")
        distances = distances_to_others(values, draw_records(kept, schema, of=of), schema)
        measured = values.select(KEY).with_columns(distance=pl.Series(distances))
        near = measured.select(*KEY, near=pl.col("distance").rank("ordinal") / pl.len())
        ranked = ranked.join(near, on=KEY, how="left").with_columns(place=pl.coalesce("near", "place")).drop("near")
        how = "the deepest rows, and of equally deep ones those closest to other rows"
        if rows.height > MEASURED:
            how += f" (distances measured for {MEASURED:,} rows)"
    return ranked.sort("again", "place", "content", *KEY, descending=[True, *[False] * 4]).select(rows.columns), how
