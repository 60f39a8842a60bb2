"""Reads and writes the Open Graph Benchmark's homogeneous csv layout with numpy alone.

Used by the reference scripts of tests/support and bench; Weft has its own reader.
"""

import gzip
import pathlib

import numpy as np


def read_csv(path, dtype):
    """A .csv.gz without header as [rows, columns]."""
    with gzip.open(path, "rt") as text:
        return np.loadtxt(text, delimiter=",", dtype=dtype, ndmin=2)


def write_lines(path, lines):
    """Writes a .csv.gz; the same lines give the same bytes (no name or time in the header)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "wb") as file, gzip.GzipFile("", "wb", 6, file, mtime=0) as zipped:
        for line in lines:
            zipped.write(line.encode() + b"\n")


def write_column(path, values):
    write_lines(path, (str(int(v)) for v in values))


def write_graph(folder, edges, labels, num_nodes):
    """Edge list [e, 2], labels [n] and the two counts, all integers."""
    raw = pathlib.Path(folder) / "raw"
    write_lines(raw / "edge.csv.gz", (f"{u},{v}" for u, v in edges))
    write_column(raw / "node-label.csv.gz", labels)
    write_column(raw / "num-node-list.csv.gz", [num_nodes])
    write_column(raw / "num-edge-list.csv.gz", [len(edges)])


def write_split(folder, name, parts):
    """`parts` maps train, valid and test to node ids."""
    for part, rows in parts.items():
        write_column(pathlib.Path(folder) / "split" / name / f"{part}.csv.gz", rows)


def write_release(folder, note):
    (pathlib.Path(folder) / "RELEASE_v1.txt").write_text(note)


class RawDataset:
    """num_nodes, edges int64 [e, 2], labels int64 [n], features float32 [n, c] or None, split."""

    def __init__(self, folder, split=None):
        folder = pathlib.Path(folder)
        raw = folder / "raw"
        self.name = folder.resolve().name
        self.num_nodes = int(read_csv(raw / "num-node-list.csv.gz", np.int64)[0, 0])
        self.edges = read_csv(raw / "edge.csv.gz", np.int64)
        self.labels = read_csv(raw / "node-label.csv.gz", np.float64)[:, 0].astype(np.int64)
        features = raw / "node-feat.csv.gz"
        self.features = read_csv(features, np.float32) if features.exists() else None
        self.split_name, self.split = self._read_split(folder / "split", split)

    def _read_split(self, folder, name):
        found = sorted(p.name for p in folder.iterdir() if p.is_dir())
        if name is None and len(found) != 1:
            raise SystemExit(f"{folder} has the splits {', '.join(found)}: choose one with --split")
        name = name or found[0]
        if name not in found:
            raise SystemExit(f"{folder} has no split {name}, only {', '.join(found)}")
        parts = ("train", "valid", "test")
        return name, {p: read_csv(folder / name / f"{p}.csv.gz", np.int64)[:, 0] for p in parts}

    @property
    def num_classes(self):
        return int(self.labels.max()) + 1

    def symmetric_edges(self):
        """Each pair once in both directions, without self-loops, sorted: int64 [2, e']."""
        u, v = self.edges.T
        proper = u != v
        keys = np.concatenate([u[proper] * self.num_nodes + v[proper], v[proper] * self.num_nodes + u[proper]])
        keys = np.unique(keys)
        return np.stack([keys // self.num_nodes, keys % self.num_nodes])


def normalised_csr(dataset, self_loops=True):
    """Offsets, columns and values of D^-1/2 (A + I) D^-1/2 of the symmetric graph (float32)."""
    rows, cols = dataset.symmetric_edges()
    if self_loops:
        every = np.arange(dataset.num_nodes)
        keys = np.sort(np.concatenate([rows * dataset.num_nodes + cols, every * (dataset.num_nodes + 1)]))
        rows, cols = keys // dataset.num_nodes, keys % dataset.num_nodes
    degree = np.bincount(rows, minlength=dataset.num_nodes)
    scale = 1.0 / np.sqrt(np.maximum(degree, 1))
    offsets = np.concatenate([[0], np.cumsum(degree)])
    return offsets, cols, (scale[rows] * scale[cols]).astype(np.float32)
