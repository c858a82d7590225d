"""Data Docs of a corpus: its suites, and what its last batches gave under them."""

from pathlib import Path

from outcross.assets.corpus.expectations.batch_results import BatchResults, read_results
from outcross.assets.corpus.expectations.derived import load_derived
from outcross.assets.corpus.expectations.own import load_suite
from outcross.assets.corpus.ledger.ledger import numbers, read_version
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.resources.errors import BadInput
from outcross.resources.gx_docs import Validated, build_docs


def write_docs(corpus: OpenCorpus, folder: Path, *, last: int = 10) -> Path:
    """Write the Data Docs of a corpus to a folder, and return the path of their first page.

    Args:
        corpus: the open corpus.
        folder: that the pages are written to.
        last: number of batches, the latest; 0 for all.

    Raises:
        BadInput: there are no results, the suite that the corpus file names cannot be used, or the folder be written.
    """
    found = list_results(corpus, last=last)
    if not found:
        raise BadInput(
            f"corpus '{corpus.name}' has no batch with validation results, which ingests keep since this version of "
            "Outcross; ingest a batch first"
        )
    own = load_suite(corpus)
    suites = {suite["name"]: suite for suite in (load_derived(corpus), *([] if own is None else [own]))}
    validated = [
        Validated(batch=each.batch, name=each.file, at=each.at, result=result)
        for each in found
        for result in (each.derived, each.own)
        if result is not None
    ]
    return build_docs(f"Data Docs of corpus {corpus.name}", list(suites.values()), validated, folder)


def list_results(corpus: OpenCorpus, *, last: int) -> list[BatchResults]:
    """List the results of the last batches, the earliest first; ``last`` 0 for those of all batches."""
    versions = (read_version(corpus.files, number) for number in numbers(corpus.files))
    batches = [version.batch for version in versions if version.action == "ingest" and version.batch is not None]
    return read_results(corpus, batches[-last:] if last else batches)
