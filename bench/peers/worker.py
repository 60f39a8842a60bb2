"""One peer in a process of its own: builds its job, then works on request.

Run by run.py. Reads lines `N` from standard input, does its step N times for each and answers with
the seconds of every step as one JSON line. The first line it writes tells versions, or what failed.
"""

import argparse
import importlib
import json
import math
import pathlib
import sys
import time
import warnings

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "tests" / "support"))

# Each module has load_job(facts), PEERS, name -> function of a job that returns (step, versions), and
# WITHOUT_TORCH, the names whose versions leave torch out. A step that takes minutes has a `warm_up`.
KINDS = dict(epoch="peers", spmm="spmm_peers", small="small_peers")


def timed(step):
    start = time.perf_counter()
    value = float(step())
    seconds = time.perf_counter() - start
    if not math.isfinite(value):
        raise SystemExit("the result is not a finite number")
    return seconds


def set_threads(threads):
    import torch

    torch.set_num_threads(threads)
    torch.manual_seed(1)
    return dict(torch=torch.__version__)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("peer")
    parser.add_argument("job", type=json.loads)
    parser.add_argument("--threads", type=int, required=True)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    answers, sys.stdout = sys.stdout, sys.stderr  # nothing else may write between the answers

    def answer(value):
        print(json.dumps(value), file=answers, flush=True)

    try:
        versions = set_threads(arguments.threads)
        peers = importlib.import_module(KINDS[arguments.kind])
        step, own = peers.PEERS[arguments.peer](peers.load_job(arguments.job))
        timed(getattr(step, "warm_up", step))  # first touch of memory, caches, compilation
    except Exception as error:  # a peer that does not work here is named, and the others go on
        answer(dict(failed=f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error) else ''}"))
        return
    answer(dict(versions=own if arguments.peer in peers.WITHOUT_TORCH else dict(versions, **own)))
    for line in sys.stdin:
        answer([timed(step) for _ in range(int(line))])


if __name__ == "__main__":
    main()
