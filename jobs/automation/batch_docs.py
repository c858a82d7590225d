"""Data Docs of a corpus, written once a run and linked from the batch that was ingested."""

from typing import TYPE_CHECKING

import dagster as dg

from outcross.jobs.files.corpus_pages import docs_address, docs_folder
from outcross.resources.errors import BadInput

if TYPE_CHECKING:
    from outcross.assets.corpus.open_corpus import OpenCorpus


def link_data_docs(corpus: "OpenCorpus", batch: str) -> dict[str, dg.MetadataValue]:
    """Write the Data Docs of the last batches, and return the link and the file; pages that cannot be stop no ingest.

    A batch without results, since it was refused before its rows were read, has none.
    """
    from outcross.assets.corpus.expectations.batch_results import read_results
    from outcross.assets.corpus.expectations.data_docs import write_docs

    if not batch:
        return {}
    try:
        if not read_results(corpus, [batch]):
            return {}
        page = write_docs(corpus, docs_folder(corpus.name))
    except BadInput as error:
        return {"data_docs": dg.MetadataValue.text(f"not written: {error}")}
    return {
        "data_docs": dg.MetadataValue.url(docs_address(corpus.name)),
        "data_docs_file": dg.MetadataValue.path(page),
    }
