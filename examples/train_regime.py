"""Train a market-regime classifier on synthetic data and log everything through the plain MLflow client.

The prices are invented: a Markov chain switches between three regimes (rising, ranging, stressed) and draws bars with
their own drift, volatility and volume. No figure below says anything about a real market; the point is a real training
script, with a time-ordered split, that any MLflow server understands.

    MLFLOW_TRACKING_URI=http://127.0.0.1:5000 python examples/train_regime.py

The last line of standard output is one JSON object that names what was made.
"""

from __future__ import annotations

import argparse
import contextlib
import copy
import inspect
import io
import json
import logging
import os
import sys
import time
from dataclasses import asdict, dataclass

os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
# The matrices are tiny: more BLAS threads than one only wait for each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import mlflow
import numpy as np
import onnxruntime
import pandas as pd
from mlflow.entities import Metric
from mlflow.models import infer_signature
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import confusion_matrix, log_loss
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

REGIMES = ["rising", "ranging", "stressed"]
# Per 15-minute bar: drift, volatility, volume level. Close enough together that a classifier has to work.
DRIFT = np.array([0.00007, 0.00000, -0.00012])
VOLATILITY = np.array([0.0016, 0.0013, 0.0030])
VOLUME = np.array([1.00, 0.85, 1.45])
STAY = np.array([0.976, 0.980, 0.960])
BARS_A_YEAR = 252 * 26
COST_A_TURN = 0.00002
LONGEST_WINDOW = 60


@dataclass(frozen=True)
class Config:
    """One row of the experiment: everything that is logged as a parameter."""

    name: str
    family: str
    hidden: str
    learning_rate: float
    alpha: float
    batch_size: int


CONFIGS = [
    Config("linear-sgd", "sgd", "-", 0.0002, 1e-4, 1),
    Config("mlp-16", "mlp", "16", 0.0003, 1e-2, 512),
    Config("mlp-24x12", "mlp", "24,12", 0.0002, 1e-1, 512),
    Config("mlp-48x24-l2", "mlp", "48,24", 0.0001, 1.0, 512),
]


# --- data -----------------------------------------------------------------------------------------------------------


def make_bars(bars: int, seed: int) -> pd.DataFrame:
    """Regime-switching OHLCV with Student-t shocks; the same seed gives the same bars."""
    rng = np.random.default_rng(seed)
    regime = np.empty(bars, dtype=np.int64)
    regime[0] = 1
    for t in range(1, bars):
        here = regime[t - 1]
        others = [r for r in range(3) if r != here]
        regime[t] = here if rng.random() < STAY[here] else rng.choice(others)
    shock = rng.standard_t(df=5, size=bars) / np.sqrt(5 / 3)
    returns = DRIFT[regime] + VOLATILITY[regime] * shock
    close = 100.0 * np.exp(np.cumsum(returns))
    opened = np.concatenate([[100.0], close[:-1]])
    wick = np.abs(rng.normal(0.0, 0.5, size=(2, bars))) * VOLATILITY[regime] * close
    volume = 1e4 * VOLUME[regime] * np.exp(rng.normal(0.0, 0.35, size=bars)) * (1.0 + 40.0 * np.abs(returns))
    return pd.DataFrame(
        {
            "time": pd.date_range("2024-01-02", periods=bars, freq="15min", tz="UTC"),
            "open": opened,
            "high": np.maximum(opened, close) + wick[0],
            "low": np.minimum(opened, close) - wick[1],
            "close": close,
            "volume": volume,
            "regime": regime,
        }
    )


def make_features(bars: pd.DataFrame) -> pd.DataFrame:
    """Features known at the close of each bar; nothing looks ahead."""
    logged = np.log(bars["close"])
    ret = logged.diff()
    span = np.log(bars["high"] / bars["low"])
    vol20 = ret.rolling(20).std()
    volume = np.log(bars["volume"])
    peak = logged.rolling(LONGEST_WINDOW).max()
    return pd.DataFrame(
        {
            "ret_1": ret / vol20,
            "ret_5": logged.diff(5) / (vol20 * np.sqrt(5)),
            "ret_20": logged.diff(20) / (vol20 * np.sqrt(20)),
            "ret_60": logged.diff(60) / (vol20 * np.sqrt(60)),
            "vol_5": np.log(ret.rolling(5).std()),
            "vol_20": np.log(vol20),
            "vol_60": np.log(ret.rolling(60).std()),
            "range_5": np.log(span.rolling(5).mean()),
            "range_20": np.log(span.rolling(20).mean()),
            "down_share_20": ret.clip(upper=0).pow(2).rolling(20).sum() / ret.pow(2).rolling(20).sum(),
            "drawdown_60": logged - peak,
            "volume_z": (volume - volume.rolling(60).mean()) / volume.rolling(60).std(),
            "volume_5": volume.rolling(5).mean() - volume.rolling(60).mean(),
        }
    )


@dataclass(frozen=True)
class Split:
    """Rows of one part, in time order: features, the regime `horizon` bars later, the return earned meanwhile."""

    x: np.ndarray
    y: np.ndarray
    forward: np.ndarray
    first: str
    last: str


def time_split(bars: pd.DataFrame, features: pd.DataFrame, horizon: int) -> dict[str, Split]:
    """60 / 20 / 20 in time order, with an embargo as long as the longest window plus the horizon between the parts."""
    label = bars["regime"].shift(-horizon)
    forward = np.log(bars["close"]).shift(-horizon) - np.log(bars["close"])
    usable = (features.notna().all(axis=1) & label.notna()).to_numpy()
    rows = np.flatnonzero(usable)
    embargo = LONGEST_WINDOW + horizon
    a, b = int(len(rows) * 0.6), int(len(rows) * 0.8)
    parts = {"train": rows[:a], "validation": rows[a + embargo : b], "test": rows[b + embargo :]}
    return {
        name: Split(
            x=features.to_numpy(dtype=np.float32)[at],
            y=label.to_numpy()[at].astype(np.int64),
            forward=forward.to_numpy()[at],
            first=bars["time"].iloc[at[0]].isoformat(),
            last=bars["time"].iloc[at[-1]].isoformat(),
        )
        for name, at in parts.items()
    }


# --- measures -------------------------------------------------------------------------------------------------------


def rank_correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Spearman's, for values without ties."""
    return float(np.corrcoef(a.argsort().argsort(), b.argsort().argsort())[0, 1])


def measures(prob: np.ndarray, part: Split, horizon: int) -> dict[str, float]:
    """What a quant looks at: fit of the probabilities, and what they are worth in a toy long-short rule after costs."""
    hot = np.eye(3)[part.y]
    signal = prob[:, 0] - prob[:, 2]
    pnl, _ = toy_rule(signal, part.forward, horizon)
    return {
        "accuracy": float((prob.argmax(axis=1) == part.y).mean()),
        "log_loss": float(log_loss(part.y, prob, labels=[0, 1, 2])),
        "brier": float(((prob - hot) ** 2).sum(axis=1).mean()),
        "ic": rank_correlation(signal, part.forward),
        "sharpe": float(pnl.mean() / pnl.std() * np.sqrt(BARS_A_YEAR / horizon)),
    }


def toy_rule(signal: np.ndarray, forward: np.ndarray, horizon: int) -> tuple[np.ndarray, np.ndarray]:
    """Hold the signal for `horizon` bars, rebalance without overlap, pay for every turn. Returns profit and position."""
    position = np.clip(signal[::horizon], -1.0, 1.0)
    turn = np.abs(np.diff(position, prepend=0.0))
    return position * forward[::horizon] - COST_A_TURN * turn, position


# --- training -------------------------------------------------------------------------------------------------------


def make_classifier(config: Config, seed: int):
    if config.family == "sgd":
        return SGDClassifier(
            loss="log_loss", alpha=config.alpha, learning_rate="constant", eta0=config.learning_rate, random_state=seed
        )
    return MLPClassifier(
        hidden_layer_sizes=tuple(int(n) for n in config.hidden.split(",")),
        learning_rate_init=config.learning_rate,
        alpha=config.alpha,
        batch_size=config.batch_size,
        random_state=seed,
    )


def fit(config: Config, parts: dict[str, Split], epochs: int, horizon: int, seed: int, run_id: str) -> Pipeline:
    """One `partial_fit` an epoch; the curve goes to the server every few epochs, as a live training would send it.

    The weights of the epoch with the lowest validation loss are the ones that are kept.
    """
    client = mlflow.MlflowClient()
    train, validation = parts["train"], parts["validation"]
    scaler = StandardScaler().fit(train.x)
    x_train, x_validation = scaler.transform(train.x), scaler.transform(validation.x)
    classifier = make_classifier(config, seed)
    order = np.random.default_rng(seed)
    waiting: list[Metric] = []
    best, best_loss, best_epoch = classifier, np.inf, 0
    for epoch in range(epochs):
        shuffled = order.permutation(len(x_train))
        classifier.partial_fit(x_train[shuffled], train.y[shuffled], classes=np.array([0, 1, 2]))
        now = int(time.time() * 1000)
        seen = {f"val_{k}": v for k, v in measures(classifier.predict_proba(x_validation), validation, horizon).items()}
        seen["train_log_loss"] = float(log_loss(train.y, classifier.predict_proba(x_train), labels=[0, 1, 2]))
        if seen["val_log_loss"] < best_loss:
            best, best_loss, best_epoch = copy.deepcopy(classifier), seen["val_log_loss"], epoch
        waiting += [Metric(key, value, now, epoch) for key, value in seen.items()]
        if len(waiting) >= 150 or epoch == epochs - 1:
            client.log_batch(run_id, metrics=waiting)
            waiting = []
    client.set_tag(run_id, "best_epoch", str(best_epoch))
    return Pipeline([("scaler", scaler), ("classifier", best)])


def export_onnx(pipeline: Pipeline, width: int):
    """Plain tensors out: ZipMap would wrap each row's probabilities in a map."""
    model = to_onnx(
        pipeline,
        initial_types=[("features", FloatTensorType([None, width]))],
        options={id(pipeline.steps[-1][1]): {"zipmap": False}},
        target_opset=17,
    )
    for value in [*model.graph.input, *model.graph.output]:
        value.type.tensor_type.shape.dim[0].dim_param = "N"
    return model


def log_model(onnx_model, example: dict[str, np.ndarray], outputs: dict[str, np.ndarray]):
    """MLflow 3 names the model, MLflow 2 gives it a path; the rest is the same."""
    takes = inspect.signature(mlflow.onnx.log_model).parameters
    where = {"name": "model"} if "name" in takes else {"artifact_path": "model"}
    return mlflow.onnx.log_model(
        onnx_model,
        **where,
        input_example=example,
        signature=infer_signature(example, outputs),
        # Named here so that MLflow does not start a second interpreter to guess them.
        pip_requirements=[f"onnxruntime=={onnxruntime.__version__}", f"numpy=={np.__version__}"],
    )


def log_evidence(pipeline: Pipeline, parts: dict[str, Split], names: list[str], horizon: int) -> dict[str, float]:
    """Test-set figures and the files behind them."""
    test = parts["test"]
    prob = pipeline.predict_proba(test.x)
    final = measures(prob, test, horizon)
    mlflow.log_metrics({f"test_{k}": v for k, v in final.items()})
    table = confusion_matrix(test.y, prob.argmax(axis=1), labels=[0, 1, 2])
    mlflow.log_text(pd.DataFrame(table, index=REGIMES, columns=REGIMES).to_csv(index_label="actual"), "confusion_matrix.csv")
    mlflow.log_text("\n".join(names) + "\n", "features.txt")
    profit, position = toy_rule(prob[:, 0] - prob[:, 2], test.forward, horizon)
    curve = pd.DataFrame({"position": position.round(6), "equity": profit.cumsum().round(8)})
    mlflow.log_text(curve.to_csv(index_label="rebalance"), "toy_rule.csv")
    mlflow.log_dict(
        {name: {"rows": len(p.y), "from": p.first, "to": p.last} for name, p in parts.items()}
        | {"embargo_bars": LONGEST_WINDOW + horizon, "horizon_bars": horizon},
        "split.json",
    )
    return final


def train_one(config: Config, parts: dict[str, Split], names: list[str], args: argparse.Namespace) -> dict:
    with mlflow.start_run(run_name=config.name) as run:
        mlflow.set_tags({"data": "synthetic", "seed": args.seed, "regimes": ", ".join(REGIMES)})
        mlflow.log_params(
            asdict(config)
            | {"epochs": args.epochs, "horizon_bars": args.horizon, "bars": args.bars, "features": len(names), "seed": args.seed}
        )
        pipeline = fit(config, parts, args.epochs, args.horizon, args.seed, run.info.run_id)
        final = log_evidence(pipeline, parts, names, args.horizon)
        onnx_model = export_onnx(pipeline, len(names))
        example = {"features": parts["test"].x[:: max(1, len(parts["test"].x) // 8)][:8]}
        session = onnxruntime.InferenceSession(onnx_model.SerializeToString(), providers=["CPUExecutionProvider"])
        outputs = dict(zip([o.name for o in session.get_outputs()], session.run(None, example)))
        info = log_model(onnx_model, example, outputs)
        # What the model answers to its own input example: the golden output that a gate compares with before a launch.
        mlflow.log_dict(
            {"outputs": {k: v.tolist() for k, v in outputs.items()}, "rtol": 1e-5, "atol": 1e-6}, "expected_output.json"
        )
    return {"run_id": run.info.run_id, "name": config.name, "uri": info.model_uri, "final": final}


def register(done: list[dict], model: str) -> list[dict]:
    """Every candidate that beats the linear baseline becomes a version, worst first, so that the newest is the best."""
    client = mlflow.MlflowClient()
    baseline, *rest = done
    better = [r for r in rest if r["final"]["log_loss"] < baseline["final"]["log_loss"]]
    ranked = [baseline, *sorted(better, key=lambda r: -r["final"]["log_loss"])]
    versions = []
    for result in ranked[:1] + ranked[1:][-2:]:
        with contextlib.redirect_stderr(io.StringIO()):  # it narrates each step
            made = mlflow.register_model(result["uri"], model)
        text = f"{result['name']}: test log loss {result['final']['log_loss']:.4f}, IC {result['final']['ic']:.4f} on synthetic bars"
        client.update_model_version(model, made.version, description=text)
        client.set_model_version_tag(model, made.version, "data", "synthetic")
        versions.append({"version": int(made.version), "run_id": result["run_id"], "name": result["name"]})
    client.update_registered_model(model, description="Three-regime classifier on 15-minute bars (synthetic data)")
    client.set_registered_model_tag(model, "horizon", "15 min bars")
    client.set_registered_model_alias(model, "challenger", str(versions[-1]["version"]))
    return versions


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--experiment", default="regime-classifier")
    parser.add_argument("--model", default="regime-classifier", help="name in the registry")
    parser.add_argument("--bars", type=int, default=12000)
    parser.add_argument("--epochs", type=int, default=300)
    parser.add_argument("--horizon", type=int, default=4, help="bars ahead")
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args()
    began = time.time()
    for noisy in ("mlflow", "skl2onnx", "alembic"):
        logging.getLogger(noisy).setLevel(logging.ERROR)

    bars = make_bars(args.bars, args.seed)
    features = make_features(bars)
    parts = time_split(bars, features, args.horizon)
    experiment = mlflow.set_experiment(args.experiment)
    done = []
    for config in CONFIGS:
        result = train_one(config, parts, list(features.columns), args)
        done.append(result)
        shown = "  ".join(f"{k} {v:.4f}" for k, v in result["final"].items())
        print(f"{config.name:<14} {shown}", file=sys.stderr, flush=True)
    versions = register(done, args.model)
    best = versions[-1]
    summary = {
        "experiment_id": experiment.experiment_id,
        "experiment": args.experiment,
        "model": args.model,
        "version": best["version"],
        "run_id": best["run_id"],
        "versions": versions,
        "runs": [{"run_id": r["run_id"], "name": r["name"]} for r in done],
        "seconds": round(time.time() - began, 2),
    }
    print(json.dumps(summary))
    return 0


if __name__ == "__main__":
    sys.exit(main())
