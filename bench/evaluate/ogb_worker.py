"""Times OGB's evaluators on predictions of the sizes that `weft-bench evaluate` makes; a line of JSON on stdout.

Run by run.py with an interpreter that has `ogb` and torch. Imports and making the predictions are not
timed; one call to warm up is not either.
"""

import argparse
import json
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests" / "support"))
import offline_ogb  # before ogb
import numpy as np
import ogb
import sklearn
import torch
from ogb.linkproppred import Evaluator as LinkEvaluator
from ogb.nodeproppred import Evaluator as NodeEvaluator


def timed(evaluate, repeats):
    evaluate()
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        evaluate()
        seconds.append(time.perf_counter() - start)
    return seconds


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--repeats", type=int, required=True)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    random = np.random.default_rng(1)

    mrr = LinkEvaluator("ogbl-citation2")
    ranked = dict(y_pred_pos=torch.rand(86596), y_pred_neg=torch.rand(86596, 1000))
    # The mean is what OGB's example does with the lists.
    rank = lambda: mrr.eval(ranked)["mrr_list"].mean().item()

    rocauc = NodeEvaluator("ogbn-proteins")
    labelled = dict(y_true=random.integers(2, size=(24679, 112)), y_pred=random.random((24679, 112), dtype=np.float32))
    area = lambda: rocauc.eval(labelled)["rocauc"]

    versions = dict(ogb=ogb.__version__, torch=torch.__version__, numpy=np.__version__, sklearn=sklearn.__version__)
    seconds = {"ogbl-citation2": timed(rank, arguments.repeats), "ogbn-proteins": timed(area, arguments.repeats)}
    print(json.dumps(dict(versions=versions, seconds=seconds)))


if __name__ == "__main__":
    main()
