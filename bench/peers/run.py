#!/usr/bin/env python3
"""Times a training epoch of Weft and of other frameworks on the same graph, interleaved.

Usage: run.py FOLDER --python PYTHON [--weft BINARY] [--peers NAME,...] [--rounds N] [--epochs N]
              [--threads N] [--json FILE]
       run.py dataset/ogbn_arxiv --python build/env-peers/bin/python

The job is OGB's GCN for ogbn-arxiv (peers.py) with random features of 128 columns, so that the
official graph, labels and split are enough. Each peer lives in a process of its own, is warmed up
by one epoch, and then trains N epochs in each round; between its turns it is stopped, so that only
one of them computes at a time. Weft runs as the command line a user would type and reports its
median in summary.json. Evaluation is in nobody's time. README.md tells how to install the peers.
"""

import argparse
import json
import pathlib
import signal
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "tests" / "support"))
import machine

PEERS = ("pyg-default", "pyg-csr", "pyg-csr-compiled", "torch-csr", "dgl")  # peers.py needs torch


class Peer:
    """A worker process that only runs while it trains."""

    def __init__(self, name, arguments):
        self.name, self.seconds = name, []
        command = [arguments.python, str(HERE / "worker.py"), name, str(arguments.folder)]
        self.errors = None if arguments.verbose else tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            command + ["--threads", str(arguments.threads)],
            env=machine.clean_environment(arguments.threads),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
        )
        line = self.process.stdout.readline()
        hello = json.loads(line) if line else dict(failed=self._last_words())
        self.failed, self.versions = hello.get("failed"), hello.get("versions", {})
        if not self.failed:
            self.process.send_signal(signal.SIGSTOP)

    def _last_words(self):
        status = self.process.wait()
        if self.errors:
            self.errors.seek(0)
        text = self.errors.read().decode(errors="replace") if self.errors else ""
        return (text.strip().splitlines() or [f"ended with {status}"])[-1]

    def train(self, epochs):
        self.process.send_signal(signal.SIGCONT)
        self.process.stdin.write(f"{epochs}\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.name} ended in the middle of the run: {self._last_words()}")
        self.seconds += json.loads(line)
        self.process.send_signal(signal.SIGSTOP)

    def close(self):
        self.process.send_signal(signal.SIGCONT)
        self.process.stdin.close()
        self.process.wait()


class Weft:
    """A training command for each round; a round counts as its median epoch."""

    name, failed = "weft", None

    def __init__(self, arguments, scratch):
        self.arguments, self.scratch = arguments, scratch
        self.environment = machine.clean_environment()
        self.environment["WEFT_CACHE"] = str(scratch)  # used when FOLDER is read-only
        self.seconds, self.peak_bytes, self.versions = [], 0, {}
        if not (arguments.folder / "raw" / "node-feat.csv.gz").exists():
            self._run("convert", "--without-features")

    def _run(self, action, *options):
        command = [self.arguments.weft, action, str(self.arguments.folder), *options]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"{' '.join(command)}\n{done.stderr.strip()}")

    def train(self, epochs):
        out = self.scratch / f"run{len(self.seconds)}"
        job = ["--recipe", "ogb-gcn", "--features", "random:128", "--runs", "1", "--device", "cpu"]
        length = ["--epochs", str(epochs), "--eval-every", str(epochs)]
        place = ["--threads", str(self.arguments.threads), "--out", str(out)]
        self._run("train", *job, *length, *place)
        summary = json.loads((out / "summary.json").read_text())
        self.seconds.append(summary["seconds_per_epoch"]["train"])
        self.peak_bytes = max(self.peak_bytes, summary["peak_bytes"])
        self.versions = {"weft": f"{summary['version']} ({summary['git_revision']})"}

    def close(self):
        pass


def start(arguments, scratch):
    """Workers one after the other: a start is as hard on the machine as an epoch."""
    contestants = [Weft(arguments, scratch)] if arguments.weft else []
    for name in arguments.peers.split(","):
        print(f"starting {name}", file=sys.stderr, flush=True)
        contestants.append(Peer(name, arguments))
    return contestants


def interleave(contestants, arguments):
    running = [c for c in contestants if not c.failed]
    for number in range(1, arguments.rounds + 1):
        for contestant in running:
            own = arguments.weft_epochs if contestant.name == "weft" else arguments.epochs
            contestant.train(own)
        shown = ", ".join(f"{c.name} {c.seconds[-1]:.2f}" for c in running)
        print(f"round {number}: {shown}", file=sys.stderr, flush=True)


def summarise(contestants, arguments):
    weft = next((c for c in contestants if c.name == "weft"), None)
    rows = {}
    for contestant in (c for c in contestants if c.seconds):
        row = dict(
            median_seconds=statistics.median(contestant.seconds),
            minimum_seconds=min(contestant.seconds),
            seconds=[round(s, 4) for s in contestant.seconds],
            versions=contestant.versions,
        )
        if weft:
            row["times_weft_median"] = row["median_seconds"] / statistics.median(weft.seconds)
            row["times_weft_minimum"] = row["minimum_seconds"] / min(weft.seconds)
        rows[contestant.name] = row
    if weft:
        rows["weft"]["peak_bytes"] = weft.peak_bytes
    return dict(
        folder=arguments.folder.name,
        threads=arguments.threads,
        rounds=arguments.rounds,
        epochs=arguments.epochs,
        weft_epochs=arguments.weft_epochs,
        measured=rows,
        failed={c.name: c.failed for c in contestants if c.failed},
        machine=machine.facts(),
        command=" ".join(sys.argv),
    )


def show(result):
    print(f"{result['folder']}, {result['threads']} threads, {result['rounds']} rounds, seconds per training epoch")
    print(f"{'':18}{'median':>8}{'minimum':>9}{'x weft':>8}{'x (min)':>9}")
    for name, row in sorted(result["measured"].items(), key=lambda item: item[1]["median_seconds"]):
        ratios = "".join(
            f"{row[key]:{width}.1f}" for key, width in (("times_weft_median", 8), ("times_weft_minimum", 9)) if key in row
        )
        versions = " ".join(f"{n} {v}" for n, v in row["versions"].items())
        print(f"{name:18}{row['median_seconds']:8.2f}{row['minimum_seconds']:9.2f}{ratios}  {versions}")
    for name, reason in result["failed"].items():
        print(f"{name:18} did not run here: {reason}")
    if "weft" in result["measured"]:
        print(f"weft's peak memory: {result['measured']['weft']['peak_bytes'] / 1e6:.0f} MB")
    print(f"{result['machine']['cpu']}, {result['machine']['cores']} cores")


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path, help="ogbn-arxiv in OGB's raw layout; features may be absent")
    parser.add_argument("--python", required=True, help="the interpreter that has the peers")
    parser.add_argument("--weft", default="build/release/bin/weft", help='"" times the peers alone')
    parser.add_argument("--peers", default=",".join(PEERS), help="comma separated; default: %(default)s")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--epochs", type=int, default=1, help="of each peer in a round")
    parser.add_argument("--weft-epochs", type=int, default=5, help="of weft in a round; it starts anew each time")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--verbose", action="store_true", help="show what the peers write to stderr")
    parser.add_argument("--json", metavar="FILE")
    arguments = parser.parse_args()
    unknown = set(arguments.peers.split(",")) - set(PEERS)
    if unknown:
        parser.error(f"unknown peer {', '.join(sorted(unknown))}; choose from {', '.join(PEERS)}")
    return arguments


def main():
    arguments = parse()
    with tempfile.TemporaryDirectory(prefix="weft-peers-") as scratch:
        contestants = start(arguments, pathlib.Path(scratch))
        try:
            interleave(contestants, arguments)
        finally:
            for contestant in contestants:
                contestant.close()
    result = summarise(contestants, arguments)
    show(result)
    if arguments.json:
        pathlib.Path(arguments.json).write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
