"""The report of a study where it was written: its path, its bytes, and whether they are those that were written."""

import hashlib

from outcross.assets.artefacts import REPORT, Artefacts
from outcross.assets.verdict.facts import without_stamp
from outcross.resources.store import DamagedArtefact, MissingArtefact

FILE = "report.html"
"""Its name, beside the part that records its sha256."""


def report_location(artefacts: Artefacts) -> str:
    """Return the path of a study's report."""
    return artefacts.store.file_path(artefacts.address(REPORT), FILE)


def read_report(artefacts: Artefacts) -> bytes:
    """Return a study's report.

    Raises:
        MissingArtefact: there is none yet.
        DamagedArtefact: it is not what was written.
    """
    address = artefacts.address(REPORT)
    html = artefacts.store.read_file(address, FILE)
    recorded = artefacts.store.read(address, columns=["sha256"]).item()
    if recorded != hashlib.sha256(without_stamp(html)).hexdigest():
        remedy = f"run study '{artefacts.study.study}' again, which makes it anew"
        raise DamagedArtefact(report_location(artefacts), "is not what was written", remedy)
    return html


def is_report_whole(artefacts: Artefacts) -> bool:
    """Whether there is a report, as it was written; raises ``DamagedArtefact`` as :func:`read_report` does."""
    try:
        read_report(artefacts)
    except MissingArtefact:
        return False
    return True
