#!/usr/bin/env python3
"""Peak memory of `weft convert` against the size of a set in ogbn-papers100M's layout, and what follows for the
whole set.

Usage: memory.py FOLDER --weft build/release/bin/weft [--shares 160 80 40 20] [--memory 0.25] [--json FILE]

Makes each set below FOLDER with make_papers100m.py, converts it, and removes it. The same --memory at every size
makes edges wait on disk at every size, as they do in the whole set; what then still grows is what the budget does
not hold. Its slope, by least squares, times the whole set's size, on top of the default budget, is the prediction.
Standard library only.
"""

import argparse
import json
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
GIB = 1 << 30
DEFAULT_BUDGET = 4 * GIB


def run(command):
    """Seconds and peak resident bytes of a child process."""
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{command}: exit status {process.returncode}")
    return time.monotonic() - start, usage.ru_maxrss * 1024


def measure(folder, share, weft, memory, threads):
    target = folder / f"papers_{share}"
    shutil.rmtree(target, ignore_errors=True)
    try:
        run([sys.executable, HERE / "make_papers100m.py", target, "--share", str(share)])
        raw = sum(file.stat().st_size for file in target.rglob("*") if file.is_file())
        command = [weft, "convert", target, "--memory", str(memory), "--threads", str(threads)]
        seconds, peak = run(command)
        cache = (target / f"{target.name}.weft").stat().st_size
    finally:
        shutil.rmtree(target, ignore_errors=True)
    return dict(share=share, raw_bytes=raw, cache_bytes=cache, peak_bytes=peak, seconds=round(seconds, 1))


def fit(points):
    """Least squares: intercept and slope of peak bytes against size, where 1 is the whole set."""
    xs = [1 / p["share"] for p in points]
    ys = [p["peak_bytes"] for p in points]
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys)) / sum((x - mean_x) ** 2 for x in xs)
    return mean_y - slope * mean_x, slope


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--weft", type=pathlib.Path, required=True)
    parser.add_argument("--shares", type=int, nargs="+", default=[160, 80, 40, 20])
    parser.add_argument("--memory", type=float, default=0.25, help="GB for sorting edges")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", type=pathlib.Path)
    arguments = parser.parse_args()
    if len(set(arguments.shares)) < 2:
        parser.error("give two shares or more: a line needs two points")
    points = []
    for share in arguments.shares:
        points.append(measure(arguments.folder, share, arguments.weft, arguments.memory, arguments.threads))
        print(json.dumps(points[-1]), file=sys.stderr)
    intercept, slope = fit(points)
    budget = arguments.memory * 1e9
    result = dict(
        machine=platform.processor() or platform.machine(), cpus=os.cpu_count(), memory_gb=arguments.memory,
        threads=arguments.threads, points=points, intercept_bytes=round(intercept),
        slope_bytes_of_the_whole=round(slope),
        predicted_whole_bytes=round(intercept + slope + DEFAULT_BUDGET - budget))
    text = json.dumps(result, indent=2)
    print(text)
    if arguments.json:
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        arguments.json.write_text(text + "\n")


if __name__ == "__main__":
    main()
