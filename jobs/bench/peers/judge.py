"""Score sampled rows, the same way for every generator: SDMetrics' report, a two-sample test (C2ST), and utility."""

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
"""Largest number of categories that the classifier accepts in one column."""


def work(job: Job, clock: Clock) -> dict[str, Any]:
    """Compare sampled rows with the training rows (the report) and with the holdout (the classifiers)."""
    training, holdout, sampled = (read(job[name]) for name in ("training", "holdout", "sampled"))
    with clock():
        report = QualityReport()
        report.generate({TABLE: training}, {TABLE: sampled}, metadata(job), verbose=False)
        scores = {"quality": report.get_score()}
        if job.get("classifiers", True):
            features = _encode({"training": training, "holdout": holdout, "sampled": sampled}, job)
            scores["two_sample_auc"] = _two_sample_auc(features, job)
            scores["utility_auc"] = _utility(features["sampled"], features["holdout"], job)
            scores["utility_auc_of_real"] = _utility(features["training"], features["holdout"], job)
    return {name: float(value) for name, value in scores.items()}


def _two_sample_auc(features: dict[str, pd.DataFrame], job: Job) -> float:
    """Return the C2ST's cross-validated AUC between holdout rows and as many sampled ones; 0.5: indistinguishable."""
    real = features["holdout"]
    sampled = features["sampled"].sample(len(real), random_state=0)
    both = pd.concat([real, sampled], ignore_index=True)
    origin = np.repeat([0, 1], [len(real), len(sampled)])
    scores = cross_val_predict(_classifier(both, job), both, origin, cv=FOLDS, method="predict_proba")[:, 1]
    return float(roc_auc_score(origin, scores))


def _utility(rows: pd.DataFrame, holdout: pd.DataFrame, job: Job) -> float:
    """Return the AUC on the holdout of a classifier of the label trained on these rows; macro average over classes."""
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


def _encode(tables: dict[str, pd.DataFrame], job: Job) -> dict[str, pd.DataFrame]:
    """Encode categories as numbers, equal in every table; missing values stay missing."""
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
