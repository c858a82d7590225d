"""Read the source, split it, and keep both parts: the anchor for the generations, the holdout for measuring them."""

from outcross.assets.anchor.parts import load_rows, read_parts
from outcross.assets.anchor.split import Split
from outcross.assets.artefacts import ANCHOR, HOLDOUT, Artefacts, Made
from outcross.assets.pictures import picture
from outcross.assets.study.preflight import check_rows, check_study
from outcross.assets.study.study import Study
from outcross.resources.compute import bounded_linear_algebra
from outcross.resources.sources.contract import RealData
from outcross.resources.typed_rows import to_typed


def read_study_rows(study: Study) -> tuple[RealData, Split]:
    """Read the real rows of a study, split them, and check the study against them.

    Raises:
        BadInput: the data cannot be used, or do not suffice for the study.
    """
    data, parts = read_parts(
        study.source,
        holdout=study.holdout,
        seed=study.seed,
        entity=study.entity,
        time=study.time,
        texts=_models_text(study),
    )
    check_study(study, data.schema, anchor_rows=parts.anchor.height)
    with bounded_linear_algebra():
        check_rows(study, data.schema, anchor=parts.anchor, holdout=parts.holdout)
    return data, parts


def load_study_rows(study: Study) -> RealData:
    """Load the source of a study as its generator models it; raises ``BadInput`` if the data cannot be used."""
    return load_rows(study.source, entity=study.entity, time=study.time, texts=_models_text(study))


def _models_text(study: Study) -> bool:
    return "text" in study.generator.modalities


def make_anchor(artefacts: Artefacts) -> Made:
    """Load the study's source and write ``anchor`` and ``holdout``.

    Raises:
        BadInput: the data cannot be used, or does not suffice for the study.
    """
    study = artefacts.study
    data, parts = read_study_rows(study)
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
