"""Accept a lasting change as normal, as a new version: dated, with who did and why."""

from outcross.assets.corpus.accepted.checked import check_change
from outcross.assets.corpus.damage import names_damage
from outcross.assets.corpus.ledger.accepted_change import AcceptedChange
from outcross.assets.corpus.ledger.ledger import extend
from outcross.assets.corpus.ledger.next_version import next_version
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.named_files import name_rules
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.resources.errors import BadInput


@names_damage
def accept(corpus: OpenCorpus, change: AcceptedChange) -> Version:
    """Accept a change.

    Args:
        corpus: the open corpus.
        change: with its reason, who accepts it, and when.

    Raises:
        BadInput: no reason is given, the change is accepted already, or cannot be. The corpus is unchanged then.
    """
    if not change.reason.strip():
        raise BadInput(
            f"corpus '{corpus.name}': an accepted change needs a reason, which the ledger records; state one"
        )

    def following(last: Version | None) -> Version:
        assert last is not None, "a corpus starts with its anchor"
        if change.key in {each.key for each in last.accepted}:
            raise BadInput(f"corpus '{corpus.name}' accepts '{change.describe()}' already; nothing was changed")
        check_change(change, corpus.as_of(last))
        return next_version(
            last,
            "accept",
            by=change.by,
            at=change.at,
            reason=f"{change.describe()}: {change.reason}",
            files=(name_rules(corpus.files, corpus.settings),),
            accepted=(*last.accepted, change),
        )

    version = extend(corpus.files, following)
    assert version is not None
    return version
