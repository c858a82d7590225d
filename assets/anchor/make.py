"""Read the source, split it, and keep both parts: the anchor for the generations, the holdout for measuring them."""

from outcross.assets.anchor.split import split
from outcross.assets.artefacts import ANCHOR, HOLDOUT, Artefacts, Made
from outcross.assets.pictures import picture
from outcross.assets.study.preflight import check_study
from outcross.resources.typed_rows import to_typed


def make_anchor(artefacts: Artefacts) -> Made:
    """Load the study's source and write ``anchor`` and ``holdout``.

    Raises:
        BadInput: the data cannot be used, or does not suffice for the study.
    """
    study = artefacts.study
    data = study.source.load()
    parts = split(data.rows, data.schema, holdout=study.holdout, seed=study.seed)
    check_study(study, data.schema, anchor_rows=parts.anchor.height)
    columns = [record.to_json() for record in data.columns]
    about = {"schema": data.schema.to_json(), "notes": data.notes, "truth": data.truth, "columns": columns}
    for thing, rows in ((HOLDOUT, parts.holdout), (ANCHOR, parts.anchor)):
        artefacts.save(artefacts.address(thing), to_typed(rows, data.schema), inputs=(), **about)
    return Made(
        numbers={
            "rows": parts.anchor.height,
            "holdout_rows": parts.holdout.height,
            "columns": len(data.schema.columns),
            "modality": data.schema.modality,
        },
        text="\n".join(f"- {note}" for note in data.notes),
        look=lambda: picture({"anchor": parts.anchor, "holdout": parts.holdout}, data.schema),
    )
