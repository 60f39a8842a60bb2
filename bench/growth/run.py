#!/usr/bin/env python3
"""Time per training epoch against the number of edges and against the number of hidden channels.

Usage: run.py FOLDER --bench build/release/bin/weft-bench --weft build/release/bin/weft [options]

README.md here tells what is measured and what lies in FOLDER afterwards. Standard library only.
"""

import argparse
import datetime
import json
import os
import pathlib
import shutil
import subprocess

from plot import log_plot

PRODUCTS_MEAN_DEGREE = 50.5
FEATURES, HIDDEN, CLASSES = 128, 256, 16
ORDER_GIGABYTES = 16  # may be taken to find the order of the largest graph's nodes
ARXIV_NODES, ARXIV_EDGES = 169_343, 1_166_243


def numbers(words):
    return sorted({round(float(word)) for word in words.split(",") if word})


class Failed(Exception):
    pass


def call(command):
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or [""])[-1]
        raise Failed(f"{command[1]}: exit status {done.returncode}: {last}")
    return json.loads(done.stdout)


class Runner:
    """Points that fail, for lack of memory say, are named, and the others go on."""

    def __init__(self, options):
        self.options = options
        self.graph = options.folder.absolute() / "graph"
        self.missing = []

    def make(self, nodes, edges):
        call([self.options.weft, "synth", self.graph, "--nodes", nodes, "--edges", edges, "--features", FEATURES,
              "--classes", CLASSES, "--reorder", "community", "--memory", ORDER_GIGABYTES, "--json", "--force"])

    def time(self, channels):
        return call([self.options.bench, "epoch", "--dataset", self.graph, "--recipe", "ogb-gcn",
                     "--hidden", channels, "--device", self.options.device, "--epochs", self.options.epochs, "--steps", 0,
                     "--json"])

    def points(self, key, values, measure):
        rows = []
        for value in values:
            try:
                result = measure(value)
            except Failed as failure:
                self.missing.append(f"{value:,} {key}: {failure}")
                print(self.missing[-1], flush=True)
                continue
            rows.append({key: value, "result": result})
            print(f"{value:,} {key}: {result['train']['median_seconds']:.4f} s", flush=True)
        return rows

    def against_edges(self):
        def measure(edges):
            self.make(round(2 * edges / PRODUCTS_MEAN_DEGREE), edges)
            return self.time(HIDDEN)

        return self.points("edges", self.options.edges, measure)

    def against_channels(self):
        if self.options.columns:
            self.make(self.options.nodes, round(ARXIV_EDGES * self.options.nodes / ARXIV_NODES))
        return self.points("channels", self.options.columns, self.time)


def table(rows, key, unit):
    """Medians and minima, and the median per edge or column beside that of the first row."""
    lines = [f"| {key} | median s | minimum s | ns per {unit} | beside the first | peak resident MB |",
             "|---" * 6 + "|"]
    first = None
    for row in rows:
        train = row["result"]["train"]
        each = train["median_seconds"] / row[key]
        first = first or each
        lines.append(f"| {row[key]:,} | {train['median_seconds']:.4f} | {train['minimum_seconds']:.4f} | "
                     f"{each * 1e9:,.1f} | {each / first:.2f} | {row['result']['host_peak_bytes'] / 1e6:,.0f} |")
    return "\n".join(lines)


def report(options, edges, channels, missing):
    some = (edges + channels)[0]["result"]
    parts = [f"# How epochs grow\n\n{datetime.date.today()}, {some['device']}; Weft {some['version']} "
             f"({some['git_revision']}). Recipe ogb-gcn, training only, median of {options.epochs} epochs; graphs made "
             "by `weft synth`, nodes in community order."]
    if edges:
        parts.append(f"## Against edges: {FEATURES} features, {HIDDEN} hidden channels, "
                     f"{PRODUCTS_MEAN_DEGREE} neighbours per node\n\n" + table(edges, "edges", "edge"))
    if channels:
        size = channels[0]["result"]
        parts.append(f"## Against hidden channels: {size['nodes']:,} nodes, {size['entries']:,} entries, {FEATURES} "
                     "features\n\n" + table(channels, "channels", "channel"))
    if missing:
        parts.append("Not measured:\n\n" + "\n".join(f"- {line}" for line in missing))
    return "\n\n".join(parts) + "\n"


def plot(folder, name, title, label, rows, key):
    if not rows:
        return
    points = [(row[key], row["result"]["train"]["median_seconds"]) for row in rows]
    (folder / f"{name}.svg").write_text(log_plot(title, label, "seconds per training epoch", points))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--bench", required=True, type=pathlib.Path)
    parser.add_argument("--weft", required=True, type=pathlib.Path)
    parser.add_argument("--edges", type=numbers, default="1e6,2e6,4e6,8e6,16e6,32e6,64e6,120e6")
    parser.add_argument("--columns", type=numbers, default="16,32,64,128,256,512,1024")
    parser.add_argument("--nodes", type=int, default=ARXIV_NODES)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    options = parser.parse_args()
    if not options.edges and not options.columns:
        parser.error("nothing to measure: give --edges or --columns")

    folder = options.folder
    folder.mkdir(parents=True, exist_ok=True)
    os.environ.pop("WEFT_CACHE", None)  # caches lie beside what they are of, and go with it
    runner = Runner(options)
    try:
        edges, channels = runner.against_edges(), runner.against_channels()
    finally:
        shutil.rmtree(runner.graph, ignore_errors=True)
    if not edges and not channels:
        raise SystemExit("nothing could be measured")
    (folder / "growth.json").write_text(json.dumps({"edges": edges, "channels": channels}, indent=1) + "\n")
    (folder / "growth.md").write_text(report(options, edges, channels, runner.missing))
    plot(folder, "edges", f"{FEATURES} features, {HIDDEN} hidden channels", "undirected edges", edges, "edges")
    plot(folder, "columns", f"{options.nodes:,} nodes, {FEATURES} features", "hidden channels", channels, "channels")


if __name__ == "__main__":
    main()
