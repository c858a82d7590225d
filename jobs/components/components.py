"""Studies, corpora and their alerts as Dagster components, each stated in a ``defs.yaml`` of a team's own project."""

from typing import Any, Self

import dagster as dg
from pydantic import BaseModel

from outcross.assets.corpus.corpus import Corpus
from outcross.assets.study.study import Study
from outcross.jobs.automation.alerts import alert_sensors
from outcross.jobs.automation.location_parts import corpus_part, study_part
from outcross.jobs.components.attributes import CorpusAttributes, StudyAttributes, folder_of
from outcross.jobs.files.corpus_files import CORPORA
from outcross.jobs.files.study_files import STUDIES


class StudyComponent(dg.Component):
    """A study: how much synthetic data a dataset tolerates. Its attributes are the keys of a study file."""

    def __init__(self, study: Study) -> None:
        self.study = study

    @classmethod
    def get_model_cls(cls) -> type[BaseModel]:
        """Return the model of the attributes."""
        return StudyAttributes

    @classmethod
    def load(cls, attributes: Any, context: dg.ComponentLoadContext) -> Self:
        """Read the study; relative data paths in it start at the folder of its file.

        Raises:
            BadInput: it cannot be used there; the message names the file and the key.
        """
        return cls(STUDIES.validate(attributes.stated, where=str(context.path), base=folder_of(context)))

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """Define the study's assets, checks and jobs, and its sensor."""
        return study_part(self.study)


class CorpusComponent(dg.Component):
    """A corpus: a dataset that grows by batches, each checked by guards. Its attributes are the keys of a corpus file.

    A study that its bound names is not run again by itself: the team's location has that study, and its automation.
    """

    def __init__(self, corpus: Corpus) -> None:
        self.corpus = corpus

    @classmethod
    def get_model_cls(cls) -> type[BaseModel]:
        """Return the model of the attributes."""
        return CorpusAttributes

    @classmethod
    def load(cls, attributes: Any, context: dg.ComponentLoadContext) -> Self:
        """Read the corpus; relative data paths in it start at the folder of its file.

        Raises:
            BadInput: it cannot be used there; the message names the file and the key.
        """
        return cls(CORPORA.validate(attributes.stated, where=str(context.path), base=folder_of(context)))

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """Define the corpus's assets and jobs, its inbox and its nightly audit."""
        return corpus_part(self.corpus, restudied=False)


class AlertsComponent(dg.Component):
    """The alerts of every study and corpus among the components of a project. It has no attributes; state it once."""

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """Define the two sensors that post failures to the webhooks of studies and corpora."""
        tree = context.component_tree
        studies = [size for each in tree.get_all_components(of_type=StudyComponent) for size in each.study.sizes]
        corpora = [each.corpus for each in tree.get_all_components(of_type=CorpusComponent)]
        return dg.Definitions(sensors=alert_sensors(studies, corpora))
