"""What ``outcross corpus`` says of rows that were withdrawn, and of what rests on them."""

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from outcross.assets.corpus.ledger.ledger import Version
    from outcross.assets.corpus.open_corpus import OpenCorpus


def describe_custody(corpus: "OpenCorpus", version: "Version") -> "Iterator[str]":
    """Yield what was withdrawn of a version since, and which withdrawals nobody has decided about yet."""
    from outcross.assets.corpus.ledger.erasing import is_unfinished
    from outcross.assets.corpus.ledger.ledger import read_version
    from outcross.assets.corpus.withdrawal.descendants import find_marked
    from outcross.assets.corpus.withdrawal.since import withdrawn_since

    last = read_version(corpus.files)
    for each in withdrawn_since(corpus, version):
        yield each.describe()
    if version.number != last.number:
        return
    for withdrawal, found in find_marked(corpus, last):
        kinds = Counter(each.kind for each in found)
        what = ", ".join(f"{count:,} {_PLURAL.get(kind, kind)}" for kind, count in kinds.items()) or "nothing"
        yield (
            f"withdrawn by version {withdrawal.version} ({withdrawal.reason}), and not decided about: {what} rest on "
            f"these rows. See: outcross descendants {corpus.name} --withdrawal {withdrawal.version}; then: outcross "
            f"withdraw {corpus.name} --decided {withdrawal.version} --reason …"
        )
    if is_unfinished(corpus.files):
        yield f"An erasure was interrupted; finish it: outcross audit {corpus.name}"


_PLURAL = {
    "version": "versions",
    "release": "releases",
    "batch": "batches",
    "corpus": "corpora",
    "study": "studies",
    "model": "models",
    "synthetic": "parts of synthetic rows",
    "bound": "bounds",
}
