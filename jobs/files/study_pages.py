"""Pages about a study that lie in the home: Data Docs of its guards."""

import shutil
from pathlib import Path
from urllib.parse import quote

from outcross.jobs.files.corpus_pages import ADDRESS, FOLDER
from outcross.jobs.files.home import home


def docs_folder(study: str) -> Path:
    """Return the folder of a study's Data Docs; no corpus has a name with a dot, which would have the same."""
    return home() / FOLDER / _named(study)


def docs_address(study: str) -> str:
    """Return the address of the first page of a study's Data Docs in the UI, whatever its port."""
    return f"{ADDRESS}/{quote(_named(study))}/index.html"


def remove_pages(study: str) -> None:
    """Remove the pages of a study."""
    shutil.rmtree(docs_folder(study), ignore_errors=True)


def _named(study: str) -> str:
    return f"study.{study}"
