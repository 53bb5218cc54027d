"""Makes expected.toml from what `drydock conformance FOLDER --json` says, given on standard input.

Each case that does not pass must be explained by one of the rules below, in words; one that is not stops this script.

    drydock conformance .../onnx/backend/test/data/node --json | python3 tests/conformance/expect.py > tests/conformance/expected.toml
"""

import json
import re
import sys

WORDS = {"refused": "refused", "notLoaded": "load", "noInputs": "inputs", "failed": "run", "different": "mismatch"}
# What the case became, what its name and the reason given match, why; in the order of the list.
RULES = [
    ("load", r"", r"model_load_utils", "the case is of opset 27; ONNX Runtime 1.30 loads released operator sets only, up to 26"),
    ("load", r"", r"preview\S*:\w+\(-1\) is not a registered", "an operator of ONNX's preview domains, which ONNX Runtime's inference build leaves out"),
    ("load", r"FLOAT4E2M1|float4e2m1", r"", "ONNX Runtime has no CPU kernel that reads or writes float4e2m1"),
    ("load", r"image_decoder", r"", "ONNX Runtime has no kernel for ImageDecoder"),
    ("load", r"bernoulli", r"", "ONNX Runtime has no RandomUniformLike kernel for opset 22, into which Bernoulli is expanded"),
    ("load", r"roialign", r"", "ONNX Runtime has no RoiAlign kernel for opset 22"),
    ("load", r"", r"Failed to construct locale", "StringNormalizer needs the locale en_US.UTF-8, which this machine may not have"),
    ("load", r"batchwise", r"layout_ == 0", "ONNX Runtime computes GRU, LSTM and RNN with layout 0 only (sequence before batch)"),
    ("load", r"", r"Could not find an implementation|Failed to find kernel", "ONNX Runtime has no CPU kernel of the operator for this element type or opset"),
    ("inputs", r"", r"empty sequence", "an empty sequence: ONNX Runtime's C interface has no way to make one"),
    ("inputs", r"", r"holds nothing", "an optional that holds nothing: ONNX Runtime's C interface has no way to make one"),
    ("run", r"attention", r"attention_helper", "ONNX Runtime 1.30 refuses an attention mask shorter than the padded keys"),
    ("run", r"convinteger", r"conv_integer", "ONNX Runtime's ConvInteger takes one zero point for all weights; the case gives one a channel"),
    ("mismatch", r"dft|stft", r"elements differ", "ONNX Runtime's float32 Fourier transforms are off by up to 2e-4 where the exact value is 0; the suite allows 1e-7"),
    ("mismatch", r"maxunpool", r"elements differ", "ONNX Runtime reads the indices of MaxUnpool as places in output_shape; the case means them in the unpadded output"),
    ("mismatch", r"resize_downsample_scales_\w+_align_corners", r"elements differ", "with scales that do not divide, ONNX Runtime aligns the corners by the rounded output size, the reference by the exact one"),
    ("mismatch", r"attention.*qk_matmul.*causal", r"not -inf", "ONNX Runtime masks attention with the lowest float32 number where the case expects minus infinity"),
    ("mismatch", r"training_dropout", r"elements differ", "Dropout in training mode: another random number generator than NumPy's, so other elements are dropped"),
]


def explained(word, case, said):
    for result, name, pattern, reason in RULES:
        if result == word and re.search(name, case) and re.search(pattern, said):
            return reason
    sys.exit(f"no rule explains {case}: {word}: {said}")


def main():
    report = json.load(sys.stdin)
    groups = {}
    for case, outcome in sorted(report["cases"].items()):
        if outcome["result"] != "pass":
            word = WORDS[outcome["result"]]
            groups.setdefault((word, explained(word, case, outcome["reason"])), []).append(case)
    order = {reason: index for index, (_, _, _, reason) in enumerate(RULES)}
    print("# What becomes of ONNX's backend node cases (PyPI onnx 1.22.0) on ONNX Runtime 1.30.0, CPU. Those not named pass.")
    print("# Made by expect.py from `drydock conformance FOLDER --json`; checked by `cargo xtask test onnx-nodes`.")
    print(f"cases = {len(report['cases'])}")
    for (word, reason), cases in sorted(groups.items(), key=lambda group: order[group[0][1]]):
        print(f"\n[[difference]]\nresult = \"{word}\"\nreason = \"{reason}\"")
        if "this machine may not" in reason:
            print("may_pass = true")
        print("cases = [")
        for case in cases:
            print(f'  "{case}",')
        print("]")


main()
