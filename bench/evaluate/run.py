#!/usr/bin/env python3
"""Times `weft-bench evaluate` and the `ogb` package's evaluators on predictions of the same sizes, interleaved.

Usage: run.py --ogb-python PYTHON [--weft-bench BINARY] [--threads N] [--rounds N] [--repeats N] [--json FILE]
       run.py --ogb-python build/env-parity/bin/python

Both score random predictions that are in memory already: ogbl-citation2's MRR (86,596 rows of 1,000
negatives, float32) and ogbn-proteins' ROC-AUC (24,679 rows, 112 tasks). Imports, making the
predictions and one call to warm up are in nobody's time. README.md tells how to install `ogb`.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "tests" / "support"))
import machine


def answer(command, environment):
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}: {done.stderr}")
    return json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ogb-python", required=True)
    parser.add_argument("--weft-bench", default="build/release/bin/weft-bench")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json")
    arguments = parser.parse_args()
    environment = machine.clean_environment(arguments.threads)
    common = ["--threads", str(arguments.threads), "--repeats", str(arguments.repeats)]
    rounds = []
    for _ in range(arguments.rounds):
        weft = answer([arguments.weft_bench, "evaluate", "--json"] + common, environment)
        peer = answer([arguments.ogb_python, str(HERE / "ogb_worker.py")] + common, environment)
        rounds.append((weft, peer))

    results = dict(machine=machine.facts(), threads=arguments.threads, ogb=rounds[0][1]["versions"], rows=[])
    print(f"{'':16}{'weft s':>10}{'ogb s':>10}{'ratio':>8}   (medians of {arguments.rounds} rounds)")
    for place, first in enumerate(rounds[0][0]["rows"]):
        name = first["name"]
        weft = statistics.median(w["rows"][place]["median_seconds"] for w, _ in rounds)
        peer = statistics.median(statistics.median(p["seconds"][name]) for _, p in rounds)
        print(f"{name:16}{weft:10.4f}{peer:10.4f}{peer / weft:8.1f}")
        results["rows"].append(dict(dataset=name, metric=first["sizes"], weft=weft, ogb=peer, ratio=peer / weft))
    print(results["machine"], results["ogb"])
    if arguments.json:
        machine.write_json(arguments.json, results)


if __name__ == "__main__":
    main()
