"""Pages of a corpus that ``outcross corpus`` writes: its report, and Data Docs of its batches."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from outcross.assets.corpus.open_corpus import OpenCorpus


def write_docs(anchored: "OpenCorpus", output: Path | None, *, last: int) -> Path:
    """Write Data Docs of the last batches to a folder, and return the path of their first page.

    Raises:
        BadInput: no batch has results, or the folder cannot be written.
    """
    from outcross.assets.corpus.expectations.data_docs import write_docs as write
    from outcross.jobs.files.corpus_pages import docs_folder

    return write(anchored, output or docs_folder(anchored.name), last=last)


def write_report(anchored: "OpenCorpus", output: Path | None, *, last: int) -> Path:
    """Write the report of a corpus to a file, and return its path.

    Raises:
        BadInput: the ledger is damaged, or the file cannot be written.
    """
    from outcross.assets.corpus.report.page import render
    from outcross.assets.corpus.report.summary import summarise
    from outcross.jobs.files.corpus_pages import report_file
    from outcross.resources.atomic_file import replace_file
    from outcross.resources.system_faults import unwritable

    path = output or report_file(anchored.name)
    if path.is_dir():
        path /= f"{anchored.name}.html"
    page = render(summarise(anchored, last=last))
    try:
        replace_file(path, page.encode("utf-8", "replace"))
    except OSError as error:
        raise unwritable(path, error) from None
    return path
