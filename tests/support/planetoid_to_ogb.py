#!/usr/bin/env python3
"""Turns the Planetoid pickles of Cora or PubMed into OGB's raw csv layout.

Usage: planetoid_to_ogb.py SOURCE-FOLDER TARGET-FOLDER
       planetoid_to_ogb.py ../shared/datasets/planetoid/cora/raw build/planetoid/cora

Needs numpy and scipy (the pickles hold scipy matrices). The output has each undirected edge once,
as (smaller id, larger id), without self-loops and sorted; the public split as `split/public`; the
features as stored, which are zeros and ones for Cora (written as integers) and float32 TF-IDF
weights for PubMed (written with the fewest digits that give the same float32 back).
"""

import argparse
import pathlib
import pickle

import numpy as np

import ogb_raw

VALID_NODES = 500  # the public split: the nodes that follow the training nodes


def load(folder, name, part):
    with open(folder / f"ind.{name}.{part}", "rb") as file:
        return pickle.load(file, encoding="latin1")


def in_node_order(folder, name, known, tail):
    """`known` holds nodes 0..k-1; row i of `tail` is node test.index[i], in no order."""
    test = np.loadtxt(folder / f"ind.{name}.test.index", dtype=np.int64)
    whole = np.concatenate([known, tail])
    if not np.array_equal(np.sort(test), np.arange(len(known), len(whole))):
        raise SystemExit(f"ind.{name}.test.index: the test nodes are not the nodes after allx")
    whole[test] = tail
    return whole, test


def undirected_edges(graph):
    """The adjacency dictionary as sorted unique pairs u < v."""
    pairs = {(min(u, v), max(u, v)) for u, neighbours in graph.items() for v in neighbours if u != v}
    return sorted(pairs)


def feature_lines(features):
    integers = np.array_equal(features, features.astype(np.int64))
    for row in features:
        # item-wise str of float32 is the shortest text that reads back to the same float32
        yield ",".join(map(str, row.astype(np.int64).tolist() if integers else row))


def convert(source, target):
    name = next(source.glob("ind.*.graph")).name.split(".")[1]
    dense = lambda part: np.asarray(load(source, name, part).todense(), dtype=np.float32)
    features, test = in_node_order(source, name, dense("allx"), dense("tx"))
    one_hot, _ = in_node_order(source, name, load(source, name, "ally"), load(source, name, "ty"))
    if not (one_hot.sum(1) == 1).all():
        raise SystemExit(f"ind.{name}.ally: a node without exactly one class")
    edges = undirected_edges(load(source, name, "graph"))
    train = load(source, name, "y").shape[0]

    ogb_raw.write_graph(target, edges, one_hot.argmax(1), len(features))
    ogb_raw.write_lines(target / "raw" / "node-feat.csv.gz", feature_lines(features))
    valid = range(train, train + VALID_NODES)
    ogb_raw.write_split(target, "public", dict(train=range(train), valid=valid, test=test))
    ogb_raw.write_release(target, f"# {name} from the Planetoid files, in OGB's layout\n")
    print(
        f"{name}: {len(features)} nodes, {len(edges)} edges, {features.shape[1]} features "
        f"({np.count_nonzero(features)} not zero), {one_hot.shape[1]} classes, "
        f"train {train}, valid {VALID_NODES}, test {len(test)}"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=pathlib.Path)
    parser.add_argument("target", type=pathlib.Path)
    arguments = parser.parse_args()
    convert(arguments.source, arguments.target)


if __name__ == "__main__":
    main()
