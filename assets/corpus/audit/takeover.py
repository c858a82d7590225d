"""Take over a ledger of an earlier layout: a version that names what its versions rest on, as a first audit found it.

It proves nothing of the time before it: what it names is what lay there on that day.
"""

from outcross.assets.corpus.audit.audit import audit_ledger
from outcross.assets.corpus.ledger.ledger import extend, newest
from outcross.assets.corpus.ledger.next_version import next_version
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.named_files import name_files, name_rules
from outcross.assets.corpus.open_corpus import OpenCorpus


def take_over(corpus: OpenCorpus, *, by: str, at: str) -> Version | None:
    """Append a takeover, where versions of an earlier layout rest on files that no version names; else do nothing.

    Args:
        corpus: the open corpus, of which an audit found no problem.
        by: who asked, for the ledger.
        at: when, ISO 8601 with its offset.

    Returns the version, or None where there is nothing to take over.
    """

    def build(last: Version | None) -> Version | None:
        chain = audit_ledger(corpus)
        if last is None or not chain.not_taken_over:
            return None
        count = len(chain.not_taken_over)
        return next_version(
            last,
            "takeover",
            by=by,
            at=at,
            reason=f"first audit: {count:,} files of the earlier layout, as they lay there",
            files=(*name_files(corpus.files, chain.not_taken_over), name_rules(corpus.files, corpus.settings)),
        )

    return None if newest(corpus.files) is None else extend(corpus.files, build)
