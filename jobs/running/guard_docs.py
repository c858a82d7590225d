"""Data Docs of a study's guards in the asset graph: written once its report is, and linked from the asset.

A run of the UI that concludes a study writes them. One of the command line does not, since ``outcross report --docs``
does on request.
"""

import dagster as dg

from outcross.assets.artefacts import REPORT, Artefacts
from outcross.assets.graph.automation import report_condition
from outcross.assets.graph.failures import clear_failures
from outcross.assets.graph.keys import asset_key
from outcross.assets.graph.tags import asset_tags
from outcross.assets.study.study import Study
from outcross.jobs.files.study_pages import docs_address, docs_folder
from outcross.resources.identifier import identifier
from outcross.resources.store_resource import StoreResource

DATA_DOCS = "data_docs"
_MOST_NAMED = 12
"""Things without an outcome that the asset names."""


def docs_key(study: Study) -> dg.AssetKey:
    """Return the key of a study's Data Docs."""
    return asset_key(study, DATA_DOCS)


def docs_asset(study: Study) -> dg.AssetsDefinition:
    """Define the Data Docs of a study."""

    @dg.asset(
        key=docs_key(study),
        deps=[asset_key(study, REPORT)],
        description="What every guard found, in Great Expectations' Data Docs: a page a guard, a line a vital and "
        "generation. Made from the stored outcomes, so that a study that was stopped has them too.",
        kinds={"html", "greatexpectations"},
        group_name=identifier(study.study),
        owners=list(study.owners),
        automation_condition=report_condition(),
        tags=asset_tags(study, DATA_DOCS),
    )
    def data_docs(outcross_store: StoreResource) -> dg.MaterializeResult:
        from outcross.assets.guard_docs.make import write_docs

        with clear_failures():
            written = write_docs(Artefacts(study, outcross_store.open()), docs_folder(study.study))
        lacking = ", ".join(written.lacking[:_MOST_NAMED]) + (", …" if len(written.lacking) > _MOST_NAMED else "")
        return dg.MaterializeResult(
            metadata={
                "data_docs": dg.MetadataValue.url(docs_address(study.study)),
                "data_docs_file": dg.MetadataValue.path(written.page),
                "guards": dg.MetadataValue.int(written.guards),
                "expectations": dg.MetadataValue.int(written.expectations),
                "failed": dg.MetadataValue.int(written.failed),
                **({"not_checked": dg.MetadataValue.text(lacking)} if lacking else {}),
            },
            data_version=dg.DataVersion(written.sha256),
        )

    return data_docs
