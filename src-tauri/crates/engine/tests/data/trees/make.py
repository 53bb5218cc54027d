"""Writes the models of this folder: what people train, as their converters write it.

scikit-learn 1.9.1, skl2onnx 1.20.0, lightgbm 4.7.0, xgboost 3.2.0, onnxmltools 1.16.0, onnx 1.22.0.
"""

import pathlib

import numpy as np
import onnx.helper
from onnxmltools.convert import convert_lightgbm, convert_xgboost
from onnxmltools.convert.common.data_types import FloatTensorType as MlFloat
from lightgbm import LGBMClassifier, LGBMRegressor
from skl2onnx import to_onnx
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from xgboost import XGBClassifier, XGBRegressor

written = onnx.helper.make_attribute


def whole(key, value, *args, **kwargs):
    """skl2onnx gives NumPy's booleans of HistGradientBoosting where the protobuf wants numbers."""
    if isinstance(value, list) and any(isinstance(item, (bool, np.bool_)) for item in value):
        value = [int(item) for item in value]
    return written(key, value, *args, **kwargs)


onnx.helper.make_attribute = whole
HERE = pathlib.Path(__file__).parent
FEATURES = 6

random = np.random.default_rng(11)
x = random.normal(size=(400, FEATURES)).astype(np.float32)
x[:, 5] = random.integers(0, 5, size=400)
signal = x[:, 0] * x[:, 1] + np.sin(3 * x[:, 2]) + (x[:, 5] == 3) * 1.5
y = (signal + random.normal(scale=0.1, size=400)).astype(np.float32)
two = np.where(y > 0.2, "up", "down")
three = np.digitize(y, [-0.5, 0.7])

OPSETS = {"": 17, "ai.onnx.ml": 3}
small = {"n_estimators": 12, "max_depth": 3, "random_state": 0}
hist = {"max_iter": 12, "max_leaf_nodes": 8, "random_state": 0}
holed = x.copy()
holed[::7, 1] = np.nan


def scikit(name, model, data, target, **options):
    model.fit(data, target)
    converted = to_onnx(model, data[:1], target_opset=OPSETS, options={id(model): options} if options else None)
    (HERE / f"{name}.onnx").write_bytes(converted.SerializeToString())


def other(name, convert, model, target, **fit):
    model.fit(x, target, **fit)
    converted = convert(model, initial_types=[("x", MlFloat([None, FEATURES]))], target_opset=15)
    (HERE / f"{name}.onnx").write_bytes(converted.SerializeToString())


scikit("gradient_boosting_regressor", GradientBoostingRegressor(**small), x, y)
scikit("gradient_boosting_classifier", GradientBoostingClassifier(**small), x, two)
scikit("random_forest_regressor", make_pipeline(StandardScaler(), RandomForestRegressor(**small)), x, y)
scikit("random_forest_classifier", RandomForestClassifier(**small), x, three)
scikit("hist_regressor", HistGradientBoostingRegressor(**hist), holed, y)
scikit("hist_classifier", HistGradientBoostingClassifier(**hist), holed, three)
other("lightgbm_regressor", convert_lightgbm, LGBMRegressor(n_estimators=12, num_leaves=8, verbose=-1), y, categorical_feature=[5])
other("lightgbm_classifier", convert_lightgbm, LGBMClassifier(n_estimators=12, num_leaves=8, verbose=-1), (y > 0.2).astype(int))
other("xgboost_regressor", convert_xgboost, XGBRegressor(n_estimators=12, max_depth=3), y)
other("xgboost_classifier", convert_xgboost, XGBClassifier(n_estimators=12, max_depth=3), three)
