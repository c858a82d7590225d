"""Inference of a column's role where the settings do not give it."""

import re
from dataclasses import dataclass

import polars as pl

from outcross.resources.schema import Role
from outcross.resources.sources.column_record import to_setting
from outcross.resources.sources.convert import MOST_LEVELS
from outcross.resources.sources.lists import are_pictures

LABEL_NAMES = frozenset({"label", "target", "class"})
INDEX_NAMES = frozenset({"_", "id", "index", "unnamed: 0", "__index_level_0__"})
"""Names of columns that number the rows; ``_`` is a column without a name."""
TEXT_NAMES = frozenset(
    {
        "text",
        "content",
        "prompt",
        "response",
        "instruction",
        "instructions",
        "output",
        "input",
        "completion",
        "question",
    }
    | {"answer", "body", "review", "comment", "comments", "message", "document", "article", "passage", "abstract"}
    | {"summary", "description", "caption", "transcript", "sentence", "paragraph", "story", "post", "tweet", "reply"}
    | {"chosen", "rejected", "context", "question"}
)
"""Words of names of columns that hold text."""
KEY_ENDINGS = frozenset({"id", "no", "nr", "number", "key", "uuid"})
"""Last words of names of columns that identify a row."""
POSTCODE_NAMES = frozenset(
    {"plz", "zip", "zipcode", "zip_code", "postcode", "postal_code", "postalcode", "postleitzahl"}
)
MOST_CLASSES = 100
"""Most distinct whole numbers with which a column named like a label is read as a label."""
WORDS_OF_TEXT = 4
"""Fewest words a value, on average, with which a column of mostly distinct values is read as text."""
LETTERS_OF_TEXT = 10
"""The same in letters, for scripts without spaces between words."""
FEWEST_KEYS = 20
"""Fewest values at which an all-distinct column is read as an identifier; with fewer it may be chance."""
_UNSPACED = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}]"
_FILE = r"(?i)[^\s/\\]\.(?:png|jpe?g|gif|webp|bmp|tiff?|wav|mp3|flac|ogg|mp4|avi|pdf|txt|json|html?)$"


@dataclass(frozen=True, kw_only=True)
class Guess:
    """A role that was inferred.

    Attributes:
        role: the role.
        why: what it was inferred from; empty where it is what the type in the file says.
        remedy: what to write to have it otherwise.
        told: whether users hear of it before anything runs.
        lost: whether a column with content is left out.
    """

    role: Role
    why: str = ""
    remedy: str = ""
    told: bool = False
    lost: bool = False


def guess_role(values: pl.Series, *, name: str, doubt: bool = False) -> Guess:
    """Infer the role of a column.

    Args:
        values: the column, not all null, after its text was read by its spelling.
        name: in the file.
        doubt: whether its text nearly spells numbers or dates: it is then categorical, never an identifier.

    Columns that fit no role (structures, bytes, lists of anything but pixels) get the nearest role. Reading them in
    that role then raises ``BadInput``, so that no column is dropped silently.
    """
    if isinstance(values.dtype, pl.Categorical | pl.Enum) or _is_beyond_64_bits(values):
        values = values.cast(pl.String)
    if name.lower() in LABEL_NAMES:
        return _guess_label(values, name)
    if isinstance(values.dtype, pl.List | pl.Array) and are_pictures(values, name=name):
        return Guess(role=Role.IMAGE)
    if values.dtype.is_numeric():
        return _guess_numeric(values, name)
    if values.dtype.is_temporal():
        return Guess(role=Role.NUMERIC)
    if values.dtype == pl.String:
        return _guess_string(values, name, doubt=doubt)
    return Guess(role=Role.CATEGORICAL)


def _is_beyond_64_bits(values: pl.Series) -> bool:
    """Whether whole numbers are too large to count with: those are identifiers, which floats would blur."""
    whole = values.dtype.is_integer() or (isinstance(values.dtype, pl.Decimal) and values.dtype.scale == 0)
    return whole and values.cast(pl.Int64, strict=False).null_count() > values.null_count()


def is_named_like_key(name: str) -> bool:
    """Whether a column is named as identifiers are: ``id``, ``order_no``, ``customerId``."""
    return name.lower() in INDEX_NAMES or _words(name)[-1:] in [[ending] for ending in KEY_ENDINGS]


def _words(name: str) -> list[str]:
    return [word.lower() for word in re.findall(r"[A-Z]?[^\W_A-Z]+|[A-Z]+(?![a-z])", name)]


def _guess_label(values: pl.Series, name: str) -> Guess:
    if values.dtype.is_numeric():
        whole = values.dtype.is_integer() or (values.drop_nulls() % 1 == 0).all()
        if not whole or values.n_unique() > MOST_CLASSES:
            return Guess(
                role=Role.NUMERIC,
                why="named like a label but holds a quantity: read as numeric",
                remedy=f"{to_setting({name: 'target'})!r} makes it what is predicted",
                told=True,
            )
    return Guess(role=Role.LABEL, why="named like a label")


def _guess_numeric(values: pl.Series, name: str) -> Guess:
    if not values.dtype.is_integer():
        return Guess(role=Role.NUMERIC)
    present = values.drop_nulls()
    unique = len(present) == len(values) == values.n_unique()
    if unique and (name.lower() in INDEX_NAMES or name == ""):
        keep = f"{to_setting({name: 'numeric'})!r} keeps it"
        return Guess(role=Role.IGNORE, why="numbers the rows: ignored", remedy=keep, told=True)
    ignore = f"if so, {to_setting({name: 'ignore'})!r} leaves it out"
    if unique and len(values) >= FEWEST_KEYS and is_named_like_key(name):
        return Guess(
            role=Role.NUMERIC, why="differs in every row and is named like an identifier", remedy=ignore, told=True
        )
    if unique and len(values) >= FEWEST_KEYS and (present.sort().diff().drop_nulls() == 1).all():
        return Guess(role=Role.NUMERIC, why="counts up by 1 without a gap, as identifiers do", remedy=ignore, told=True)
    if name.lower() in POSTCODE_NAMES:
        return Guess(
            role=Role.NUMERIC,
            why="named like a postcode and read as a quantity",
            remedy=f"{to_setting({name: 'categorical'})!r} makes it a category",
            told=True,
        )
    return Guess(role=Role.NUMERIC)


def _guess_string(values: pl.Series, name: str, *, doubt: bool) -> Guess:
    present = values.drop_nulls()
    distinct = present.n_unique()
    mostly_distinct = distinct > len(present) / 2
    if mostly_distinct and not doubt and (why := _is_text(present, name)) is not None:
        return Guess(role=Role.TEXT, why=f"{why}: read as text")
    keep = f"{to_setting({name: 'categorical'})!r} or {to_setting({name: 'text'})!r} keeps it"
    if mostly_distinct and not doubt and float(present.str.contains(_FILE).mean() or 0) >= 0.9:  # type: ignore[arg-type]
        drop = f"{to_setting({name: 'ignore'})!r} leaves it out"
        return Guess(
            role=Role.IGNORE, why="holds names of files, which are not read: ignored", remedy=drop, told=True, lost=True
        )
    if distinct == len(present) >= FEWEST_KEYS and not doubt:
        return Guess(role=Role.IGNORE, why="differs in every row, as identifiers do: ignored", remedy=keep, told=True)
    if distinct > MOST_LEVELS:
        return Guess(
            role=Role.IGNORE,
            why=f"has {distinct:,} distinct values, more than a category can have: ignored",
            remedy=f"{to_setting({name: 'text'})!r} keeps it, {to_setting({name: 'ignore'})!r} leaves it out",
            told=True,
            lost=doubt or not _is_code(present),
        )
    return Guess(role=Role.CATEGORICAL)


def _is_text(present: pl.Series, name: str) -> str | None:
    """Return why a column of mostly distinct values is text; None where it is none."""
    words = float(present.str.count_matches(r"\S+").mean() or 0)  # type: ignore[arg-type]
    letters = float(present.str.count_matches(_UNSPACED).mean() or 0)  # type: ignore[arg-type]
    if words >= WORDS_OF_TEXT and present.str.contains(r"\pL{2}").mean() > 0.5:  # type: ignore[operator]
        return f"has {words:.0f} words a row"
    if letters >= LETTERS_OF_TEXT:
        return f"has {letters:.0f} letters of a script without spaces a row"
    if TEXT_NAMES & set(_words(name)) and not is_named_like_key(name) and not _is_code(present):
        return "named like a text"
    return None


def _is_code(present: pl.Series) -> bool:
    """Whether most values are letters and digits without a run of words."""
    run = present.str.contains(r"\S\s+\S") | present.str.contains(rf"{_UNSPACED}{{2}}")
    return float(run.mean() or 0) < 0.5  # type: ignore[arg-type]
