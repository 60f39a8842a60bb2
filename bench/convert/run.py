#!/usr/bin/env python3
"""Times `weft convert` against the `ogb` package reading the same csv.gz files, interleaved.

Usage: run.py FOLDER --ogb-python PYTHON [--weft BINARY] [--rounds N] [--json FILE]
       run.py build/arxiv_size --ogb-python env/bin/python

Each round converts from nothing (the cache file is deleted first), opens the new cache once
(`weft info`), and reads the raw files with `ogb`. Weft's time is that of the whole process; of
`ogb` only the reading counts, not its imports. All read files that are in the page cache.
README.md beside this file tells how to install `ogb`. Without --ogb-python only Weft is timed.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "tests" / "support"))
import machine


def run_process(command, environment):
    """Wall seconds and peak resident bytes of a process; its failure ends the benchmark."""
    start = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return dict(seconds=seconds, peak_bytes=usage.ru_maxrss * 1024)


def time_weft(weft, folder, cache, environment):
    cache.unlink(missing_ok=True)
    converted = run_process([weft, "convert", str(folder)], environment)
    if not cache.exists():
        raise SystemExit(f"weft convert wrote no {cache}")
    opened = run_process([weft, "info", str(cache)], environment)
    return converted, opened


def time_ogb(python, folder, inverse, environment):
    command = [python, str(HERE / "read_with_ogb.py"), str(folder)] + ["--add-inverse-edge"] * inverse
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout)


def warm_page_cache(folder):
    """In small pieces: a child's peak is never counted below what this process once held."""
    for path in folder.rglob("*.gz"):
        with open(path, "rb") as file:
            while file.read(1 << 20):
                pass


def median(measures, key):
    return statistics.median(m[key] for m in measures)


def summarise(measures):
    return dict(
        seconds=[round(m["seconds"], 4) for m in measures],
        median_seconds=median(measures, "seconds"),
        minimum_seconds=min(m["seconds"] for m in measures),
        median_peak_bytes=median(measures, "peak_bytes"),
    )


def measure(arguments):
    folder = arguments.folder.resolve()
    cache = folder / f"{folder.name}.weft"
    environment = machine.clean_environment()
    warm_page_cache(folder)
    timed = {"weft convert": [], "weft info": [], "ogb": []}
    versions = dict(weft=weft_version(arguments.weft))
    for _ in range(arguments.rounds):
        converted, opened = time_weft(arguments.weft, folder, cache, environment)
        timed["weft convert"].append(converted)
        timed["weft info"].append(opened)
        if arguments.ogb_python:
            timed["ogb"].append(time_ogb(arguments.ogb_python, folder, arguments.add_inverse_edge, environment))
            versions.update(timed["ogb"][-1]["versions"])
    result = dict(folder=folder.name, rounds=arguments.rounds, cache_bytes=cache.stat().st_size, versions=versions)
    result["measured"] = {name: summarise(m) for name, m in timed.items() if m}
    if timed["ogb"]:
        result["ogb_over_weft"] = median(timed["ogb"], "seconds") / median(timed["weft convert"], "seconds")
    return dict(result, machine=machine.facts(), command=" ".join(sys.argv))


def weft_version(weft):
    output = subprocess.run([weft, "--version"], stdout=subprocess.PIPE, text=True, check=True).stdout
    return output.strip().splitlines()[0].removeprefix("weft ")


def show(result):
    print(f"{result['folder']}: cache {result['cache_bytes'] / 1e6:.1f} MB, {result['rounds']} rounds")
    print(f"{'':14}{'median s':>10}{'minimum s':>11}{'peak MB':>9}")
    for name, m in result["measured"].items():
        peak = m["median_peak_bytes"] / 1e6
        print(f"{name:14}{m['median_seconds']:10.3f}{m['minimum_seconds']:11.3f}{peak:9.0f}")
    if "ogb_over_weft" in result:
        print(f"weft converts {result['ogb_over_weft']:.1f} times as fast as ogb reads")
    print(", ".join(f"{name} {version}" for name, version in result["versions"].items()))
    print(f"{result['machine']['cpu']}, {result['machine']['cores']} cores")


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path, help="a dataset in OGB's raw layout")
    parser.add_argument("--weft", default="build/release/bin/weft")
    parser.add_argument("--ogb-python", metavar="PYTHON", help="an interpreter that has ogb")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--add-inverse-edge", action="store_true", help="as the dataset's own flag says")
    parser.add_argument("--json", metavar="FILE")
    return parser.parse_args()


def main():
    arguments = parse()
    result = measure(arguments)
    show(result)
    if arguments.json:
        machine.write_json(arguments.json, result)


if __name__ == "__main__":
    main()
