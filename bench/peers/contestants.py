"""What takes turns in a run: peers in processes of their own, and Weft's two programs.

A contestant has `name`, `failed` (why it cannot run, or None), `seconds` (entry -> a time for each
turn), `versions` (program -> version) and `take_turn(count)`.
"""

import collections
import json
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "tests" / "support"))
import machine


class Peer:
    """A worker process that only runs while it is its turn. `job` is what worker.py's loader takes."""

    def __init__(self, kind, name, job, arguments):
        self.name, self.seconds = name, collections.defaultdict(list)
        command = [arguments.python, str(HERE / "worker.py"), kind, name, json.dumps(job)]
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

    def take_turn(self, count):
        self.process.send_signal(signal.SIGCONT)
        self.process.stdin.write(f"{count}\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.name} ended in the middle of the run: {self._last_words()}")
        self.seconds[self.name] += json.loads(line)
        self.process.send_signal(signal.SIGSTOP)

    def close(self):
        self.process.send_signal(signal.SIGCONT)
        self.process.stdin.close()
        self.process.wait()


class Program:
    """One of Weft's programs, started anew in each turn."""

    name, failed = "weft", None

    def __init__(self, program, arguments, scratch):
        self.program, self.threads, self.scratch = program, arguments.threads, scratch
        self.environment = machine.clean_environment()
        self.environment["WEFT_CACHE"] = str(scratch)  # used when a dataset's folder is read-only
        self.seconds, self.versions, self.peak_bytes = collections.defaultdict(list), {}, 0

    def run(self, *words):
        command = [str(word) for word in (self.program, *words)]
        start = time.perf_counter()
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"{' '.join(command)}\n{done.stderr.strip()}")
        return time.perf_counter() - start, done.stdout

    def note_version(self, result):
        self.versions = {"weft": f"{result['version']} ({result['git_revision']})"}

    def close(self):
        pass


class WeftEpoch(Program):
    """A training command for each turn; a turn counts as its median epoch."""

    def __init__(self, arguments, scratch):
        super().__init__(arguments.weft, arguments, scratch)
        self.folder, self.epochs = arguments.folder, arguments.weft_epochs
        if not (self.folder / "raw" / "node-feat.csv.gz").exists():
            self.run("convert", self.folder, "--without-features")

    def take_turn(self, _):
        out = self.scratch / f"run{len(self.seconds[self.name])}"
        job = ["--recipe", "ogb-gcn", "--features", "random:128", "--runs", 1, "--device", "cpu"]
        length = ["--epochs", self.epochs, "--eval-every", self.epochs]
        self.run("train", self.folder, *job, *length, "--threads", self.threads, "--out", out)
        summary = json.loads((out / "summary.json").read_text())
        self.seconds[self.name].append(summary["seconds_per_epoch"]["train"])
        self.peak_bytes = max(self.peak_bytes, summary["peak_bytes"])
        self.note_version(summary)


class WeftSpmm(Program):
    """weft-bench: the backend's product is `weft`, the others that it was built with go by their names."""

    def __init__(self, arguments, scratch):
        super().__init__(arguments.weft_bench, arguments, scratch)
        self.options = ["--dataset", arguments.folder, "--cols", arguments.cols, "--method", "all"]

    def take_turn(self, count):
        where = ["--device", "cpu", "--threads", self.threads, "--repeats", count]
        result = json.loads(self.run("spmm", *self.options, *where, "--json")[1])
        self.note_version(result)
        for row in result["rows"]:
            if "median_seconds" in row and row["name"] != "random rows":
                name = "weft" if row["name"] == "auto" else f"weft-bench {row['name']}"
                self.seconds[name].append(row["median_seconds"])


class WeftSmall(Program):
    """The whole command, from its start to its end: reading the cache, all seeds, printing."""

    def __init__(self, folder, arguments, scratch):
        super().__init__(arguments.weft, arguments, scratch)
        self.words = ["train", folder, "--recipe", "kipf-gcn", "--device", "cpu", "--threads", self.threads]
        self.words += ["--epochs", arguments.length, "--runs", arguments.seeds]
        self.run("convert", folder)
        self.versions = {"weft": self.run("--version")[1].splitlines()[0].removeprefix("weft ")}

    def take_turn(self, count):
        for _ in range(count):
            self.seconds[self.name].append(self.run(*self.words)[0])


def interleave(contestants, rounds, count):
    """A round is every contestant in turn: a machine that is slow for a minute is slow for all."""
    running = [c for c in contestants if not c.failed]
    for number in range(1, rounds + 1):
        for contestant in running:
            contestant.take_turn(count)
        shown = ", ".join(f"{name} {times[-1]:.3g}" for c in running for name, times in c.seconds.items())
        print(f"round {number}: {shown}", file=sys.stderr, flush=True)
