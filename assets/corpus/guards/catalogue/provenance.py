"""The guards of what a batch states of its rows: where they come from, and what may be done with them."""

from outcross.assets.corpus.guards.guard import Guard, Level

PROVENANCE = (
    Guard(
        name="provenance",
        level=Level.BATCH,
        metrics=("complete_share",),
        unit="share of rows",
        lower=1.0,
        reason="data cannot show reliably where rows come from, so each row must state its origin and its generator",
        remedy="add a provenance file with 'origin' and 'generator', or ingest with --origin and --generator",
    ),
    Guard(
        name="licence",
        level=Level.BATCH,
        metrics=("licensed_share",),
        unit="share of rows",
        lower=1.0,
        reason="one row without an allowed licence affects every model that is trained on it",
        remedy="clear the licence with the batch's source, or add it to 'licences' in the corpus file",
    ),
    Guard(
        name="consent",
        level=Level.BATCH,
        metrics=("consenting_share",),
        unit="share of rows",
        lower=1.0,
        reason="rows about people need consent or the terms of their source; synthetic rows are exempt",
        remedy="state 'consent' in the provenance file: the consent, or the source's terms",
    ),
    Guard(
        name="marks",
        level=Level.ROW,
        reason="whoever made a picture or a dataset marked it, and it is declared otherwise: one of them is wrong",
        remedy="ask the source, and correct the declaration; release the rows where the mark is wrong",
    ),
    Guard(
        name="generators",
        level=Level.ROW,
        reason="what a model writes is under the terms of whoever serves it, so each generator must be known",
        remedy="read the generator's terms, and add it to 'generators: allow' in the corpus file",
    ),
    Guard(
        name="denied_generators",
        level=Level.ROW,
        reason="the corpus file denies the generator, so its rows are held in any mode",
        remedy="leave the rows out, or take the pattern out of 'generators: deny' in the corpus file",
    ),
    Guard(
        name="depth",
        level=Level.BATCH,
        metrics=("depth",),
        unit="models",
        upper=1,
        reason="degradation adds up over generations (Shumailov et al. 2024, Nature 631:755), so a person must admit "
        "rows of a model that was trained on generated rows",
        remedy="leave the deeper rows out, or raise the bound to a depth that a study has shown to be safe",
    ),
)
