#!/usr/bin/env python3
"""Cuts the power of `weft train` at random instants, and resumes it.

A training writes to an ext4 file system on a loop device. The device's backing file is copied while it trains: the copy
holds what the device has, and lacks what the kernel still kept in memory, as a disk does after a power cut. Each copy is
mounted (the journal is replayed), the training is started again there, and metrics.jsonl (but for `seconds`), the
summary's runs, last.safetensors and best.safetensors are compared with those of a training that nobody disturbed.

The file system commits every 300 s and writes data in no order (data=writeback), so that nothing reaches the device
but what was synced, or what the kernel writes by chance.

    sudo tests/torture/power_cut.py --weft build/release/bin/weft --cuts 50

Needs root, loop devices and mkfs.ext4; where one is missing it says so and ends with 77. Exit status: 0 when every cut
was resumed with the same bits, 1 otherwise."""
import argparse
import contextlib
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

IMAGE_BYTES = 16 << 20
OPTIONS = "commit=300,data=writeback"
SKIPPED = 77


def sh(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@contextlib.contextmanager
def mounted(image, at):
    at.mkdir(exist_ok=True)
    device = sh("losetup", "--find", "--show", str(image))
    try:
        sh("mount", "-o", OPTIONS, device, str(at))
        try:
            yield at
        finally:
            sh("umount", str(at))
    finally:
        sh("losetup", "--detach", device)


def new_image(path):
    with open(path, "wb") as file:
        file.truncate(IMAGE_BYTES)
    sh("mkfs.ext4", "-q", "-F", "-b", "4096", str(path))


def snapshot(image):
    """The backing file as it was at one instant: two readings that agree had no write between them."""
    before = image.read_bytes()
    while (after := image.read_bytes()) != before:
        before = after
    return before


def results(run):
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    for line in lines:
        del line["seconds"]
    summary = json.loads((run / "summary.json").read_text())
    return lines, summary["runs"], *((run / name).read_bytes() for name in ("last.safetensors", "best.safetensors"))


class Torture:
    def __init__(self, weft, work, epochs, nodes):
        self.weft, self.work = weft, work
        self.command = [weft, "train", str(work / "graph"), "--epochs", str(epochs), "--runs", "2", "--hidden", "32",
                        "--checkpoint-every", "7", "--threads", "1", "--device", "cpu"]
        sh(weft, "synth", str(work / "graph"), "--nodes", str(nodes), "--edges", str(5 * nodes), "--classes", "5")
        self.train(work / "whole")
        self.expected = results(work / "whole")

    def train(self, out, *more):
        sh(*self.command, "--out", str(out), *more)

    def images(self, moments):
        """A training on a fresh file system, and its device at these moments, in seconds."""
        disk = self.work / "disk.img"
        new_image(disk)
        cuts = []
        with mounted(disk, self.work / "mount") as mount:
            start = time.monotonic()
            process = subprocess.Popen([*self.command, "--out", str(mount / "run")], stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
            for moment in sorted(moments):
                time.sleep(max(0.0, moment - (time.monotonic() - start)))
                cuts.append(snapshot(disk))
            if process.wait() != 0:
                raise RuntimeError("the training that was watched failed")
            self.seconds = time.monotonic() - start
        return cuts

    def resume(self, image):
        """What was left, and what went wrong or None."""
        disk = self.work / "cut.img"
        disk.write_bytes(image)
        with mounted(disk, self.work / "mount") as mount:
            run = mount / "run"
            left = sorted(file.name for file in run.iterdir()) if run.exists() else ["nothing"]
            begun = "config.toml" in left
            try:
                self.train(run, *(["--resume"] if begun else []))
            except subprocess.CalledProcessError as error:
                return left, error.stderr.strip().splitlines()[-1]
            return left, None if results(run) == self.expected else "other results"


def torture(arguments, work):
    random.seed(arguments.seed)
    job = Torture(arguments.weft, work, arguments.epochs, arguments.nodes)
    job.images([])  # how long it takes
    failed, done, states = 0, 0, {}
    while done < arguments.cuts:
        moments = [random.uniform(0.0, job.seconds) for _ in range(min(10, arguments.cuts - done))]
        for image in job.images(moments):
            left, problem = job.resume(image)
            done += 1
            failed += problem is not None
            states[", ".join(left)] = states.get(", ".join(left), 0) + 1
            if problem:
                print(f"cut {done}: left {', '.join(left)}: {problem}", flush=True)
    for left, count in sorted(states.items()):
        print(f"{count:5} x left: {left}")
    print(f"{done} power cuts: {done - failed} resumed with the same bits, {failed} failed (seed {arguments.seed})")
    return 1 if failed else 0


def missing():
    if os.geteuid() != 0:
        return "needs root, to mount"
    for program in ("losetup", "mkfs.ext4", "mount"):
        if shutil.which(program) is None:
            return f"needs {program}"
    if subprocess.run(["losetup", "--find"], capture_output=True).returncode != 0:
        return "needs a free loop device"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weft", default="build/release/bin/weft", help="the program")
    parser.add_argument("--cuts", type=int, default=50)
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--nodes", type=int, default=6000)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    arguments = parser.parse_args()
    if why := missing():
        print(f"power_cut: SKIPPED: {why}")
        return SKIPPED
    arguments.weft = str(pathlib.Path(arguments.weft).resolve())
    with tempfile.TemporaryDirectory(prefix="weft-power-cut-") as work:
        return torture(arguments, pathlib.Path(work))


if __name__ == "__main__":
    sys.exit(main())
