#!/usr/bin/env python3
"""Kills commands with SIGKILL, at random instants and at every system call that changes a file, and makes these
calls fail. The same command started again must end with the result of a run that nobody disturbed.

    tests/torture/kill.py --program build/release/bin/weft            # some 1,500 kills
    tests/torture/kill.py --program build/release/bin/weft --quick    # some 20 s
"""

import argparse
import collections
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

import common

CHANGING = ["write", "pwrite64", "writev", "pwritev", "ftruncate", "fallocate", "rename", "renameat", "renameat2",
            "fsync", "fdatasync", "sync_file_range", "unlink", "unlinkat", "rmdir", "mkdir", "mkdirat", "link",
            "linkat", "symlink", "symlinkat"]
FAILING = ["write", "pwrite64", "writev", "ftruncate", "rename", "renameat", "renameat2", "fsync", "fdatasync",
           "mkdir", "mkdirat", "unlink", "unlinkat", "rmdir"]


def has_strace(folder):
    if shutil.which("strace") is None:
        return False
    return subprocess.run(["strace", "-qq", "-o", "/dev/null", "true"], cwd=folder, check=False,
                          stderr=subprocess.DEVNULL).returncode == 0


def strace(log, *expressions):
    return ["strace", "-f", "-qq", "-o", str(log), *(word for e in expressions for word in ("-e", e))]


class Torture:
    """One command: kills, failures, and what came of them."""

    def __init__(self, weft, case, work):
        self.weft, self.case = weft, case
        self.folder = work / "here"
        self.log = work / "strace.txt"
        self.counts = collections.Counter()
        self.faults = []
        shutil.rmtree(self.folder, ignore_errors=True)
        case.prepare(self.folder)
        start = time.monotonic()
        weft.must(case.arguments, self.folder)
        self.seconds = time.monotonic() - start
        self.wanted = common.snapshot(self.folder)

    def fault(self, kind, where, text):
        self.counts[kind] += 1
        self.faults.append(f"{self.case.name}: {where}: {kind}: {text}")

    def check_again(self, where):
        outcome = self.case.again(self.weft, self.folder)
        if not self.case.is_done(outcome):
            return self.fault("dead end", where, f"status {outcome.status}: {outcome.last_line()}")
        different = common.difference(common.snapshot(self.folder), self.wanted)
        if different:
            only_more = all(part.endswith("is left over") for part in different.split(", "))
            self.fault("left over" if only_more else "lost", where, different)

    def kill_at_random(self, random_numbers):
        self.case.prepare(self.folder)
        instant = random_numbers.uniform(0.0, 1.1 * self.seconds)
        process = self.weft.start(self.case.arguments, self.folder)
        time.sleep(instant)
        process.kill()
        outcome = self.weft.end(process)
        self.counts["kills" if outcome.status == 128 + 9 else "too late"] += 1
        self.check_again(f"killed after {1000 * instant:.1f} ms")

    def calls(self, names):
        """How often a thread makes each of these system calls, the most of any thread."""
        self.case.prepare(self.folder)
        trace = "trace=" + ",".join("?" + name for name in names)
        self.weft.run(self.case.arguments, self.folder, strace(self.log, trace))
        each = collections.Counter(re.findall(r"^(\d+) +(\w+)\(", self.log.read_text(errors="replace"), re.M))
        most = {}
        for (_, name), count in each.items():
            most[name] = max(count, most.get(name, 0))
        return [(name, n) for name in sorted(most) for n in range(1, most[name] + 1)]

    def kill_at(self, name, n):
        self.case.prepare(self.folder)
        before = strace(self.log, f"trace={name}", f"inject={name}:signal=KILL:when={n}")
        outcome = self.weft.run(self.case.arguments, self.folder, before)
        self.counts["kills" if outcome.status == 128 + 9 else "too late"] += 1
        self.check_again(f"killed at {name} {n}")

    def fail_at(self, name, n, error):
        self.case.prepare(self.folder)
        before = strace(self.log, f"trace={name}", f"inject={name}:error={error}:when={n}")
        outcome = self.weft.run(self.case.arguments, self.folder, before)
        self.counts["failures"] += 1
        where = f"{error} at {name} {n}"
        if outcome.status != 0 and not outcome.is_refusal():
            self.fault("wrong end", where, f"status {outcome.status}: {outcome.err.strip()[-300:]}")
        self.check_again(where)


def sample(items, most, random_numbers):
    return items if len(items) <= most else sorted(random_numbers.sample(items, most))


def torture(weft, case, work, options, with_strace):
    numbers = random.Random(f"{options.seed} {case.name}")
    one = Torture(weft, case, work)
    for _ in range(options.random):
        one.kill_at_random(numbers)
    if with_strace:
        for name, n in sample(one.calls(CHANGING), options.calls, numbers):
            one.kill_at(name, n)
        failing = [(name, n, error) for name, n in one.calls(FAILING) for error in ("EIO", "ENOSPC")]
        for name, n, error in sample(failing, options.failures, numbers):
            one.fail_at(name, n, error)
    return one


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--random", type=int, default=60, help="kills of each command at random instants")
    parser.add_argument("--calls", type=int, default=150, help="kills of each command at system calls, at most")
    parser.add_argument("--failures", type=int, default=120, help="calls of each command that fail, at most")
    parser.add_argument("--quick", action="store_true", help="few of each")
    parser.add_argument("--only", default="", help="commands that contain this text")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if options.quick:
        options.random, options.calls, options.failures = 2, 12, 6
    return options


def main():
    options = arguments()
    total = collections.Counter()
    with tempfile.TemporaryDirectory(prefix="weft-kill-") as folder:
        work = pathlib.Path(folder)
        with_strace = has_strace(work)
        if not with_strace:
            print("SKIPPED: kills and failures at system calls: no strace here that may trace (Debian: strace)")
        weft = common.Weft(options.program)
        cases, mirror = common.make_cases(weft, work)
        for case in cases:
            if options.only not in case.name:
                continue
            one = torture(weft, case, work, options, with_strace)
            total += one.counts
            print(f"{case.name:16} " + ", ".join(f"{v} {k}" for k, v in sorted(one.counts.items())), flush=True)
            for fault in one.faults:
                print("  " + fault, flush=True)
        mirror.close()
    print("all              " + ", ".join(f"{v} {k}" for k, v in sorted(total.items())))
    return 1 if total["lost"] + total["dead end"] + total["wrong end"] > 0 else 0


if __name__ == "__main__":
    sys.exit(main())
