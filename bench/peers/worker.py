"""One peer in a process of its own: builds the training job, then trains on request.

Run by run.py. Reads lines `N` from standard input, trains N epochs for each and answers with the
seconds of every epoch as one JSON line. The first line it writes tells versions, or what failed.
"""

import argparse
import json
import pathlib
import sys
import time
import warnings

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "tests" / "support"))

import numpy as np
import torch

import ogb_raw
import peers

CHANNELS = 128  # as ogbn-arxiv; the values are random


def load_job(folder):
    dataset = ogb_raw.RawDataset(folder)
    random = np.random.default_rng(1)
    x = random.standard_normal((dataset.num_nodes, CHANNELS), dtype=np.float32)
    return peers.Job(
        dataset=dataset,
        x=torch.from_numpy(x),
        y=torch.from_numpy(dataset.labels),
        train=torch.from_numpy(dataset.split["train"]),
    )


def timed_epoch(step):
    start = time.perf_counter()
    loss = float(step())
    seconds = time.perf_counter() - start
    if not np.isfinite(loss):
        raise SystemExit("the loss is not a finite number")
    return seconds


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("peer", choices=peers.PEERS)
    parser.add_argument("folder")
    parser.add_argument("--threads", type=int, required=True)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    answers, sys.stdout = sys.stdout, sys.stderr  # nothing else may write between the answers
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(1)

    def answer(value):
        print(json.dumps(value), file=answers, flush=True)

    try:
        step, versions = peers.PEERS[arguments.peer](load_job(arguments.folder))
        timed_epoch(step)  # first touch of memory, caches, compilation
    except Exception as error:  # a peer that does not work here is named, and the others go on
        answer(dict(failed=f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error) else ''}"))
        return
    answer(dict(versions=dict(torch=torch.__version__, **versions)))
    for line in sys.stdin:
        answer([timed_epoch(step) for _ in range(int(line))])


if __name__ == "__main__":
    main()
