"""Makes the tables in the folder `tables`: the same values as NumPy, pandas and pyarrow write them.

Run with numpy 1.26.4, pandas 2.3.3, pyarrow 15.0.2, in this folder.
"""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

rows = 10
at = np.arange(rows)
ret = at / 8 - 0.5
ret[3] = np.nan
frame = pd.DataFrame(
    {
        "ret": ret,
        "volume": at * 100,
        "price": (at / 4).astype("float32"),
        "small": at.astype("int8"),
        "count": at.astype("uint32"),
        "up": at % 2 == 0,
        "side": np.where(at % 2 == 0, "buy", "sell"),
    }
)
frame.to_csv("tables/pandas.csv", index=False)
# Three row groups, and an index that is no column.
frame.set_index(pd.Index(at + 100)).to_parquet("tables/pandas.parquet", row_group_size=4)
vectors = pa.array([[i, i + 0.5, i + 0.25] for i in range(rows)], pa.list_(pa.float32()))
halves = pa.array((at / 2).astype("float16"))
table = pa.table(
    {
        "vector": vectors,
        "half": halves,
        "decimal": pa.array([f"{i}.25" for i in range(rows)]).cast(pa.decimal128(10, 2)),
        "gap": pa.array([None if i == 6 else i for i in range(rows)], pa.int64()),
        "ragged": pa.array([[1.0] * (2 if i == 5 else 3) for i in range(rows)]),
        "when": pa.array(at * 1_000_000, pa.timestamp("us")),
        "missing": pa.array([None if i % 2 else float(i) for i in range(rows)], pa.float32()),
    }
)
pq.write_table(table, "tables/arrow.parquet", row_group_size=4, compression="zstd")

matrix = (np.arange(30).reshape(rows, 3) / 4).astype("float32")
np.save("tables/matrix.npy", matrix)
np.save("tables/fortran.npy", np.asfortranarray(np.arange(24).reshape(4, 3, 2)))
np.save("tables/objects.npy", np.array([1, "a"], dtype=object), allow_pickle=True)
arrays = {
    "x": matrix,
    "big": np.arange(rows).astype(">i2"),
    "half": (at / 2).astype("float16"),
    "up": at % 2 == 0,
    "side": frame["side"].to_numpy(dtype=str),
    "bytes": np.array([b"ab", b"c"] * 5),
    "turned": np.asfortranarray(matrix),
}
np.savez("tables/stored.npz", **arrays)
np.savez_compressed("tables/packed.npz", **arrays, alone=np.float64(1.5))
