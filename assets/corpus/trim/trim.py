"""What brings a corpus that is past its bound back to it: so many real rows more, or so many synthetic ones less.

Left out are the deepest rows first, and of one depth those nearest to other rows: they add the least. A depth that is
not stated counts as 1. Nothing is deleted: a version lists the rows it leaves out, which stay where they are.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from outcross.assets.corpus.contents import rows_of
from outcross.assets.corpus.files import KEY, LEFT_OUT
from outcross.assets.corpus.ledger.counts import KIND
from outcross.assets.corpus.ledger.ledger import Count, Version, extend, read_version, totals
from outcross.assets.corpus.open_corpus import Anchored
from outcross.assets.corpus.rows_file import RowsFile, keep_part
from outcross.assets.corpus.share_bound import bound_now
from outcross.assets.corpus.trim.composition import Composition, compose
from outcross.assets.corpus.trim.nearest import SECOND, distances_to_others, draw, draw_records, has_distances
from outcross.assets.corpus.trim.past_bound import not_real, real_rows_needed, rows_to_leave_out
from outcross.assets.corpus.undeclared.corpus_share import corpus_share
from outcross.resources.errors import BadInput

MEASURED = 20_000
"""Rows of the depth that is left out in part whose distances are measured."""
_models = pl.col("depth").fill_null(1)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How a corpus could come back to its bound.

    Attributes:
        corpus: its name.
        version: that the plan is for, and no other.
        bound: the share to reach.
        bound_from: where that comes from.
        real_rows: the fewest real rows that, added, reach it; None where no number does.
        leave_out: the fewest synthetic rows that, left out, reach it.
        how: by what these were chosen.
        before: the corpus as it is.
        after: as it would be without them.
        counts: of the corpus without them.
        chosen: those rows: ``batch_id``, ``position``, ``content``.
    """

    corpus: str
    version: int
    bound: float
    bound_from: str
    real_rows: int | None
    leave_out: int
    how: str
    before: Composition
    after: Composition
    counts: tuple[Count, ...]
    chosen: pl.DataFrame = field(repr=False, compare=False)


def plan(anchored: Anchored, *, share: float | None = None) -> Plan:
    """Plan what brings a corpus back to its bound; nothing is changed.

    Args:
        anchored: the corpus.
        share: the share to reach, at most the bound; the bound if None.

    Raises:
        BadInput: that share is none, or above the bound.
    """
    version, bound = read_version(anchored.files), bound_now(anchored.corpus, anchored.store)
    target = bound.share if share is None else share
    if not 0 <= target <= bound.share:
        raise BadInput(
            f"a share of {target:g} is not between 0 and the bound of {bound.share:g} ({bound.source}); choose one "
            "that is"
        )
    synthetic, rows = not_real(version.counts), rows_of(anchored, version)
    leave_out = rows_to_leave_out(synthetic, version.rows, target)
    before = after = compose(anchored, rows, version.counts)
    counts, chosen, how = version.counts, pl.DataFrame(schema=LEFT_OUT), "nothing has to be left out"
    if leave_out:
        ranked, how = _ranked(anchored, rows, version.counts, leave_out)
        counts = _less(version.counts, ranked)
        chosen = ranked.select(list(LEFT_OUT)).sort(KEY)
        after = compose(anchored, rows.join(chosen.lazy(), on=KEY, how="anti"), counts)
    return Plan(
        corpus=version.corpus,
        version=version.number,
        bound=target,
        bound_from=bound.source if share is None else "as asked for",
        real_rows=real_rows_needed(synthetic, version.rows, target),
        leave_out=leave_out,
        how=how,
        before=before,
        after=after,
        counts=counts,
        chosen=chosen,
    )


def apply(anchored: Anchored, plan: Plan, *, reason: str, by: str, at: str) -> Version:
    """Leave the rows of a plan out, by a new version.

    Args:
        anchored: the corpus.
        plan: for its last version.
        reason: why, for the ledger.
        by: who decided it.
        at: when, ISO 8601 with its offset.

    Raises:
        BadInput: nothing has to be left out, no reason is given, or the corpus has moved on since the plan was made.
            Nothing has changed then.
    """
    if not reason.strip():
        raise BadInput(f"corpus '{plan.corpus}': leaving rows out needs a reason, which the ledger keeps; state one")
    if not plan.leave_out:
        raise BadInput(f"corpus '{plan.corpus}' keeps the share of {plan.bound:.1%}: there is nothing to leave out")

    def following(last: Version | None) -> Version:
        if last is None or (last.corpus, last.number) != (plan.corpus, plan.version):
            raise BadInput(
                f"corpus '{plan.corpus}' has moved on from version {plan.version} since the plan was made; plan again"
            )
        bound = bound_now(anchored.corpus, anchored.store)
        with tempfile.TemporaryDirectory(prefix="outcross-") as folder:
            listed = RowsFile(Path(folder) / "left_out.parquet")
            listed.add(plan.chosen)
            listed.close(plan.chosen)
            path = f"left_out/{last.number + 1:08d}"
            part = keep_part(anchored.files, listed.path, path, rows=listed.rows, batch="")
        return replace(
            last,
            number=last.number + 1,
            parent=last.number,
            at=at,
            by=by,
            action="trim",
            reason=f"{reason} ({plan.leave_out:,} rows left out to reach {plan.bound:.1%}; {plan.how})",
            batch=None,
            rows_in=0,
            rows_admitted=0,
            rows_quarantined=0,
            left_out=(*last.left_out, part),
            counts=plan.counts,
            declared_share=totals(plan.counts).share,
            estimated=corpus_share(last, plan.counts, None),
            bound=bound.share,
            bound_from=bound.source,
            guards=(),
            held=None,
        )

    version = extend(anchored.files, following)
    assert version is not None
    return version


def _ranked(
    anchored: Anchored, rows: pl.LazyFrame, counts: Sequence[Count], leave_out: int
) -> tuple[pl.DataFrame, str]:
    """The rows to leave out, and by what they were chosen."""
    depth, deeper = _boundary(counts, leave_out)
    doubtful = rows.filter(pl.col("origin") != "real").filter(_models >= depth)
    found = doubtful.select(*LEFT_OUT, *KIND).collect(engine="streaming")
    whole, part = found.filter(_models > depth), found.filter(_models == depth)
    if leave_out - deeper == part.height:
        return found, "the deepest rows"
    kept = rows.filter((pl.col("origin") == "real") | (_models <= depth))
    order, how = _nearest_first(anchored, kept, part, of=sum(count.rows for count in counts) - deeper)
    return pl.concat([whole, order.head(leave_out - deeper)]), how


def _boundary(counts: Sequence[Count], leave_out: int) -> tuple[int, int]:
    """The depth of which a part is left out, and how many rows are deeper."""
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


def _nearest_first(anchored: Anchored, kept: pl.LazyFrame, rows: pl.DataFrame, *, of: int) -> tuple[pl.DataFrame, str]:
    """Rows of one depth, repeats first, then those nearest to another row that is kept.

    Where there are too many to measure, the others are spread evenly among those measured, by their hashes.
    """
    schema = anchored.schema
    spread = pl.col("content").str.slice(8, 8).str.to_integer(base=16) / 2**32
    ranked = rows.with_columns(
        again=pl.int_range(pl.len()).over("content") > 0,
        place=spread,
    )
    how = "the deepest rows, and of those equally deep any"
    if has_distances(schema):
        chosen = draw(rows.lazy(), MEASURED, of=rows.height, half=SECOND).select(KEY)
        among = kept.join(chosen.lazy(), on=KEY, how="semi", maintain_order="left")
        values = among.select(*KEY, *schema.names).collect(engine="streaming")
        distances = distances_to_others(values, draw_records(kept, schema, of=of), schema)
        measured = values.select(KEY).with_columns(distance=pl.Series(distances))
        near = measured.select(*KEY, near=pl.col("distance").rank("ordinal") / pl.len())
        ranked = ranked.join(near, on=KEY, how="left").with_columns(place=pl.coalesce("near", "place")).drop("near")
        how = "the deepest rows, and of those equally deep the nearest to others"
        if rows.height > MEASURED:
            how += f", as far as {MEASURED:,} were measured"
    return ranked.sort("again", "place", "content", *KEY, descending=[True, *[False] * 4]).select(rows.columns), how


def _less(counts: Sequence[Count], rows: pl.DataFrame) -> tuple[Count, ...]:
    """Counts without some rows."""
    out = {tuple(row[:-1]): row[-1] for row in rows.group_by(KIND).len().iter_rows()}
    left = [replace(each, rows=each.rows - out.get(tuple(getattr(each, name) for name in KIND), 0)) for each in counts]
    return tuple(each for each in left if each.rows)
