#!/usr/bin/env python3
"""Proves that Weft reads OGB's layouts as the `ogb` package does.

Every dataset under a root is read by `ogb`'s library-agnostic loaders and converted by Weft; the arrays of the cache,
read by an independent reader (weft_store.py), must be the same: edges in their order, features, labels, additional
columns, splits with all their keys. Nothing may be left over on either side.

    apt-get install python3-venv python3-torch python3-pandas python3-sklearn
    /usr/bin/python3 -m venv --system-site-packages ogb
    ogb/bin/pip install --no-deps ogb==1.3.6 tqdm
    build/release/bin/write_layouts /tmp/layouts
    ogb/bin/python tests/support/check_against_ogb.py --weft build/release/bin/weft --root /tmp/layouts [NAME...]

`ogb` writes a folder processed/ into each dataset it reads, so work on a copy of data that matters.
"""

import argparse
import contextlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

import offline_ogb  # before ogb
from weft_store import Store

PARTS = ("train", "valid", "test")


def values(array):
    """An array of ogb's (numpy or torch) with the values as Weft stores them: int64 or float32."""
    array = np.asarray(array)
    return array.astype(np.float32) if array.dtype.kind == "f" else array.astype(np.int64)


def rows(array):
    """Index lists are [n] in Weft and sometimes [n, 1] or [n] in ogb."""
    return values(array).reshape(-1)


class Expected:
    """What the cache should hold, by section name, collected from ogb's objects."""

    def __init__(self, add_inverse):
        self.step = 2 if add_inverse else 1
        self.sections = {}
        self.edges = {}
        self.tokens = None

    def node_columns(self, kind, columns):
        for name, column in columns.items():
            if column is not None:
                self.sections[f"table/{kind}/{name}"] = values(column)

    def edge_columns(self, relation, columns):
        # ogb repeats a raw edge's row for its inverse; Weft keeps it once.
        for name, column in columns.items():
            if column is not None:
                self.sections[f"relation/{relation}/{name}"] = values(column)[::self.step]


def graph_columns(graph, prefix):
    skip = ("edge_index",)
    return {k: v for k, v in graph.items() if k.startswith(prefix) and k not in skip}


def add_homogeneous(expected, graph):
    expected.node_columns("node", graph_columns(graph, "node_"))
    expected.edge_columns("node/edge/node", graph_columns(graph, "edge_"))
    expected.edges["node/edge/node"] = np.asarray(graph["edge_index"])


def add_heterogeneous(expected, graph):
    for relation, edges in graph["edge_index_dict"].items():
        expected.edges["/".join(relation)] = np.asarray(edges)
    for key, by_kind in graph.items():
        if key in ("edge_index_dict", "num_nodes_dict") or by_kind is None:
            continue
        name = key[: -len("_dict")] if key.endswith("_dict") else key
        for kind, column in by_kind.items():
            if isinstance(kind, tuple):
                expected.edge_columns("/".join(kind), {name: column})
            else:
                expected.node_columns(kind, {name: column})


def expected_node(dataset):
    expected = Expected(dataset.meta_info["add_inverse_edge"] == "True")
    graph, labels = dataset[0]
    split = dataset.get_idx_split()
    name = dataset.meta_info["split"]
    if dataset.is_hetero:
        add_heterogeneous(expected, graph)
        for kind, label in labels.items():
            expected.node_columns(kind, {"node_label": label})
        for part in PARTS:
            for kind, ids in split[part].items():
                expected.sections[f"split/{name}/{part}/{kind}"] = rows(ids)
        return expected
    add_homogeneous(expected, graph)
    expected.node_columns("node", {"node_label": labels})
    for part in PARTS:
        expected.sections[f"split/{name}/{part}/node"] = rows(split[part])
    return expected


def expected_link(dataset):
    expected = Expected(dataset.meta_info["add_inverse_edge"] == "True")
    graph = dataset[0]
    (add_heterogeneous if dataset.is_hetero else add_homogeneous)(expected, graph)
    kinds = sorted(graph["num_nodes_dict"]) if dataset.is_hetero else []
    split = dataset.get_edge_split()
    for part in PARTS:
        for key, array in split[part].items():
            if key in ("head_type", "tail_type"):
                array = np.array([kinds.index(kind) for kind in array], np.int64)
            expected.sections[f"split/{dataset.meta_info['split']}/{part}/{key}"] = values(array)
    return expected


def expected_graph(dataset):
    expected = Expected(dataset.meta_info["add_inverse_edge"] == "True")
    graphs = [dataset[i][0] for i in range(len(dataset))]
    starts = np.concatenate([[0], np.cumsum([g["num_nodes"] for g in graphs])]).astype(np.int64)
    joined = {"edge_index": np.concatenate([g["edge_index"] + s for g, s in zip(graphs, starts)], axis=1)}
    for key in graphs[0]:
        if key not in ("edge_index", "num_nodes") and graphs[0][key] is not None:
            joined[key] = np.concatenate([g[key] for g in graphs])
    add_homogeneous(expected, joined)
    expected.sections["array/graph_offsets"] = starts
    if dataset.name == "ogbg-code2":
        expected.tokens = [list(dataset[i][1]) for i in range(len(dataset))]
    else:
        expected.node_columns("graph", {"graph_label": np.stack([np.asarray(dataset[i][1]) for i in range(len(dataset))])})
    split = dataset.get_idx_split()
    for part in PARTS:
        expected.sections[f"split/{dataset.meta_info['split']}/{part}/graph"] = rows(split[part])
    return expected


def read_with_ogb(name, root):
    # ogb writes its own cache there, and expects the folder as its zips bring it; what it prints is no result.
    (pathlib.Path(root) / name.replace("-", "_") / "processed").mkdir(exist_ok=True)
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
        return read_quietly(name, root)


def read_quietly(name, root):
    if name.startswith("ogbn"):
        from ogb.nodeproppred import NodePropPredDataset

        return expected_node(NodePropPredDataset(name, root))
    if name.startswith("ogbl"):
        from ogb.linkproppred import LinkPropPredDataset

        return expected_link(LinkPropPredDataset(name, root))
    from ogb.graphproppred import GraphPropPredDataset

    return expected_graph(GraphPropPredDataset(name, root))


def tokens_of(store):
    words = store.array("array/label_vocabulary").tobytes().decode().split("\n")[:-1]
    starts, ids = store.array("array/label_offsets"), store.array("array/label_tokens")
    return [[words[i] for i in ids[a:b]] for a, b in zip(starts[:-1], starts[1:])]


def difference(got, wanted):
    """None where both are the same, else what is not. pandas' decimals may be off by an ulp of float32."""
    if got.shape != wanted.shape and got.size == wanted.size:
        wanted = wanted.reshape(got.shape)
    if got.shape != wanted.shape:
        return f"shape {list(got.shape)} where ogb has {list(wanted.shape)}"
    if (got.dtype.kind == "f") != (wanted.dtype.kind == "f"):
        return f"type {got.dtype} where ogb has {wanted.dtype}"
    if got.dtype.kind != "f":
        return None if np.array_equal(got, wanted) else "other whole numbers"
    near = np.abs(got - wanted) <= np.spacing(np.abs(wanted))
    same = (np.isnan(got) & np.isnan(wanted)) | near
    return None if same.all() else f"{np.count_nonzero(~same)} other values"


def compare(store, expected):
    problems = []
    left = {n for n in store.names if n.startswith(("table/", "relation/", "split/", "array/"))}

    def check(section, got, wanted):
        problem = difference(got, wanted)
        if problem:
            problems.append(f"{section}: {problem}")

    for relation, edges in expected.edges.items():
        parts = [f"relation/{relation}/{array}" for array in ("offsets", "cols", "edge_ids")]
        if not left.issuperset(parts):
            problems.append(f"relation {relation}: not in the cache")
            continue
        left.difference_update(parts)
        check(f"relation {relation}", store.edges(relation), edges)
    for section, wanted in expected.sections.items():
        if section not in left:
            problems.append(f"{section}: not in the cache")
            continue
        left.discard(section)
        check(section, store.array(section), wanted)
    if expected.tokens is not None:
        left.difference_update(f"array/label_{part}" for part in ("vocabulary", "offsets", "tokens"))
        if tokens_of(store) != expected.tokens:
            problems.append("label tokens differ")
    return problems + [f"{section}: ogb has no such thing" for section in sorted(left)]


def compare_with_ogb(store, name, root):
    try:
        expected = read_with_ogb(name, root)
    except EOFError:
        return ["ogb asks whether to download it: the folder is not as its zips leave it"]
    return compare(store, expected)


def convert(weft, name, root, cache):
    environment = dict(os.environ, WEFT_CACHE=str(cache))
    done = subprocess.run([weft, "convert", name, "--root", root, "--reorder", "none", "--json"], env=environment, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode != 0:
        return None, done.stderr.strip()
    return Store(json.loads(done.stdout)["cache"]), ""


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--weft", required=True)
    parser.add_argument("--root", required=True)
    parser.add_argument("names", nargs="*", metavar="NAME")
    options = parser.parse_args()
    names = options.names or sorted(p.name.replace("_", "-", 1) for p in pathlib.Path(options.root).iterdir()
                                    if p.name.startswith(("ogbn_", "ogbl_", "ogbg_")))
    if not names:
        raise SystemExit(f"{options.root} has no folder of OGB's")
    failed = 0
    with tempfile.TemporaryDirectory() as cache:
        for name in names:
            store, problem = convert(options.weft, name, options.root, cache)
            problems = [problem] if store is None else compare_with_ogb(store, name, options.root)
            failed += bool(problems)
            print(f"{name}: {'; '.join(problems) if problems else 'the same'}", flush=True)
    print(f"{len(names) - failed} of {len(names)} datasets are the same")
    sys.exit(failed != 0)


if __name__ == "__main__":
    main()
