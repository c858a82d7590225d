"""What there is to say of rows that were withdrawn from a corpus, and of what rests on them, until somebody decides."""

from collections import Counter
from collections.abc import Iterator

from outcross.assets.corpus.ledger.erasing import is_unfinished
from outcross.assets.corpus.ledger.ledger import read_version
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.withdrawal.descendants import find_marked
from outcross.assets.corpus.withdrawal.since import withdrawn_since

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


def describe_custody(corpus: OpenCorpus, version: Version) -> Iterator[str]:
    """Yield what was withdrawn of a version since, and which withdrawals nobody has decided about yet."""
    last = read_version(corpus.files)
    for each in withdrawn_since(corpus, version):
        yield each.describe()
    if version.number != last.number:
        return
    for withdrawal, found in find_marked(corpus, last):
        kinds = Counter(each.kind for each in found)
        what = ", ".join(f"{count:,} {kind if count == 1 else _PLURAL[kind]}" for kind, count in kinds.items())
        yield (
            f"withdrawn by version {withdrawal.version} ({withdrawal.reason}), and not decided about: "
            f"{what or 'nothing'} rest on these rows. See: outcross descendants {corpus.name} --withdrawal "
            f"{withdrawal.version}; then: outcross withdraw {corpus.name} --decided {withdrawal.version} --reason …"
        )
    if is_unfinished(corpus.files, last):
        yield f"An erasure was interrupted; finish it: outcross audit {corpus.name}"
