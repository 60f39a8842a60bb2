#!/usr/bin/env python3
"""What a training run costs where cores are shared: alone, two at once, beside processes that compute without pause,
and with more threads than there are processors; and alone against another build of Weft, interleaved.

Usage: run.py FOLDER --weft build/release/bin/weft [--old OTHER/weft] [--rounds 20] [--case NAME ...] [--json FILE]

FOLDER is where graphs are made and runs are timed. Every round times each case once, so that a machine that becomes
slower does so for all. Times are seconds of whole commands but where the table says epoch: those are the medians that
`weft train` prints itself. Ratios are medians over the rounds of each round's own ratio. Standard library only.
"""

import argparse
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import time

EPOCH = re.compile(r"Seconds per epoch: train ([0-9.e+-]+), evaluate ([0-9.e+-]+)")


def graphs(folder, planetoid, arxiv):
    """Name -> arguments of `weft train` for one timed run."""
    known = {
        "small": [folder / "small", "--epochs", 60, "--hidden", 64],
        "debian": ["debian", "--recipe", "dgl-gcn", "--epochs", 2],
    }
    if planetoid:
        known["cora"] = [planetoid, "--recipe", "kipf-gcn", "--epochs", 200]
    if arxiv:
        known["arxiv"] = [arxiv, "--recipe", "ogb-gcn", "--features", "random:128", "--epochs", 2]
    return known


class Bench:
    def __init__(self, options):
        self.options = options
        self.cpus = len(os.sched_getaffinity(0))

    def command(self, weft, arguments, threads):
        return [str(word) for word in [weft, "train", *arguments, "--runs", 1, "--threads", threads]]

    def start(self, weft, arguments, threads):
        return subprocess.Popen(self.command(weft, arguments, threads), stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)

    def finish(self, process, began):
        out, errors = process.communicate()
        seconds = time.monotonic() - began
        if process.returncode != 0:
            sys.exit(f"{' '.join(process.args)}: {errors.strip().splitlines()[-1]}")
        match = EPOCH.search(out)
        return {"seconds": seconds, "epoch": float(match.group(1)) + float(match.group(2))}

    def run(self, weft, arguments, copies=1, threads=0):
        """The slowest of `copies` runs that begin together."""
        began = time.monotonic()
        processes = [self.start(weft, arguments, threads) for _ in range(copies)]
        runs = [self.finish(process, began) for process in processes]
        return max(runs, key=lambda run: run["seconds"])

    def beside(self, weft, arguments):
        """One run beside as many processes that compute as there are processors."""
        hogs = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(self.cpus)]
        try:
            time.sleep(0.3)
            return self.run(weft, arguments)
        finally:
            for hog in hogs:
                hog.kill()
                hog.wait()

    def round(self, arguments):
        weft, old = self.options.weft, self.options.old
        result = {"alone": self.run(weft, arguments)}
        if old:
            result["old"] = self.run(old, arguments)
            result["old again"] = self.run(old, arguments)
        if not self.options.alone:
            result["two at once"] = self.run(weft, arguments, copies=2)
            result["beside"] = self.beside(weft, arguments)
            result[f"{self.cpus} threads"] = self.run(weft, arguments, threads=self.cpus)
            result["64 threads"] = self.run(weft, arguments, threads=64)
        return result


def ratio(rounds, case, base, what, factor=1.0):
    values = [r[case][what] / (factor * r[base][what]) for r in rounds if case in r and base in r]
    if not values:
        return None
    low, high = (statistics.quantiles(values, n=4)[0::2] if len(values) > 1 else (values[0], values[0]))
    return {"median": statistics.median(values), "quartiles": [low, high]}


def table(name, rounds, cpus):
    rows = {
        "two at once / twice alone (seconds)": ratio(rounds, "two at once", "alone", "seconds", 2.0),
        f"beside {cpus} that compute / twice alone (epoch)": ratio(rounds, "beside", "alone", "epoch", 2.0),
        f"64 threads / {cpus} threads (seconds)": ratio(rounds, "64 threads", f"{cpus} threads", "seconds"),
        "alone / old (epoch)": ratio(rounds, "alone", "old", "epoch"),
        "alone / old (seconds)": ratio(rounds, "alone", "old", "seconds"),
        "old / old (epoch)": ratio(rounds, "old again", "old", "epoch"),
        "old / old (seconds)": ratio(rounds, "old again", "old", "seconds"),
    }
    print(f"{name}: alone {statistics.median(r['alone']['seconds'] for r in rounds):.3f} s, "
          f"epoch {statistics.median(r['alone']['epoch'] for r in rounds):.3g} s, {len(rounds)} rounds")
    rows = {row: value for row, value in rows.items() if value}
    for row, value in rows.items():
        low, high = value["quartiles"]
        print(f"  {row:48} {value['median']:.3f}  ({low:.3f} to {high:.3f})")
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--weft", type=pathlib.Path, required=True)
    parser.add_argument("--old", type=pathlib.Path, help="another build, for the rows 'alone / old'")
    parser.add_argument("--cora", type=pathlib.Path, help="a folder or .npz of Cora")
    parser.add_argument("--arxiv", type=pathlib.Path, help="a folder of ogbn-arxiv")
    parser.add_argument("--case", action="append", help="small, debian, cora, arxiv; all that are known by default")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--alone", action="store_true", help="nothing but the rows 'alone / old'")
    parser.add_argument("--json", type=pathlib.Path)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    subprocess.run([options.weft, "synth", options.folder / "small", "--nodes", "3000", "--edges", "20000", "--force"],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    bench = Bench(options)
    known = graphs(options.folder, options.cora, options.arxiv)
    results = {}
    for name in options.case or known:
        bench.run(options.weft, known[name])  # converts, and warms up
        rounds = [bench.round(known[name]) for _ in range(options.rounds)]
        results[name] = {"rows": table(name, rounds, bench.cpus), "rounds": rounds}
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
