#!/usr/bin/env python3
"""Makes a set in ogbn-papers100M's layout at a share of its size, for measuring conversion only.

Usage: make_papers100m.py FOLDER --share 20 [--seed N]

A twentieth is 5.55 M nodes with 128 float32 features and a year, 80.8 M directed edges, 172 classes with most
labels missing, and a split `time`. The arrays lie in deflated, zip64 .npz files as numpy.savez_compressed writes
them. Numbers are random and drawn in blocks that repeat: no accuracy on this set means anything. Standard
library only; memory stays below 1 GB at any size.
"""

import argparse
import array
import gzip
import pathlib
import random
import zipfile

NODES, EDGES, CHANNELS, CLASSES = 111_059_956, 1_615_685_872, 128, 172
LABELLED = 72  # one node in so many has a label
PARTS = dict(train=0.78, valid=0.08, test=0.14)
BLOCK = 1 << 20  # values
POOL = 16  # blocks of ids, and of features


def npy_header(code, shape):
    text = f"{{'descr': '{code}', 'fortran_order': False, 'shape': {tuple(shape)!r}, }}"
    text += " " * (63 - (10 + len(text)) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


def write_npz(path, arrays):
    """arrays: name -> (type code, shape, pieces as bytes)."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, (code, shape, pieces) in arrays.items():
            with archive.open(name + ".npy", "w", force_zip64=True) as member:
                member.write(npy_header(code, shape))
                for piece in pieces:
                    member.write(piece)


def repeated(blocks, count, order):
    """The first `count` values of blocks in a random order."""
    while count > 0:
        block = order.choice(blocks)
        yield block[:count].tobytes()
        count -= min(count, len(block))


def edge_pieces(nodes, edges, draw):
    blocks = [array.array("q", draw.choices(range(nodes), k=BLOCK)) for _ in range(POOL)]
    yield from repeated(blocks, edges, draw)  # sources
    yield from repeated(blocks, edges, draw)  # targets


def feature_pieces(nodes, draw):
    blocks = [array.array("f", [draw.gauss(0.0, 0.1) for _ in range(BLOCK // POOL)]) for _ in range(POOL)]
    return repeated(blocks, nodes * CHANNELS, draw)


def label_pieces(nodes, draw):
    missing = float("nan")
    for start in range(0, nodes, BLOCK):
        rows = range(start, min(nodes, start + BLOCK))
        labels = [missing if i % LABELLED else float(draw.randrange(CLASSES)) for i in rows]
        yield array.array("f", labels).tobytes()


def write_lines(path, numbers):
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", compresslevel=1) as out:
        out.writelines(f"{number}\n" for number in numbers)


def make(folder, share, seed):
    draw = random.Random(seed)
    nodes, edges = NODES // share, EDGES // share
    raw = folder / "raw"
    raw.mkdir(parents=True)
    years = [array.array("q", draw.choices(range(1900, 2020), k=BLOCK)) for _ in range(4)]
    counts = [array.array("q", [n]).tobytes() for n in (nodes, edges)]
    write_npz(raw / "data.npz", {
        "edge_index": ("<i8", (2, edges), edge_pieces(nodes, edges, draw)),
        "num_nodes_list": ("<i8", (1,), counts[:1]),
        "num_edges_list": ("<i8", (1,), counts[1:]),
        "node_feat": ("<f4", (nodes, CHANNELS), feature_pieces(nodes, draw)),
        "node_year": ("<i8", (nodes, 1), repeated(years, nodes, draw)),
    })
    write_npz(raw / "node-label.npz", {"node_label": ("<f4", (nodes, 1), label_pieces(nodes, draw))})
    labelled = list(range(0, nodes, LABELLED))
    draw.shuffle(labelled)
    begin = 0
    for part, fraction in PARTS.items():
        end = begin + int(fraction * len(labelled))
        write_lines(folder / "split" / "time" / f"{part}.csv.gz", labelled[begin:end])
        begin = end


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--share", type=int, default=20, help="one in so many of the nodes and edges")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    make(arguments.folder, arguments.share, arguments.seed)


if __name__ == "__main__":
    main()
