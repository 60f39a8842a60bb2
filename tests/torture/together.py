#!/usr/bin/env python3
"""Two processes on one run folder, dataset, zip, made graph and file of predictions: each wins, waits or is refused in
one line, and what is there in the end is whole and of one of them.

    tests/torture/together.py --program build/release/bin/weft               # 50 rounds of each
    tests/torture/together.py --program build/release/bin/weft --rounds 3    # some 10 s
"""

import argparse
import collections
import dataclasses
import pathlib
import random
import shutil
import sys
import tempfile
import time

import common


@dataclasses.dataclass
class Pair:
    name: str
    first: list
    second: list
    case: common.Case  # for its folder


def pairs_of(cases):
    by_name = {case.name: case for case in cases}

    def pair(name, case, first=(), second=()):
        arguments = by_name[case].arguments
        return Pair(name, [*arguments, *first], [*arguments, *second], by_name[case])

    return [
        pair("run folder, new", "train", ["--seed", "1"], ["--seed", "2"]),
        pair("run folder, resumed", "train --resume"),
        pair("conversion", "convert"),
        pair("conversion, two orders", "convert", ["--reorder", "none"], ["--reorder", "rcm"]),
        pair("zip", "fetch"),
        pair("made graph", "synth", ["--seed", "1"], ["--seed", "2"]),
        pair("made graph, raw", "synth --raw", ["--seed", "1"], ["--seed", "2"]),
        pair("made graph, over another", "synth --force", ["--seed", "1"], ["--seed", "2", "--raw"]),
        pair("predictions", "predict"),
    ]


def ends_of(weft, pair, folder):
    """What each of the two alone leaves."""
    ends = []
    for arguments in (pair.first, pair.second):
        pair.case.prepare(folder)
        weft.must(arguments, folder)
        ends.append(common.snapshot(folder))
    return ends


def judge(outcomes, now, ends):
    """Empty, or what is wrong."""
    for outcome in outcomes:
        if outcome.status != 0 and not outcome.is_refusal():
            return f"status {outcome.status}: {outcome.err.strip()[-300:]}"
    if all(outcome.status != 0 for outcome in outcomes):
        return "both were refused: " + " / ".join(outcome.last_line() for outcome in outcomes)
    differences = [common.difference(now, end) for end in ends]
    return "" if "" in differences else "mixed: " + " / ".join(differences)


def play(weft, pair, folder, rounds, numbers):
    counts, faults = collections.Counter(), []
    shutil.rmtree(folder, ignore_errors=True)
    ends = ends_of(weft, pair, folder)
    for number in range(rounds):
        pair.case.prepare(folder)
        processes = [weft.start(pair.first, folder)]
        time.sleep(numbers.choice([0.0, 0.0, 0.002, 0.005, 0.01, 0.02, 0.05]))
        processes.append(weft.start(pair.second, folder))
        outcomes = [weft.end(process) for process in processes]
        counts["both went well" if outcomes[0].status == outcomes[1].status == 0 else "one was refused"] += 1
        wrong = judge(outcomes, common.snapshot(folder), ends)
        if wrong:
            counts["WRONG"] += 1
            faults.append(f"round {number + 1}: {wrong}")
    return counts, faults


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--only", default="", help="pairs that contain this text")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="weft-together-") as folder:
        work = pathlib.Path(folder)
        weft = common.Weft(options.program)
        cases, mirror = common.make_cases(weft, work)
        for pair in pairs_of(cases):
            if options.only not in pair.name:
                continue
            numbers = random.Random(f"{options.seed} {pair.name}")
            counts, faults = play(weft, pair, work / "here", options.rounds, numbers)
            wrong += len(faults)
            print(f"{pair.name:24} " + ", ".join(f"{v} {k}" for k, v in sorted(counts.items())), flush=True)
            for fault in faults:
                print("  " + fault, flush=True)
        mirror.close()
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
