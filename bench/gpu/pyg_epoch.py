#!/usr/bin/env python3
"""Times a training epoch of PyTorch Geometric and of plain PyTorch on a GPU, in their default and fastest forms.

Usage: pyg_epoch.py FOLDER [--seconds N] [--epochs N] [--device cuda]

The job and the models are those of bench/peers (OGB's GCN for ogbn-arxiv, random features of 128
columns). Every variant is warmed up, then timed epoch by epoch with the device's own events; nothing is
read back in between. One JSON line per variant as soon as it is done, so that a run that is cut short
still tells; what does not work is named with its reason. Variants that would start after --seconds are
left out, and say so.
"""

import argparse
import json
import pathlib
import statistics
import sys
import time
import warnings

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "bench" / "peers"), str(ROOT / "tests" / "support")]

import numpy as np
import torch

import ogb_raw
import peers

CHANNELS = 128  # as ogbn-arxiv; the values are random
WARM_UP = 5

# (name, how the job is made, whether float32 products may round to TF32)
VARIANTS = [
    ("pyg-default", peers.pyg_default, False),
    ("torch-csr tf32", peers.plain_torch, True),
    ("torch-csr-compiled tf32", lambda job: peers.plain_torch(job, compiled=True), True),
    ("torch-csr", peers.plain_torch, False),
    ("pyg-csr tf32", peers.pyg_csr, True),
    ("pyg-csr-compiled tf32", peers.pyg_csr_compiled, True),
    ("pyg-cached tf32", lambda job: peers.pyg_default(job, cached=True), True),
]


class Clock:
    """Seconds between two points of the device's work, or of the host's where there is no device."""

    def __init__(self, device):
        self.on_device = device != "cpu"

    def now(self):
        if not self.on_device:
            return time.perf_counter()
        event = torch.cuda.Event(enable_timing=True)
        event.record()
        return event

    def between(self, start, end):
        if not self.on_device:
            return end - start
        torch.cuda.synchronize()
        return start.elapsed_time(end) / 1e3


def load_job(folder, device):
    dataset = ogb_raw.RawDataset(folder)
    x = np.random.default_rng(1).standard_normal((dataset.num_nodes, CHANNELS), dtype=np.float32)
    arrays = (x, dataset.labels, dataset.split["train"])
    return peers.Job(dataset, *(torch.from_numpy(a).to(device) for a in arrays))


def time_epochs(step, epochs, clock):
    for _ in range(WARM_UP):
        loss = step()
    points = [clock.now()]
    for _ in range(epochs):
        loss = step()
        points.append(clock.now())
    if not np.isfinite(float(loss)):
        raise ValueError("the loss is not a finite number")
    return [clock.between(a, b) for a, b in zip(points, points[1:])]


def measure(name, make, tf32, job, arguments):
    torch.backends.cuda.matmul.allow_tf32 = tf32
    on_gpu = arguments.device != "cpu"
    if on_gpu:
        torch.cuda.reset_peak_memory_stats()
    step, versions = make(job)
    seconds = sorted(time_epochs(step, arguments.epochs, Clock(arguments.device)))
    return dict(
        variant=name,
        median_seconds=statistics.median(seconds),
        minimum_seconds=seconds[0],
        p10_seconds=seconds[len(seconds) // 10],
        p90_seconds=seconds[(len(seconds) - 1) * 9 // 10],
        samples=len(seconds),
        peak_bytes=torch.cuda.max_memory_allocated() if on_gpu else None,
        versions=dict(torch=torch.__version__, **versions),
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", help="ogbn-arxiv in OGB's raw layout; features may be absent")
    parser.add_argument("--seconds", type=float, default=90, help="no variant starts later than this")
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--device", default="cuda", help="cpu tries the script without a GPU")
    arguments = parser.parse_args()
    if arguments.device != "cpu" and not torch.cuda.is_available():
        raise SystemExit("no CUDA device: torch.cuda.is_available() is false")
    warnings.simplefilter("ignore")
    torch.manual_seed(1)
    start = time.monotonic()
    job = load_job(arguments.folder, arguments.device)
    for name, make, tf32 in VARIANTS:
        if time.monotonic() - start > arguments.seconds:
            print(json.dumps(dict(variant=name, failed="left out: no time left")), flush=True)
            continue
        try:
            result = measure(name, make, tf32, job, arguments)
        except Exception as error:  # one that does not work here is named, and the others go on
            lines = str(error).strip().splitlines() or [""]
            result = dict(variant=name, failed=f"{type(error).__name__}: {lines[0]}")
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
