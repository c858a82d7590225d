"""A batch that the ledger has already, or whose rows were withdrawn: which version has it, and what is said of it."""

from dataclasses import replace

from outcross.assets.corpus.files import QUARANTINED
from outcross.assets.corpus.intake.arrival import Arrival
from outcross.assets.corpus.intake.judged_again import is_declared_otherwise
from outcross.assets.corpus.intake.outcome import Outcome, outcome_of
from outcross.assets.corpus.ledger.custody import Withdrawal
from outcross.assets.corpus.ledger.ledger import numbers, read_version
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.provenance import RowClaims


def find_intake(corpus: OpenCorpus, batch: str) -> Version | None:
    """Find the version that ingested a batch, if any; the ledger is searched only where the batch has a quarantine."""
    there = corpus.files.list(f"batches/{batch}")
    if not any(path.startswith(f"batches/{batch}/{QUARANTINED}-") for path in there):
        return None
    for number in reversed(numbers(corpus.files)):
        version = read_version(corpus.files, number)
        if version.batch == batch and version.action == "ingest":
            return version
    return None


def tell_known(corpus: OpenCorpus, arrival: Arrival, intake: Version, last: Version, claims: RowClaims) -> Outcome:
    """Say that the ledger has the batch; and what to do where it is declared otherwise now."""
    known, batch = outcome_of(arrival, intake, "known", ()), arrival.batch
    anew = any(each.batch == batch for each in last.declarations)
    if anew or not is_declared_otherwise(intake, corpus, claims):
        return known
    command = f"outcross declare {corpus.name} --batch {batch} --origin … --reason …"
    told = f"provenance: it is in the ledger as it was declared before; to declare it anew: {command}"
    return replace(known, warnings=(*known.warnings, told))


def tell_withdrawn(arrival: Arrival, gone: Withdrawal) -> Outcome:
    """Refuse a batch that was withdrawn whole."""
    why = f"its rows were withdrawn by version {gone.version}: {gone.reason}"
    return Outcome(status="refused", batch=arrival.batch, file=arrival.name, version=gone.version, reasons=(why,))
