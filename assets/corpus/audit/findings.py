"""The findings of an audit: what can be wrong with a corpus, as a sentence with the remedy."""

from enum import StrEnum

from outcross.resources.errors import RESTORE


class Finding(StrEnum):
    """One kind of damage. The value is its sentence, with the names of the facts in braces."""

    NO_VERSION = "corpus '{corpus}' has no version, since nothing was ever ingested; ingest a file first"
    MISSING_VERSION = f"{{version}} is missing; {RESTORE}"
    UNREADABLE_VERSION = "{version}: {fault}"
    WRONG_SUCCESSION = f"{{version}}: {{fault}}; {RESTORE}"
    OTHER_PARENT = (
        "{parent} has other bytes than version {version} names as its parent's (sha256 {found:.12}…, not "
        "{written:.12}…); " + RESTORE
    )
    UNLINKED = f"{{version}} names neither its parent's sha256 nor its files, as versions beside it do; {RESTORE}"
    MISSING_FILE = f"{{path}} is missing, which version {{number}} names; {RESTORE}"
    OTHER_FILE = (
        "{path} has other bytes than version {number} names (sha256 {found:.12}…, not {written:.12}…); " + RESTORE
    )
    NOT_ERASED = "{path} was erased, and lies there again; remove it"
    UNNAMED_SOURCE = f"{{version}} does not name {{path}}, which it rests on; {RESTORE}"
    UNKNOWN_HEAD = (
        "the head {head:.12}… that was kept outside is no version of this ledger: versions were deleted or rewritten "
        "since; restore them from a copy"
    )
    WRONG_SIGNATURE = f"{{path}} is not signed by this key, or is not what was signed; {RESTORE}"
    NO_SIGNATURE = "no head of corpus '{corpus}' is signed by this key; restore heads/ from a copy, or --sign one"
    NOT_REDERIVED = (
        "{part} has rows that its original does not give: {rows}; restore the part or the original from a copy"
    )
    QUARANTINED_OTHERWISE = (
        "{part} has rows that are not in the original as they are quarantined: {rows}; restore the part or the "
        "original from a copy"
    )
    WRONG_COUNTS = (
        "{version} counts {stated:,} rows of origin {origin}, depth {depth}, generator {generator!r:.60} and licence "
        "{licence!r:.60}, and its parts have {counted:,}; restore the version or the parts from a copy"
    )
    MISSING_ANCHOR_FILE = f"{{anchor_file}} is missing; {RESTORE}"
    MISSING_PART = f"{{part}} is missing; {RESTORE}"
    OTHER_BYTES = (
        "{part} has other bytes than version {number} wrote (sha256 {found:.12}…, not {written:.12}…); " + RESTORE
    )
    UNREADABLE_PART = "{fault}"
    OTHER_NUMBER_OF_ROWS = "{part} has {found:,} rows, and version {number} wrote {written:,}; " + RESTORE
    HOLDOUT_ROWS = (
        "{part} has {found:,} rows of the holdout or of its entities, which no dataset may contain; leave them out, "
        "and do not evaluate models that were trained on them"
    )
    LEFT_OUT_TWICE = "left_out lists {found:,} rows twice; restore its files from a copy"
    LEFT_OUT_ELSEWHERE = "{part} leaves out {written:,} rows, {found:,} of which are in the parts; " + RESTORE
    UNREADABLE_BATCH = "batch {batch!r:.60}: {fault}"
    MISSING_ORIGINAL = "batches/{batch}: the original of batch {batch} is missing; " + RESTORE
    OTHER_ORIGINAL = "{path} is not the file that was sent: its sha256 does not begin with {batch}; " + RESTORE
    UNREADABLE_ORIGINAL = "the original of batch {batch}: {fault}"
    NO_QUARANTINE = "{version} names no quarantine of batch {batch}; " + RESTORE
    BEYOND_ORIGINAL = "{path} lists beyond the rows of its original: {rows}; " + RESTORE
    LISTED_TWICE = "{path} lists more than once: {rows}; " + RESTORE
    CONTRADICTION = "batch {batch}: {fault}: {rows}; restore its files from a copy"
    WRONG_NUMBERS = (
        "batch {batch}: rows {kind} are {found:,} in the store and {stated:,} in {version}; restore the batch's files "
        "or the version from a copy"
    )
    OTHER_EXPECTATION = (
        "{version} expects {stated:.3f} of the {rows:,} rows of batch {batch} that it released below {below:g} to be "
        "synthetic, and the quarantine gives {found:.3f} of {counted:,}; restore either from a copy"
    )
    ANCHOR_ELSEWHERE = (
        "{path} has {found:,} rows that are no real rows of version {version}, which renewed the anchor; " + RESTORE
    )
    ANCHOR_SET_ASIDE = "{path} has {found:,} rows of the holdout, which no anchor may contain; " + RESTORE
    ANCHOR_SIZE = (
        "{path} has {rows:,} rows beside a holdout of {holdout:,}, and version {version} wrote {stated_rows:,} and "
        "{stated_holdout:,}; " + RESTORE
    )
    DAMAGED_REFUSAL = "{path} is damaged; " + RESTORE

    def say(self, **facts: object) -> str:
        """Return the sentence with these facts."""
        return self.value.format(**facts)


class Contradiction(StrEnum):
    """A combination of what is known of one row of a batch that is impossible."""

    LOST = "neither admitted nor quarantined"
    BOTH = "both admitted and quarantined"
    NEVER_QUARANTINED = "decided on and never quarantined"
    DECIDED_TWICE = "decided on twice (released, rejected, withdrawn)"
    RELEASED_NOWHERE = "released and in no part"
    NEVER_RELEASED = "in a part and never released"
