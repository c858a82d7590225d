"""One judge for every generator: SDMetrics' report, whether a classifier tells rows apart, what it learns of them."""

from typing import Any

import numpy as np
import pandas as pd
from sdmetrics.reports import QualityReport
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_val_predict
from sklearn.preprocessing import OrdinalEncoder

from outcross.jobs.bench.peers.pandas_tables import TABLE, metadata, read
from outcross.jobs.bench.task import Clock, Job, run

FOLDS = 5
MOST_LEVELS = 255
"""Categories that the classifier can take in one column."""


def work(job: Job, clock: Clock) -> dict[str, Any]:
    """Judge sampled rows against the rows they were fitted to (the report) and rows held out (the classifiers)."""
    training, holdout, sampled = (read(job[name]) for name in ("training", "holdout", "sampled"))
    with clock():
        report = QualityReport()
        report.generate({TABLE: training}, {TABLE: sampled}, metadata(job), verbose=False)
        found = {"quality": report.get_score()}
        if job.get("classifiers", True):
            features = _encoded({"training": training, "holdout": holdout, "sampled": sampled}, job)
            found["two_sample_auc"] = _told_apart(features, job)
            found["utility_auc"] = _utility(features["sampled"], features["holdout"], job)
            found["utility_auc_of_real"] = _utility(features["training"], features["holdout"], job)
    return {name: float(value) for name, value in found.items()}


def _told_apart(features: dict[str, pd.DataFrame], job: Job) -> float:
    """Cross-validated AUC between held-out real rows and as many sampled ones: .5 where nothing tells them apart."""
    real = features["holdout"]
    sampled = features["sampled"].sample(len(real), random_state=0)
    both = pd.concat([real, sampled], ignore_index=True)
    origin = np.repeat([0, 1], [len(real), len(sampled)])
    scores = cross_val_predict(_classifier(both, job), both, origin, cv=FOLDS, method="predict_proba")[:, 1]
    return float(roc_auc_score(origin, scores))


def _utility(rows: pd.DataFrame, holdout: pd.DataFrame, job: Job) -> float:
    """AUC on the held-out rows of a classifier of the label that learned on these: macro average of many classes."""
    features = [name for name in rows.columns if name != job["label"]]
    classifier = _classifier(rows[features], job).fit(rows[features], rows[job["label"]])
    scores = classifier.predict_proba(holdout[features])
    truth = holdout[job["label"]].to_numpy()
    if len(classifier.classes_) == 2:
        return float(roc_auc_score(truth == classifier.classes_[1], scores[:, 1]))
    return float(roc_auc_score(truth, scores, multi_class="ovr", labels=classifier.classes_))


def _classifier(rows: pd.DataFrame, job: Job) -> HistGradientBoostingClassifier:
    few = [name for name in rows.columns if name in job["categorical"] and rows[name].max() < MOST_LEVELS]
    return HistGradientBoostingClassifier(categorical_features=few, random_state=0)


def _encoded(tables: dict[str, pd.DataFrame], job: Job) -> dict[str, pd.DataFrame]:
    """Categories as numbers, the same in every table; a missing one is missing."""
    names = job["categorical"]
    together = pd.concat([table[names] for table in tables.values()])
    encoder = OrdinalEncoder(encoded_missing_value=np.nan).fit(together)
    coded = {}
    for kind, table in tables.items():
        codes = encoder.transform(table[names])
        coded[kind] = table.assign(**{name: codes[:, place] for place, name in enumerate(names)})
    return coded


if __name__ == "__main__":
    run(work)
