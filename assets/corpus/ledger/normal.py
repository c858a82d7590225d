"""What counts as normal in a version: its anchor, where it was renewed, and the lasting changes that are accepted."""

from collections.abc import Iterator

from outcross.assets.corpus.ledger.version import Version


def describe_normal(version: Version) -> Iterator[str]:
    """Yield a sentence for the renewed anchor, and one for each accepted change; none where there is neither."""
    if (anchor := version.anchor) is not None:
        yield (
            f"anchor: renewed in version {anchor.version}: {anchor.rows:,} rows, {anchor.of_batches:,} of batches, "
            f"beside a holdout of {anchor.holdout:,}"
        )
    for change in version.accepted:
        yield f"accepted: {change.describe()} (by {change.by}, {change.at}): {change.reason}"
