"""What was claimed of a batch when it came, read again from the files that its version names."""

import json
from collections.abc import Iterator

from outcross.assets.corpus.intake.arrival import SidecarFile, merge_claims
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.named_files import claims_prefix
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.provenance import RowClaims


def read_claims(corpus: OpenCorpus, version: Version) -> RowClaims | None:
    """Read what was claimed of a batch; None where the version that ingested it does not say.

    Raises:
        MissingArtefact: a file that the version names is not there.
        BadInput: one is no provenance.
    """
    if not version.files:
        return None
    given, sidecar = dict[str, object](), None
    for path in _of_batch(version):
        content = corpus.files.get(path)
        if path.startswith(claims_prefix(version.batch or "")):
            given = json.loads(content)
        elif path.rsplit("/", 1)[-1].startswith("provenance-"):
            sidecar = SidecarFile(name=path, content=content, limit=len(content), complete=True)
    return merge_claims(sidecar, given)


def _of_batch(version: Version) -> Iterator[str]:
    own = f"batches/{version.batch}/"
    stated = (claims_prefix(version.batch or ""), f"{own}provenance-")
    yield from (each.path for each in version.files if each.path.startswith(stated))
