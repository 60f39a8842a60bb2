#!/usr/bin/env python3
"""Commands under limits of memory, threads, file sizes and open files: each ends well, or with one line of the
program's own and status 1; never by a signal, and nothing half-written stays.

    tests/torture/limits.py --program build/release/bin/weft           # some minutes
    tests/torture/limits.py --program build/release/bin/weft --quick
"""

import argparse
import collections
import os
import pathlib
import resource
import shutil
import sys
import tempfile

import common

MEGABYTE = 1 << 20
NOBODY = 65534


def limited(which, value, as_nobody=False):
    def before_program():
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(which, (value, value))
        if as_nobody:  # root may have any number of threads
            os.setuid(NOBODY)
    return before_program


def limits(quick):
    memory = (32, 48, 64, 128) if quick else (*range(20, 100, 2), *range(100, 400, 10))
    for megabytes in memory:
        yield f"{megabytes} MB", 1, limited(resource.RLIMIT_AS, megabytes * MEGABYTE)
    for megabytes in (100, 200) if quick else range(40, 400, 20):
        yield f"{megabytes} MB, 8 threads", 8, limited(resource.RLIMIT_AS, megabytes * MEGABYTE)
    for size in (0, 4096) if quick else (0, 1, 100, 4096, 20_000, 100_000):
        yield f"files of {size} bytes", 1, limited(resource.RLIMIT_FSIZE, size)
    for files in (4,) if quick else range(3, 16):
        yield f"{files} open files", 1, limited(resource.RLIMIT_NOFILE, files)
    if os.getuid() == 0:
        yield "no more threads", 8, limited(resource.RLIMIT_NPROC, 0, True)
    else:
        yield "no more threads", 8, limited(resource.RLIMIT_NPROC, 0)


def open_to_all(folder):
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o777)


def half_written(folder):
    return {path.name for path in folder.rglob("*.partial") if "zip" not in path.name}


def run_limited(weft, case, folder, threads, before_program):
    """The command's outcome, and the half-written files that it left: not those of the killed run that it goes on with."""
    case.prepare(folder)
    open_to_all(folder)
    before = half_written(folder)
    arguments = list(case.arguments)
    if "--threads" in arguments:
        arguments[arguments.index("--threads") + 1] = str(threads)
    return weft.run(arguments, folder, preexec_fn=before_program), sorted(half_written(folder) - before)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", default="", help="commands that contain this text")
    options = parser.parse_args()
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="weft-limits-") as text:
        work = pathlib.Path(text)
        work.chmod(0o777)
        weft = common.Weft(options.program)
        cases, mirror = common.make_cases(weft, work)
        for case in cases:
            if options.only not in case.name:
                continue
            counts = collections.Counter()
            shutil.rmtree(work / "here", ignore_errors=True)
            for name, threads, before_program in limits(options.quick):
                outcome, left = run_limited(weft, case, work / "here", threads, before_program)
                # A program that the system cannot even load says nothing of its own.
                unloaded = "error while loading shared libraries" in outcome.err or "cannot allocate memory" in outcome.err
                good = outcome.status == 0 or outcome.is_refusal() or unloaded
                kind = "not loaded" if unloaded else "done" if outcome.status == 0 else "refused"
                if not good or left:
                    kind = "WRONG"
                    wrong += 1
                    print(f"  {case.name}: {name}, {threads} threads: status {outcome.status}: {outcome.err.strip()[-300:]} {left}")
                counts[kind] += 1
            print(f"{case.name:16} " + ", ".join(f"{v} {k}" for k, v in sorted(counts.items())), flush=True)
        mirror.close()
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
