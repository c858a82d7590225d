"""The names of a corpus in the asset graph: its assets, its partitions, and its name for jobs, groups and sensors."""

import dagster as dg

from outcross.assets.corpus.corpus import Corpus

BOUND, BATCH, STATE, AUDIT, CUSTODY = "bound", "batch", "state", "audit", "custody"
ANCHOR, ACCEPTED = "corpus_anchor", "accepted_changes"
PROTECTED, STATEMENT = "protected_sets", "statement"


def bound_key(corpus: Corpus) -> dg.AssetKey:
    """Return the asset key of a corpus's bound on its synthetic share."""
    return dg.AssetKey([corpus.corpus, BOUND])


def batch_key(corpus: Corpus) -> dg.AssetKey:
    """Return the asset key of a corpus's batches."""
    return dg.AssetKey([corpus.corpus, BATCH])


def state_key(corpus: Corpus) -> dg.AssetKey:
    """Return the asset key of a corpus as it is now."""
    return dg.AssetKey([corpus.corpus, STATE])


def audit_key(corpus: Corpus) -> dg.AssetKey:
    """Return the asset key of a corpus's audit."""
    return dg.AssetKey([corpus.corpus, AUDIT])


def custody_key(corpus: Corpus) -> dg.AssetKey:
    """Return the asset key of what was withdrawn from a corpus."""
    return dg.AssetKey([corpus.corpus, CUSTODY])


def anchor_key(corpus: Corpus) -> dg.AssetKey:
    """Return the asset key of a corpus's anchor."""
    return dg.AssetKey([corpus.corpus, ANCHOR])


def accepted_key(corpus: Corpus) -> dg.AssetKey:
    """Return the asset key of the changes that a corpus accepts."""
    return dg.AssetKey([corpus.corpus, ACCEPTED])


def protected_key(corpus: Corpus) -> dg.AssetKey:
    """Return the asset key of a corpus's protected sets."""
    return dg.AssetKey([corpus.corpus, PROTECTED])


def statement_key(corpus: Corpus) -> dg.AssetKey:
    """Return the asset key of the statement of what a corpus is made of."""
    return dg.AssetKey([corpus.corpus, STATEMENT])


def batch_partitions(corpus: Corpus) -> dg.DynamicPartitionsDefinition:
    """Return the partitions of a corpus: one per file, added when the file arrives."""
    return dg.DynamicPartitionsDefinition(name=f"{corpus.corpus}_batches")


def identifier(corpus: Corpus) -> str:
    """Return a corpus's name in the form that Dagster allows for jobs, groups and sensors."""
    return corpus.corpus.replace("-", "_")
