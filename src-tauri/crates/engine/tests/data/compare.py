"""Prints the golden values of the comparison tests (src/compare). Run with numpy 2.4.6, scipy 1.17.1."""

import numpy as np
from scipy.stats import rankdata, spearmanr

i = np.arange(500, dtype=np.uint64)
first = ((i * np.uint64(2_654_435_761)) % np.uint64(97)).astype(float)
second = first * 0.5 + ((i * np.uint64(40_503)) % np.uint64(13)).astype(float)
print("spearman", repr(spearmanr(first, second).statistic))

# 3,000 rows of 3: what a float32 model gives against float64 expectations, with everything that can go wrong.
n = np.arange(9_000, dtype=np.int64)
expected = ((n * 7_919) % 10_007).astype(float) / 1_000.0 - 5.0
actual = expected * (1.0 + ((n % 11) - 5) * 1e-6) + ((n % 7) - 3) * 1e-7
actual[4_321] += 0.25
actual[17], actual[18], expected[18], expected[19], actual[20] = np.nan, np.nan, np.nan, np.inf, -np.inf
actual[30] = -expected[30]
rtol, atol = 1e-6, 1e-7
finite = np.isfinite(actual) & np.isfinite(expected)
a, e = actual[finite], expected[finite]
d = a - e
close = np.isclose(actual, expected, rtol=rtol, atol=atol, equal_nan=True)
with np.errstate(invalid="ignore", divide="ignore"):
    rel = np.abs(d) / np.abs(e)
    rel[e == 0] = -1
print("finite", finite.sum(), "within", close.sum())
print("max_abs", repr(np.abs(d).max()), "at", np.flatnonzero(finite)[np.abs(d).argmax()])
print("max_rel", repr(rel.max()), "at", np.flatnonzero(finite)[rel.argmax()])
print("mean", repr(d.mean()), "mean_abs", repr(np.abs(d).mean()), "rms", repr(np.sqrt((d**2).mean())))
print("cosine", repr(a @ e / (np.linalg.norm(a) * np.linalg.norm(e))))
print("snr_db", repr(10 * np.log10((e**2).sum() / (d**2).sum())))
print("rank", repr(np.corrcoef(rankdata(a), rankdata(e))[0, 1]))
print("flips", ((actual > 0) & (expected < 0) | (actual < 0) & (expected > 0)).sum())
print("argmax", (actual.reshape(-1, 3).argmax(1) != expected.reshape(-1, 3).argmax(1)).sum())
worst = np.where(np.isclose(actual, expected, rtol=0, atol=0, equal_nan=True), 0, np.abs(actual - expected) / (atol + rtol * np.abs(expected)))
worst[~finite & ~close] = np.inf
print("rows", np.argsort(-worst.reshape(-1, 3).max(1), kind="stable")[:6])
