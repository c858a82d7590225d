"""The protected sets of a corpus in the asset graph: a run compares every row that the corpus has with them.

It does what ``outcross corpus NAME --recheck`` does, and changes nothing. The check ``no_copies`` fails where a row
equals or nearly equals a row of a set.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import dagster as dg

from outcross.assets.corpus.corpus import Corpus
from outcross.assets.graph.failures import clear_failures
from outcross.jobs.automation.alerts import CORPUS_TAG
from outcross.jobs.automation.batch_metadata import format_bullets
from outcross.jobs.automation.corpus_keys import batch_key, identifier, protected_key
from outcross.resources.store import MissingArtefact
from outcross.resources.store_resource import StoreResource

if TYPE_CHECKING:
    from outcross.resources.dagster_internals import AssetJob

NO_COPIES = "no_copies"
_SHOWN = 50


def recheck_job(corpus: Corpus) -> "AssetJob":
    """Define the job that compares the rows of a corpus with its protected sets."""
    return dg.define_asset_job(
        f"{identifier(corpus)}_recheck_protected",
        dg.AssetSelection.assets(protected_key(corpus)),
        description=f"Compare every row that '{corpus.corpus}' has with its protected sets; nothing is changed.",
        executor_def=dg.in_process_executor,
        tags={CORPUS_TAG: corpus.corpus},
    )


def protected_asset(corpus: Corpus) -> dg.AssetsDefinition:
    """Define the asset that shows which rows of a corpus are copies of rows of its protected sets."""
    key = protected_key(corpus)

    @dg.asset(
        key=key,
        deps=[batch_key(corpus)],
        group_name=f"corpus_{identifier(corpus)}",
        description="The test sets that no row of the corpus may be of, and the rows of it that are.",
        kinds={"parquet", "polars"},
        owners=list(corpus.owners),
        check_specs=[
            dg.AssetCheckSpec(NO_COPIES, asset=key, description="No row of the corpus is a copy of a protected one")
        ],
    )
    def protected(outcross_store: StoreResource) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        from outcross.assets.corpus.ledger.ledger import read_version
        from outcross.assets.corpus.open_corpus import view_corpus
        from outcross.assets.corpus.protected.copies import load_protected
        from outcross.assets.corpus.protected.recheck import recheck

        with clear_failures():
            sets = load_protected(opened := view_corpus(corpus, outcross_store.open()))
            if sets is None:
                raise MissingArtefact(f"corpus '{corpus.corpus}' names no protected set; add 'protected' to its file")
            found = recheck(opened, read_version(opened.files), sets)
        rows = found.rows.select("batch_id", "position", "set", "alike")
        told = [f"batch {batch}, row {place}: {alike} to a row of {name}" for batch, place, name, alike in rows.rows()]
        more = [f"and {len(told) - _SHOWN:,} more"] if len(told) > _SHOWN else []
        said = [found.describe(each) for each in found.sets]
        yield dg.MaterializeResult(
            metadata={
                "corpus_version": dg.MetadataValue.int(found.version),
                "sets": format_bullets(said),
                "copies": dg.MetadataValue.int(found.rows.height),
                "rows": format_bullets([*told[:_SHOWN], *more] or ["none"]),
                "not_looked_into": format_bullets(found.abstained or ["nothing"]),
            }
        )
        withdraw = f"to take them out: outcross corpus {corpus.corpus} --recheck, then the command that it prints"
        yield dg.AssetCheckResult(
            check_name=NO_COPIES,
            passed=not told,
            severity=dg.AssetCheckSeverity.ERROR,
            description="; ".join([*said, *([withdraw] if told else [])]),
        )

    return protected
