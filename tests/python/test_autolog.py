"""A scikit-learn script of which only one line knows MLflow: `mlflow.sklearn.autolog()`."""

from __future__ import annotations

import mlflow
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV


def bars(seed: int = 7) -> tuple[np.ndarray, np.ndarray]:
    """Two features that decide the label, and a little noise."""
    random = np.random.default_rng(seed)
    x = random.normal(size=(240, 2))
    return x, (x[:, 0] + 0.5 * x[:, 1] + 0.1 * random.normal(size=240) > 0).astype(int)


def test_a_fit_logs_its_params_metrics_and_model(client, experiment):
    x, y = bars()
    mlflow.sklearn.autolog(silent=True)
    try:
        with mlflow.start_run() as run:
            LogisticRegression(C=0.5, max_iter=200).fit(x, y)
    finally:
        mlflow.sklearn.autolog(disable=True, silent=True)
    seen = client.get_run(run.info.run_id)
    assert seen.info.status == "FINISHED"
    assert seen.data.params["C"] == "0.5" and seen.data.params["max_iter"] == "200"
    assert seen.data.metrics["training_accuracy_score"] > 0.9
    assert seen.data.tags["estimator_name"] == "LogisticRegression"
    files = {f.path for f in client.list_artifacts(run.info.run_id)}
    assert "estimator.html" in files and "training_confusion_matrix.png" in files
    loaded = mlflow.sklearn.load_model(f"runs:/{run.info.run_id}/model")
    assert loaded.predict(x).tolist() == LogisticRegression(C=0.5, max_iter=200).fit(x, y).predict(x).tolist()


def test_a_grid_search_logs_its_children(client, experiment):
    x, y = bars()
    mlflow.sklearn.autolog(silent=True, max_tuning_runs=3)
    try:
        with mlflow.start_run() as parent:
            GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0, 10.0]}, cv=2).fit(x, y)
    finally:
        mlflow.sklearn.autolog(disable=True, silent=True)
    children = client.search_runs([experiment], f"tags.mlflow.parentRunId = '{parent.info.run_id}'")
    assert sorted(child.data.params["C"] for child in children) == ["0.1", "1.0", "10.0"]
    assert "best_cv_score" in client.get_run(parent.info.run_id).data.metrics
