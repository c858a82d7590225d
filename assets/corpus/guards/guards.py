"""The guards of a corpus: what each guard checks, its bounds with their reason, and the remedy when it blocks.

A corpus changes a guard in its file, see :mod:`outcross.assets.corpus.guards.bounds`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

Mode = Literal["enforce", "observe"]


class Level(StrEnum):
    """Whether a guard quarantines single rows, or the whole batch."""

    ROW = "row"
    BATCH = "batch"


@dataclass(frozen=True, kw_only=True)
class Guard:
    """One guard.

    Attributes:
        name: that a corpus changes it by.
        level: what it blocks: rows or the batch.
        metrics: that it checks, all in one unit.
        unit: of its bounds.
        lower: bound; None where that side is open.
        upper: bound; None where that side is open.
        reason: for these bounds.
        remedy: when it blocks rows or a batch.
        mode: ``enforce`` blocks, ``observe`` warns.
    """

    name: str
    level: Level
    metrics: tuple[str, ...] = ()
    unit: str = ""
    lower: float | None = None
    upper: float | None = None
    reason: str
    remedy: str
    mode: Mode = "enforce"


def _guards() -> Iterable[Guard]:
    row, batch = Level.ROW, Level.BATCH
    yield Guard(
        name="schema",
        level=row,
        reason="a value that cannot be read as its column's type is lost",
        remedy="fix the rows at their source and send them again",
    )
    yield Guard(
        name="range",
        level=row,
        reason="a number far outside the anchor's range is usually a wrong unit or a sentinel value",
        remedy="check the column's unit and its code for missing values",
    )
    yield Guard(
        name="holdout_overlap",
        level=row,
        reason="a model trained on a row of the holdout would be tested on its own training data",
        remedy="leave the rows out; the holdout is reserved for evaluation",
    )
    yield Guard(
        name="duplicates",
        level=row,
        reason="a repeated row has double weight and is memorised more easily (Lee et al. 2022, arXiv 2107.06499)",
        remedy="leave the repeated rows out, or release them where repeats are real",
    )
    yield Guard(
        name="near_duplicates",
        level=row,
        reason="a row that differs from another row by a tiny amount is probably a copy with noise",
        remedy="leave the rows out, or release them where rows this similar are real",
    )
    yield Guard(
        name="rows",
        level=batch,
        metrics=("rows",),
        unit="rows",
        lower=1,
        reason="a batch without rows is usually a failed export",
        remedy="check the export, and send the file again",
    )
    yield Guard(
        name="provenance",
        level=batch,
        metrics=("complete_share",),
        unit="share of rows",
        lower=1.0,
        reason="data cannot show reliably where rows come from, so each row must state its origin and its generator",
        remedy="add a provenance file with 'origin' and 'generator', or ingest with --origin and --generator",
    )
    yield Guard(
        name="licence",
        level=batch,
        metrics=("licensed_share",),
        unit="share of rows",
        lower=1.0,
        reason="one row without an allowed licence affects every model that is trained on it",
        remedy="clear the licence with the batch's source, or add it to 'licences' in the corpus file",
    )
    yield Guard(
        name="consent",
        level=batch,
        metrics=("consenting_share",),
        unit="share of rows",
        lower=1.0,
        reason="rows about people need consent or the terms of their source; synthetic rows are exempt",
        remedy="state 'consent' in the provenance file: the consent, or the source's terms",
    )
    yield Guard(
        name="depth",
        level=batch,
        metrics=("depth",),
        unit="models",
        upper=1,
        reason="degradation adds up over generations (Shumailov et al. 2024, Nature 631:755), so a person must admit "
        "rows of a model that was trained on generated rows",
        remedy="leave the deeper rows out, or raise the bound to a depth that a study has shown to be safe",
    )
    yield Guard(
        name="drift",
        level=batch,
        metrics=("two_sample_auc",),
        unit="area under the ROC curve",
        upper=0.6,
        reason="the C2ST's AUC is between 0.47 and 0.53 for clean batches; where the classifier ranks three pairs of "
        "five correctly, the rows come from another source (Lopez-Paz & Oquab 2017, arXiv 1610.06545)",
        remedy="find what changed at the source, or declare synthetic rows; if the population changed, renew the "
        "anchor",
    )
    yield Guard(
        name="synthetic_drift",
        level=batch,
        metrics=("two_sample_auc",),
        unit="area under the ROC curve",
        upper=0.98,
        reason="a classifier separates generated rows from real rows (AUC 0.95 for a copula of a census); where it "
        "separates them perfectly, the generator is broken",
        remedy="compare the generator's settings and its training rows with those of an earlier batch",
    )
    yield Guard(
        name="column_drift",
        level=batch,
        metrics=("kolmogorov_smirnov", "total_variation"),
        unit="largest difference of a probability",
        upper=0.1,
        reason="a tenth of the rows would have to change to restore the column; a shift of half a standard deviation "
        "moves a normal distribution by 0.2",
        remedy="check the column's unit, coding and source",
    )
    yield Guard(
        name="correlation",
        level=batch,
        metrics=("rank_correlation_gap",),
        unit="difference of a correlation",
        upper=0.15,
        reason="columns that were shuffled, or generated one by one, keep their distributions and lose their "
        "correlations",
        remedy="check whether a column was joined to the wrong rows",
    )
    yield Guard(
        name="tails",
        level=batch,
        metrics=("tail_mass",),
        unit="share beyond the anchor's 1 % and 99 % ÷ the anchor's",
        lower=0.5,
        upper=2.0,
        reason="tails vanish first (Shumailov et al. 2024), and a change of unit fills them",
        remedy="examine the rows beyond the edge, or find what removed them",
    )
    yield Guard(
        name="rare_mass",
        level=batch,
        metrics=("rare_mass",),
        unit="rare levels per row ÷ the anchor's",
        lower=0.5,
        upper=2.0,
        reason="a generator loses levels under 5 % first; twice as many are a sign of a changed coding",
        remedy="compare the levels' shares with the anchor's",
    )
    yield Guard(
        name="rare_survival",
        level=batch,
        metrics=("rare_survival",),
        unit="rare levels that occur ÷ those expected in a batch of this size",
        lower=0.8,
        reason="one in five rare levels is gone",
        remedy="add real rows of the levels that are missing",
    )
    yield Guard(
        name="new_levels",
        level=batch,
        metrics=("new_level_share",),
        unit="share of rows",
        upper=0.01,
        reason="a new level in one row of a hundred is usually a new spelling or a new source",
        remedy="map the levels to those of the anchor, or renew the anchor",
    )
    yield Guard(
        name="nulls",
        level=batch,
        metrics=("null_share_change",),
        unit="difference of a share",
        lower=-0.05,
        upper=0.05,
        reason="one value in twenty has gone missing, or was filled in",
        remedy="check the export of the column",
    )
    yield Guard(
        name="repeats",
        level=batch,
        metrics=("distinct_share",),
        unit="different rows ÷ those expected in a batch of this size",
        lower=0.9,
        reason="one row in ten repeats another, beyond the anchor's rate of repeats",
        remedy="leave the repeated rows out, and check whether an export ran twice",
    )
    yield Guard(
        name="entropy",
        level=batch,
        metrics=("entropy_ratio",),
        unit="entropy of the columns ÷ the anchor's",
        lower=0.9,
        upper=1.1,
        reason="a tenth of the columns' entropy was lost or added",
        remedy="find the column with the largest column_drift",
    )
    yield Guard(
        name="representation",
        level=batch,
        metrics=("share_ratio",),
        unit="share of a protected group or joint cell ÷ the anchor's",
        lower=0.8,
        upper=1.25,
        reason="four fifths, the rule of thumb of United States employment law (29 CFR 1607.4 D), and its inverse",
        remedy="add rows of the group, or find out what filtered them",
    )
    yield Guard(
        name="label_balance",
        level=batch,
        metrics=("label_share_change",),
        unit="difference of a share",
        lower=-0.1,
        upper=0.1,
        reason="a tenth of the rows changed their label",
        remedy="check how the batch was drawn and labelled",
    )
    yield Guard(
        name="label_rates",
        level=batch,
        metrics=("label_share_change",),
        unit="difference of a share",
        lower=-0.1,
        upper=0.1,
        reason="the label means something else for this group than in the anchor",
        remedy="check who labelled the group's rows, and by which rule",
    )
    yield Guard(
        name="copies",
        level=batch,
        metrics=("copied_share",),
        unit="share of the synthetic rows",
        upper=0.01,
        reason="a generator that copies its training data in one row of a hundred discloses people; where the anchor "
        "itself has repeats, that many copies are expected by chance",
        remedy="regularise the generator, train it for fewer steps, or leave the copies out",
    )
    yield Guard(
        name="nearness",
        level=batch,
        metrics=("near_share",),
        unit="share of the synthetic rows",
        upper=0.1,
        reason="one row in twenty of the holdout is this near to the anchor (DCR, distance to closest record); twice "
        "that rate is not chance",
        remedy="regularise the generator, train it for fewer steps, or leave the nearest rows out",
    )
    yield from _of_texts()
    yield from _of_pictures()
    yield Guard(
        name="undeclared_share",
        level=batch,
        metrics=("undeclared_share",),
        unit="share of the rows declared real",
        upper=0.05,
        reason="the lower limit of the 95 % interval: the share of rows declared real that are synthetic",
        remedy="ask the source, and declare the rows synthetic or mixed",
    )
    yield Guard(
        name="synthetic_share",
        level=batch,
        metrics=("synthetic_share",),
        unit="share of the corpus after admission",
        reason="the lower limit of the study's verdict, or the bound set by hand",
        remedy="add real rows, or trim synthetic ones",
    )


def _of_texts() -> Iterable[Guard]:
    """The guards that a batch of texts is held to besides; those of rows, drift, tails and repeats are for all."""
    batch = Level.BATCH
    yield Guard(
        name="empty_texts",
        level=batch,
        metrics=("empty_share_change",),
        unit="share of rows − the anchor's",
        upper=0.01,
        reason="a text without a word is usually a failed export, or an answer that never came",
        remedy="leave the rows out, or ask for them again",
    )
    yield Guard(
        name="text_length",
        level=batch,
        metrics=("kolmogorov_smirnov",),
        unit="largest difference of a probability",
        upper=0.1,
        reason="a tenth of the texts would have to change their length to restore its distribution; texts that were "
        "cut or joined, and another source, show here first",
        remedy="check how texts were cut, joined or filtered",
    )
    yield Guard(
        name="language",
        level=batch,
        metrics=("script_share_change", "strange_share"),
        unit="share of rows",
        upper=0.05,
        reason="one text in twenty is in a script, or spelled in a way, that the anchor's texts are not: another "
        "language, a broken encoding, or noise",
        remedy="leave the rows out, mend their encoding, or renew the anchor",
    )
    yield Guard(
        name="vocabulary",
        level=batch,
        metrics=("total_variation",),
        unit="largest difference of a probability",
        upper=0.1,
        reason="a tenth of the words would have to change to restore their frequencies",
        remedy="find what changed at the source; if its subjects changed, renew the anchor",
    )
    yield Guard(
        name="perplexity",
        level=batch,
        metrics=("surprisal_ratio",),
        unit="surprisal of a word under a model of the anchor ÷ that of other real rows",
        lower=0.9,
        upper=1.1,
        reason="generated texts are more predictable than real ones, noise and other subjects less",
        remedy="ask the source whether a model wrote or edited the texts, and declare it; else renew the anchor",
    )
    yield Guard(
        name="diversity",
        level=batch,
        metrics=("distinct_pair_ratio",),
        unit="different word pairs ÷ those of as many real rows",
        lower=0.9,
        reason="one word pair in ten that real rows would have is missing: diversity is what collapses first",
        remedy="raise the generator's temperature, or add real rows",
    )
    yield Guard(
        name="repetition",
        level=batch,
        metrics=("repeated_share_change",),
        unit="share of the word pairs of a row that it repeats − the anchor's",
        upper=0.05,
        reason="generated texts run in circles (Holtzman et al. 2020, arXiv 1904.09751)",
        remedy="leave the texts out that repeat themselves, or sample them anew",
    )
    yield Guard(
        name="boilerplate",
        level=batch,
        metrics=("shared_run_share",),
        unit="share of rows − the anchor's",
        upper=0.1,
        reason="one text in ten has the same run of five words, which the anchor's have not: a refusal, a notice, "
        "a template",
        remedy="strip the boilerplate, or leave these rows out",
    )
    yield Guard(
        name="personal_data",
        level=batch,
        metrics=("personal_share_change",),
        unit="share of rows − the anchor's",
        upper=0.01,
        reason="one text in a hundred more than in the anchor has an e-mail address, a telephone, card or account "
        "number",
        remedy="mask them at the source, or leave these rows out",
    )


def _of_pictures() -> Iterable[Guard]:
    """The guards that a batch of pictures is held to besides; those of rows, drift and columns are for all."""
    yield Guard(
        name="picture_diversity",
        level=Level.BATCH,
        metrics=("spread_ratio", "nearest_ratio"),
        unit="distance of pictures from their mean, or from the nearest other one, ÷ that of as many real rows",
        lower=0.75,
        reason="the pictures are more alike than real ones: a generator that repeats itself, or one class alone",
        remedy="find out what drew or made the pictures, or add real rows",
    )
    yield Guard(
        name="blank_pictures",
        level=Level.BATCH,
        metrics=("blank_share_change",),
        unit="share of rows − the anchor's",
        upper=0.01,
        reason="a picture of one grey value is usually a failed export or a lens cap",
        remedy="leave the rows out, or export them again",
    )


PICTURE_GUARDS = tuple(guard.name for guard in _of_pictures())
"""Guards that only pictures are held to."""
TEXT_GUARDS = tuple(guard.name for guard in _of_texts())
"""Guards that only texts are held to."""
GUARDS: Mapping[str, Guard] = {guard.name: guard for guard in _guards()}


def check_names(settings: Iterable[str]) -> None:
    """Raise ValueError for a guard that does not exist."""
    for name in settings:
        if name not in GUARDS:
            raise ValueError(f"'{name}' is not a guard; choose from {', '.join(GUARDS)}")
