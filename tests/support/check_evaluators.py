#!/usr/bin/env python3
"""Random predictions scored by `weft evaluate` and by the real `ogb` package: do they agree?

Usage: check_evaluators.py [--weft BINARY] [--cases N] [--seed N] [--folder FOLDER]
       env/bin/python tests/support/check_evaluators.py --weft build/release/bin/weft --cases 4000

Each case draws a metric, types, a size from 0 to 40,000 rows, how many ties there are, NaN labels, tasks
without a class, scores that are not finite, and the file's form (.npz stored or deflated, .csv). Scores
must agree to 1e-12 (areas and precisions near 0 to 1e-15: scikit-learn subtracts rates near 1 there, and
loses digits), shares (acc, hits@K) and mrr's lists bit for bit, rmse to 2e-6 where OGB computes it in
float32. Where one refuses, the other must refuse too, but for the differences that
data/EVALUATORS.md lists; these are checked for what it says. bench/evaluate/README.md tells how to
install `ogb`; needs numpy and torch besides.
"""

import argparse
import collections
import json
import pathlib
import subprocess
import sys
import tempfile
import types
import warnings

# Importing ogb asks the network whether there is a newer one, and waits; not here.
sys.modules["outdated"] = types.SimpleNamespace(check_outdated=lambda *_: (False, ""))

import numpy as np
import torch
from ogb.graphproppred import Evaluator as GraphEvaluator
from ogb.linkproppred import Evaluator as LinkEvaluator
from ogb.nodeproppred import Evaluator as NodeEvaluator

METRICS = ("acc", "rocauc", "ap", "rmse", "hits", "mrr", "vessel", "F1")
SIZES = (0, 1, 2, 3, 7, 20, 100, 999, 4097, 40000)
TYPES = (np.float32, np.float64, np.int64, np.int32, np.uint8)
REFUSED = "refused"


class Case:
    """What goes into both, and how the answers are compared."""

    def __init__(self, metric, arguments, inputs, ask_ogb, relative, lists=False):
        self.metric, self.arguments, self.inputs = metric, arguments, inputs
        self.ask_ogb, self.relative, self.lists = ask_ogb, relative, lists
        self.expected = None  # where Weft answers otherwise on purpose


class Maker:
    def __init__(self, seed):
        self.random = np.random.default_rng(seed)

    def chance(self, share):
        return self.random.random() < share

    def pick(self, *choices):
        return choices[self.random.integers(len(choices))]

    def rows(self):
        size = int(self.pick(*SIZES))
        return int(self.random.integers(size + 1)) if self.chance(0.5) else size

    def scores(self, shape, kind=None):
        """Scores of any type: few values, so that there are ties, or many."""
        kind = kind or self.pick(*TYPES)
        distinct = int(self.pick(1, 2, 5, 50, 1 << 20))
        values = self.random.integers(distinct, size=shape)
        if np.issubdtype(kind, np.integer):
            return (values % (200 if kind == np.uint8 else 1 << 30)).astype(kind)
        scores = (values / distinct - 0.5) * self.pick(1e-30, 1.0, 1.0, 1e6, 1e30)
        if self.chance(0.1):
            scores = np.where(scores == 0, self.pick(-0.0, 0.0), scores)
        return scores.astype(kind)

    def spoil(self, scores, values):
        """Puts one of `values` somewhere, where the type holds it; tells whether it did."""
        if scores.size == 0 or not np.issubdtype(scores.dtype, np.floating) or not self.chance(0.12):
            return False
        scores.flat[self.random.integers(scores.size)] = self.pick(*values)
        return True

    def binary_labels(self, shape):
        labels = (self.random.random(shape) < self.pick(0.01, 0.3, 0.5)).astype(np.float64)
        for task in range(shape[1]):  # tasks that lack a class are skipped
            if self.chance(0.15):
                labels[:, task] = self.pick(0.0, 1.0, -1.0)
        if labels.size and self.chance(0.05):
            labels.flat[self.random.integers(labels.size)] = self.pick(2.0, 0.5, -1.0)
        if self.chance(0.5):
            labels[self.random.random(shape) < self.pick(0.05, 0.5)] = np.nan
            return labels.astype(self.pick(np.float32, np.float64))
        return labels.astype(self.pick(np.float32, np.float64, np.int64, np.int32))

    def matrix_case(self, metric):
        tasks = int(self.pick(1, 1, 2, 12, 37))
        shape = (self.rows() // tasks, tasks)
        if metric == "acc":
            family, name = self.pick((NodeEvaluator, "ogbn-arxiv"), (GraphEvaluator, "ogbg-ppa"))
            classes = int(self.pick(2, 40, 200))
            y_true = self.random.integers(classes, size=shape).astype(self.pick(*TYPES))
            y_pred = self.random.integers(classes, size=shape).astype(self.pick(*TYPES))
            self.maybe_unlabelled(y_true)
            self.spoil(y_pred, [np.nan])
        elif metric == "rmse":
            family, name = GraphEvaluator, "ogbg-molesol"
            wide = (np.float32, np.float64, np.int64)  # NumPy wraps narrower whole numbers around
            y_true, y_pred = self.scores(shape, self.pick(*wide)), self.scores(shape, self.pick(*wide))
            self.maybe_unlabelled(y_true)
            self.spoil(y_pred, [np.nan, np.inf])
        else:
            family, name = (GraphEvaluator, "ogbg-molpcba") if metric == "ap" else self.pick(
                (NodeEvaluator, "ogbn-proteins"), (GraphEvaluator, "ogbg-molhiv"))
            y_true, y_pred = self.binary_labels(shape), self.scores(shape)
            self.spoil(y_pred, [np.nan, np.inf, -np.inf])
        evaluator = family(name)
        evaluator.num_tasks = tasks
        relative = 0.0 if metric == "acc" else 1e-12
        if metric == "rmse" and y_true.dtype == y_pred.dtype == np.float32:
            relative = 2e-6
        inputs = dict(y_true=y_true, y_pred=y_pred)
        case = Case(metric, ["--metric", metric, "--tasks", str(tasks)], inputs, lambda: evaluator.eval(inputs), relative)
        if metric == "rmse":
            case.expected = self.rmse_difference(y_true, y_pred)
        return case

    def maybe_unlabelled(self, labels):
        if np.issubdtype(labels.dtype, np.floating) and self.chance(0.4):
            labels[self.random.random(labels.shape) < self.pick(0.05, 0.5)] = np.nan

    @staticmethod
    def rmse_difference(y_true, y_pred):
        """OGB answers NaN or infinity where Weft refuses, or computes in double."""
        labelled = ~np.isnan(y_true.astype(np.float64))
        if not labelled.any(axis=0).all() or not np.isfinite(y_pred.astype(np.float64)[labelled]).all():
            return REFUSED
        difference = np.where(labelled, y_true.astype(np.float64) - y_pred, 0.0)
        squares = (difference**2).sum(axis=0)
        small = y_true.dtype == y_pred.dtype == np.float32 and ((squares > 1e37) | ((squares > 0) & (squares < 1e-30))).any()
        if not small:
            return None
        return dict(rmse=float(np.mean(np.sqrt(squares / labelled.sum(axis=0)))))  # outside float32's range

    def pair_case(self, metric):
        positives, negatives = self.scores(self.rows()), self.scores(self.rows())
        spoiled = [self.spoil(scores, [np.nan, np.inf, -np.inf]) for scores in (positives, negatives)]
        k = int(self.pick(1, 2, 20, 50, 100, max(1, len(negatives)), len(negatives) + 1))
        evaluator = LinkEvaluator("ogbl-vessel" if metric == "vessel" else "ogbl-ddi")
        evaluator.K = k
        asked = (torch.from_numpy, lambda array: array)[int(self.chance(0.3))]
        inputs = dict(y_pred_pos=positives, y_pred_neg=negatives)
        ask = lambda: evaluator.eval({key: asked(value) for key, value in inputs.items()})
        name = ["--metric", "rocauc", "--tasks", "0"] if metric == "vessel" else ["--metric", f"hits@{k}"]
        case = Case(metric, name, inputs, ask, 1e-12 if metric == "vessel" else 0.0)
        not_numbers = any(np.isnan(array.astype(np.float64)).any() for array in (positives, negatives))
        if metric == "hits" and ((any(spoiled) and not_numbers) or not len(positives)):
            case.expected = REFUSED
        return case

    def mrr_case(self):
        candidates = int(self.pick(0, 1, 2, 10, 100, 1000))
        rows = min(self.rows(), 400_000 // (candidates + 1))
        kinds = self.pick(*TYPES), self.pick(*TYPES)
        positives, negatives = self.scores(rows, kinds[0]), self.scores((rows, candidates), kinds[1])
        for scores in (positives, negatives):
            self.spoil(scores, [np.nan, np.inf, -np.inf])
        evaluator = LinkEvaluator(self.pick("ogbl-citation2", "ogbl-wikikg2", "ogbl-biokg"))
        inputs = dict(y_pred_pos=positives, y_pred_neg=negatives)
        ask = lambda: {
            key: value.tolist()
            for key, value in evaluator.eval({k: torch.from_numpy(v) for k, v in inputs.items()}).items()
        }
        case = Case("mrr", ["--metric", "mrr", "--lists"], inputs, ask, 0.0, lists=True)
        if any(np.isnan(array.astype(np.float64)).any() for array in (positives, negatives)):
            case.expected = REFUSED
        return case

    def token_case(self):
        words = ["get", "Get", "name", "__UNK__", "", "é", "set", "x"]
        draw = lambda: [str(self.pick(*words)) for _ in range(self.random.integers(6))]
        samples = int(self.pick(0, 1, 5, 300))
        inputs = dict(seq_ref=[draw() for _ in range(samples)],
                      seq_pred=[draw() for _ in range(samples + int(self.chance(0.1)))])
        evaluator = GraphEvaluator("ogbg-code2")
        case = Case("F1", ["--metric", "F1"], inputs, lambda: evaluator.eval(inputs), 1e-12)
        if samples == 0:
            case.expected = REFUSED
        return case

    def case(self):
        metric = self.pick(*METRICS)
        if metric in ("hits", "vessel"):
            return self.pair_case(metric)
        if metric == "mrr":
            return self.mrr_case()
        return self.token_case() if metric == "F1" else self.matrix_case(metric)

    def write(self, case, folder):
        """The inputs as a file; csv for some small ones of float64, which csv keeps to the bit."""
        if case.metric == "F1":
            path = folder / "case.json"
            path.write_text(json.dumps(case.inputs, ensure_ascii=self.chance(0.5)), encoding="utf-8")
            return path
        arrays = list(case.inputs.values())
        small = 0 < arrays[1].size <= 20000 and len(arrays[0]) > 0
        if small and all(array.dtype == np.float64 for array in arrays) and self.chance(0.8):
            path = folder / "case.csv"
            path.write_text(csv_text(case))
            return path
        path = folder / "case.npz"
        (np.savez_compressed if self.chance(0.3) else np.savez)(path, **case.inputs)
        return path


def csv_text(case):
    arrays = dict(case.inputs)
    if case.metric in ("hits", "vessel"):
        positives, negatives = arrays.values()
        labels = np.concatenate([np.ones(len(positives)), np.zeros(len(negatives))])
        arrays = dict(y_true=labels, y_pred=np.concatenate([positives, negatives]))
    names, columns = [], []
    for key, array in arrays.items():
        if array.ndim == 1:
            names, columns = names + [key], columns + [array]
            continue
        names += [f"{key}_{i}" for i in range(array.shape[1])]
        columns += list(array.T)
    field = lambda value: "" if np.isnan(value) else repr(float(value))
    lines = [",".join(names)] + [",".join(map(field, row)) for row in zip(*columns)]
    return "\n".join(lines) + "\n"


def ask_weft(weft, case, path):
    done = subprocess.run([weft, "evaluate", str(path), "--json"] + case.arguments, capture_output=True, text=True)
    if done.returncode == 0:
        return json.loads(done.stdout)
    if done.returncode != 1 or done.stderr.count("\n") != 1:
        raise SystemExit(f"weft evaluate ended with {done.returncode}: {done.stderr}")
    return REFUSED


def ask_ogb(case):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return case.ask_ogb()
        except (RuntimeError, ValueError, ZeroDivisionError, IndexError):
            return REFUSED


def agree(case, got, wanted):
    """Whether they do, and the largest relative difference."""
    if REFUSED in (got, wanted):
        return got == wanted, 0.0
    if case.lists:
        return got == wanted, 0.0
    worst = 0.0
    floor = 1e-15 / case.relative if case.metric in ("rocauc", "vessel", "ap") else 0.0
    for key, value in wanted.items():
        scale = max(abs(value), floor)
        worst = max(worst, abs(got[key] - value) / scale if scale else abs(got[key]))
    return set(got) == set(wanted) and worst <= case.relative, worst


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weft", default="build/release/bin/weft")
    parser.add_argument("--cases", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", help="where a case that disagrees is left (a temporary folder)")
    arguments = parser.parse_args()
    folder = pathlib.Path(arguments.folder or tempfile.mkdtemp(prefix="weft-evaluators-"))
    counts, worst = collections.Counter(), collections.Counter()
    for number in range(arguments.cases):
        maker = Maker([arguments.seed, number])
        case = maker.case()
        path = maker.write(case, folder)
        got = ask_weft(arguments.weft, case, path)
        wanted = ask_ogb(case) if case.expected is None else case.expected
        fine, difference = agree(case, got, wanted)
        if not fine:
            raise SystemExit(f"seed {arguments.seed}, case {number} ({path}): weft evaluate "
                             f"{' '.join(case.arguments)} gives {str(got)[:200]}, wanted {str(wanted)[:200]}")
        kind = "differs as documented" if case.expected is not None else "refused by both" if got == REFUSED else "agree"
        counts[case.metric, kind] += 1
        float32 = " (float32)" if case.relative == 2e-6 else ""
        worst[case.metric + float32] = max(worst[case.metric + float32], difference)
        path.unlink()
    for (metric, kind), count in sorted(counts.items()):
        print(f"{metric:8}{kind:24}{count:6}")
    print("largest relative difference:", ", ".join(f"{m} {d:.1e}" for m, d in sorted(worst.items())))


if __name__ == "__main__":
    sys.exit(main())
