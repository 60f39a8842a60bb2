#!/usr/bin/env python3
"""Makes a csv.gz set of ogbn-arxiv's size in OGB's layout, for timing conversion only.

Usage: make_arxiv_size.py FOLDER [--seed N]

169,343 nodes with 128 features of six decimals, 1,166,243 random directed edges, 40 classes, a
year per node and a split `time` of the official sizes. The numbers are random: no accuracy on
this set means anything. Needs numpy; the same seed gives the same bytes with the same numpy.
"""

import argparse
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests" / "support"))
import ogb_raw

NODES, EDGES, CHANNELS, CLASSES = 169_343, 1_166_243, 128, 40
SPLIT = dict(train=90_941, valid=29_799, test=48_603)


def feature_lines(random):
    """Six decimals, centred on zero, as word embeddings are."""
    form = ",".join(["%.6f"] * CHANNELS)
    for start in range(0, NODES, 4096):
        block = random.normal(0.0, 0.1, (min(4096, NODES - start), CHANNELS))
        for row in block.tolist():
            yield form % tuple(row)


def distinct_edges(random):
    """Directed, no self-loop, no pair twice, in random order."""
    keys = random.integers(0, NODES * NODES, EDGES + EDGES // 50)
    keys = keys[keys // NODES != keys % NODES]
    keys = random.permutation(np.unique(keys))[:EDGES]
    return np.stack([keys // NODES, keys % NODES], axis=1).tolist()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()

    random = np.random.default_rng(arguments.seed)
    folder, raw = arguments.folder, arguments.folder / "raw"
    ogb_raw.write_graph(folder, distinct_edges(random), random.integers(0, CLASSES, NODES), NODES)
    ogb_raw.write_column(raw / "node_year.csv.gz", random.integers(1971, 2021, NODES))
    order, begin = random.permutation(NODES), 0
    parts = {}
    for part, size in SPLIT.items():
        parts[part] = np.sort(order[begin : begin + size])
        begin += size
    ogb_raw.write_split(folder, "time", parts)
    ogb_raw.write_lines(raw / "node-feat.csv.gz", feature_lines(random))
    ogb_raw.write_release(folder, "# Random numbers in the shape of ogbn-arxiv, for timing\n")


if __name__ == "__main__":
    main()
