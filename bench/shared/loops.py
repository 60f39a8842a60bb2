#!/usr/bin/env python3
"""Microseconds per parallel loop with libgomp, LLVM's libomp, oneTBB and Weft's pool: alone, two programs at once,
beside as many processes that compute as there are processors, and cut for 64 threads.

Usage: loops.py FOLDER [--libomp FILE] [--rounds 5]

Builds loops.cpp in FOLDER; needs g++ and, from Debian, libtbb-dev and libomp5-14 (or another libomp, by --libomp).
"""

import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent


def ways(libomp):
    return {
        "libgomp": ("openmp", {}),
        "libgomp, passive": ("openmp", {"OMP_WAIT_POLICY": "passive"}),
        "libomp": ("openmp", {"LD_PRELOAD": libomp}),
        "libomp, blocktime 0": ("openmp", {"LD_PRELOAD": libomp, "KMP_BLOCKTIME": "0"}),
        "oneTBB": ("tbb", {}),
        "pool": ("pool", {}),
    }


def run(program, way, settings, case, loop):
    steps, loops, serial = loop
    loops = loops if case == "alone" else max(loops // 8, 10)
    command = [program, way, "64" if case == "64 threads" else "2", str(steps), str(loops), str(serial)]
    hogs = []
    if case == "beside":
        hogs = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in os.sched_getaffinity(0)]
        time.sleep(0.1)
    runs = [subprocess.Popen(command, env={**os.environ, **settings}, stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL, text=True) for _ in range(2 if case == "two" else 1)]
    slowest = max(float(r.communicate()[0]) for r in runs)
    for hog in hogs:
        hog.kill()
        hog.wait()
    return slowest


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--libomp", default="/usr/lib/llvm-14/lib/libomp.so.5")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    program = options.folder / "loops"
    subprocess.run(["g++", "-O2", "-std=c++20", "-fopenmp", f"-I{ROOT}", HERE / "loops.cpp",
                    ROOT / "kernels/base/thread_pool.cpp", "-ltbb", "-o", program], check=True)
    cases = ("alone", "two", "beside", "64 threads")
    for loop in [(10_000, 4000, 0), (10_000, 4000, 5000), (100_000, 1000, 0), (2_000_000, 60, 0)]:
        print(f"{loop[0]:,} steps, {loop[2]:,} serial steps before each loop; median of {options.rounds}")
        times = {}
        for _ in range(options.rounds):
            for name, (way, settings) in ways(options.libomp).items():
                for case in cases:
                    times.setdefault((name, case), []).append(run(program, way, settings, case, loop))
        for name in ways(options.libomp):
            print(f"  {name:20}" + "".join(f"{case} {statistics.median(times[name, case]):9.1f}  " for case in cases))


if __name__ == "__main__":
    main()
