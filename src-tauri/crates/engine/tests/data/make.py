"""Makes the models and expected outputs in this folder.

Run with scikit-learn 1.9.1, skl2onnx 1.20.0, onnx 1.23.2, onnxruntime 1.32.0, numpy 2.4.6. Outputs are those of Python
onnxruntime, the reference that the engine must equal.
"""

import json

import numpy as np
import onnx
import onnxruntime
from skl2onnx import to_onnx
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

rng = np.random.default_rng(7)
features = rng.normal(size=(300, 4)).astype(np.float32)
classes = (features[:, 0] + features[:, 1] > 0).astype(int) + (features[:, 2] > 1)
names = np.array(["bear", "flat", "bull"])[classes]

models = {
    "logreg": to_onnx(LogisticRegression().fit(features, classes), features[:1], target_opset=17),
    "named": to_onnx(LogisticRegression().fit(features, names), features[:1], target_opset=17),
    "gboost": to_onnx(
        GradientBoostingClassifier(n_estimators=5, max_depth=2, random_state=0).fit(features, classes),
        features[:1],
        target_opset=17,
        options={"zipmap": False},
    ),
}
example = features[:5]
for name, model in models.items():
    onnx.save(model, f"{name}.onnx")
    session = onnxruntime.InferenceSession(f"{name}.onnx", providers=["CPUExecutionProvider"])
    outputs = {}
    for port, value in zip(session.get_outputs(), session.run(None, {"X": example})):
        outputs[port.name] = value.tolist() if isinstance(value, np.ndarray) else value
    with open(f"{name}.json", "w") as file:
        json.dump({"outputs": outputs, "rtol": 0.0, "atol": 1e-6}, file, indent=1)
with open("example.json", "w") as file:
    columns = ["ret_1", "ret_5", "vol_10", "rsi_14"]
    json.dump({"dataframe_split": {"columns": columns, "data": example.tolist()}}, file)
