"""Reads a folder as OGB's NodePropPredDataset does and prints seconds and peak memory as JSON.

Run by run.py with an interpreter that has `ogb`; importing is not timed, but counts in the peak.
"""

import argparse
import json
import pathlib
import resource
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests" / "support"))
import offline_ogb  # before ogb
import ogb
import pandas
from ogb.io.read_graph_raw import read_csv_graph_raw


def read(folder, add_inverse_edge):
    raw = folder / "raw"
    own = ("node-feat", "node-label")
    extra = [p.name.split(".")[0] for p in sorted(raw.glob("node_*.csv.gz")) if p.name.split(".")[0] not in own]
    graphs = read_csv_graph_raw(str(raw), add_inverse_edge=add_inverse_edge, additional_node_files=extra)
    labels = pandas.read_csv(raw / "node-label.csv.gz", compression="gzip", header=None).values
    if len(labels) != graphs[0]["num_nodes"]:
        raise SystemExit(f"{folder}: {len(labels)} labels for {graphs[0]['num_nodes']} nodes")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--add-inverse-edge", action="store_true")
    arguments = parser.parse_args()
    stdout, sys.stdout = sys.stdout, sys.stderr  # OGB prints its own messages
    start = time.perf_counter()
    read(arguments.folder, arguments.add_inverse_edge)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    versions = dict(ogb=ogb.__version__, pandas=pandas.__version__, python=sys.version.split()[0])
    print(json.dumps(dict(seconds=seconds, peak_bytes=peak, versions=versions)), file=stdout)


if __name__ == "__main__":
    main()
