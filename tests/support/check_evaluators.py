#!/usr/bin/env python3
"""Random predictions scored by `weft evaluate` and by the real `ogb` package: do they agree?

Usage: check_evaluators.py [--weft BINARY] [--cases N] [--seed N] [--folder FOLDER]
       env/bin/python tests/support/check_evaluators.py --weft build/release/bin/weft --cases 2500 --seed 90210

Each case draws a metric, types, a size from 0 to 40,000 rows, how many ties there are, NaN labels, tasks
without a class, scores that are not finite, and the file's form (.npz stored or deflated, .csv). Scores
must agree to 1e-12 (areas and precisions near 0 to 1e-15: scikit-learn subtracts rates near 1 there, and
loses digits), shares (acc, hits@K) and mrr's lists bit for bit, rmse to 2e-6 where OGB computes it in
float32. Where one refuses, the other must refuse too. Where they differ, the case must fall under a row of
data/EVALUATORS.md, and Weft must answer as that row says: refuse, or give what OGB gives for the same
numbers in one wide type. Needs numpy, torch, pandas, scikit-learn, tqdm and ogb 1.3.6;
bench/convert/README.md tells how to install them.
"""

import argparse
import collections
import json
import pathlib
import subprocess
import sys
import tempfile
import warnings

import numpy as np
import torch

import offline_ogb  # before ogb
from ogb.graphproppred import Evaluator as GraphEvaluator
from ogb.linkproppred import Evaluator as LinkEvaluator
from ogb.nodeproppred import Evaluator as NodeEvaluator

METRICS = ("acc", "rocauc", "ap", "rmse", "hits", "mrr", "vessel", "F1")
SIZES = (0, 1, 2, 3, 7, 20, 100, 999, 4097, 40000)
TYPES = (np.float32, np.float64, np.float16, np.int64, np.int32, np.int16, np.int8, np.uint64, np.uint32, np.uint16, np.uint8)
NOT_IN_TORCH = (np.uint64, np.uint32, np.uint16)
EXACT_IN_DOUBLE = 1 << 53
REFUSED = "refused"
EVALUATORS = pathlib.Path(__file__).resolve().parents[2] / "data" / "EVALUATORS.md"

# Rows of EVALUATORS.md, by their first two cells.
HUGE = ("all but F1", "uint64 values from 2^63 on")
UINT64 = ("acc, rocauc", "uint64 beside signed integers, beyond 2^53")
RMSE_EMPTY = ("rmse", "a task without labels; a NaN prediction")
RMSE_INFINITE = ("rmse", "an infinite label or prediction; squares beyond double")
RMSE_NARROW = ("rmse", "types that meet in float32 or float16")
RMSE_INTEGERS = ("rmse", "both sides integers")
HITS_NAN = ("hits@K", "a score that is NaN")
HITS_EMPTY = ("hits@K", "no positives")
HITS_HALF = ("hits@K", "float16 tensors on a CPU")
HITS_TYPES = ("hits@K", "two types")
MRR_NAN = ("mrr", "a score that is NaN")
MRR_TYPES = ("mrr", "integers beside float32 or float16")
MRR_UNSIGNED = ("mrr", "uint16, uint32, uint64")
F1_EMPTY = ("F1", "no samples")
F1_SURROGATE = ("F1", "half of a surrogate pair in a text")
F1_NO_TEXT = ("F1", "tokens that are no texts")


class Case:
    """What goes into both, and how the answers are compared. `ask` gives OGB's answer to inputs."""

    def __init__(self, metric, arguments, inputs, ask, relative):
        self.metric, self.arguments, self.inputs = metric, arguments, inputs
        self.ask, self.relative = ask, relative
        self.row, self.refused = None, False  # of EVALUATORS.md, if one may apply; whether Weft then refuses

    def differs(self, row, condition, refused=False):
        """The first row whose condition holds is the case's."""
        if condition and self.row is None:
            self.row, self.refused = row, refused

    def in_one_type(self):
        """The arrays as Weft compares them: integers as int64, all else as double."""
        whole = self.metric != "rmse" and all(array.dtype.kind in "iu" for array in self.inputs.values())
        return {key: array.astype(np.int64 if whole else np.float64) for key, array in self.inputs.items()}


def has_nan(array):
    return bool(np.isnan(array.astype(np.float64)).any())


def is_huge(array):
    return array.dtype == np.uint64 and array.size > 0 and int(array.max()) >= 1 << 63


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
        kind = np.dtype(kind or self.pick(*TYPES))
        distinct = int(self.pick(1, 2, 5, 50, 1 << 20))
        values = self.random.integers(distinct, size=shape)
        if kind.kind in "iu":
            values %= min(np.iinfo(kind).max, 1 << 30)
            if kind.itemsize == 8 and self.chance(0.2):
                values += EXACT_IN_DOUBLE
            scores = values.astype(kind)
            if kind == np.uint64 and scores.size and self.chance(0.05):
                scores.flat[0] = (1 << 63) + 1
            return scores
        scores = (values / distinct - 0.5) * (1.0 if kind == np.float16 else self.pick(1e-30, 1.0, 1.0, 1e6, 1e30))
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
        return labels.astype(self.pick(*TYPES))

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
            y_true, y_pred = self.scores(shape), self.scores(shape)
            self.maybe_unlabelled(y_true)
            self.spoil(y_pred, [np.nan, np.inf])
        else:
            family, name = (GraphEvaluator, "ogbg-molpcba") if metric == "ap" else self.pick(
                (NodeEvaluator, "ogbn-proteins"), (GraphEvaluator, "ogbg-molhiv"))
            y_true, y_pred = self.binary_labels(shape), self.scores(shape)
            self.spoil(y_pred, [np.nan, np.inf, -np.inf])
        evaluator = family(name)
        evaluator.num_tasks = tasks
        meeting = np.result_type(y_true, y_pred) if shape[0] else np.dtype(np.float64)
        relative = 0.0 if metric == "acc" else 2e-6 if metric == "rmse" and meeting == np.float32 else 1e-12
        case = Case(metric, ["--metric", metric, "--tasks", str(tasks)], dict(y_true=y_true, y_pred=y_pred), evaluator.eval,
                    relative)
        case.differs(HUGE, is_huge(y_true) or is_huge(y_pred), refused=True)
        if metric == "rmse":
            labels, predictions = case.in_one_type().values()
            labelled = ~np.isnan(labels)
            case.differs(RMSE_EMPTY, not labelled.any(axis=0).all() or np.isnan(predictions[labelled]).any(), refused=True)
            case.differs(RMSE_INFINITE, not np.isfinite([labels[labelled], predictions[labelled]]).all(), refused=True)
            case.differs(RMSE_INTEGERS, meeting.kind in "iu")
            case.differs(RMSE_NARROW, meeting in (np.float32, np.float16))
        case.differs(UINT64, metric == "acc" and np.uint64 in (y_true.dtype, y_pred.dtype))
        return case

    def maybe_unlabelled(self, labels):
        if np.issubdtype(labels.dtype, np.floating) and self.chance(0.4):
            labels[self.random.random(labels.shape) < self.pick(0.05, 0.5)] = np.nan

    def pair_case(self, metric):
        positives, negatives = self.scores(self.rows()), self.scores(self.rows())
        for scores in (positives, negatives):
            self.spoil(scores, [np.nan, np.inf, -np.inf])
        k = int(self.pick(1, 2, 20, 50, 100, max(1, len(negatives)), len(negatives) + 1))
        evaluator = LinkEvaluator("ogbl-vessel" if metric == "vessel" else "ogbl-ddi")
        evaluator.K = k
        types = positives.dtype, negatives.dtype
        as_arrays = self.chance(0.3) or any(kind in NOT_IN_TORCH for kind in types)
        form = (lambda array: array) if as_arrays else torch.from_numpy
        inputs = dict(y_pred_pos=positives, y_pred_neg=negatives)
        ask = lambda arrays: evaluator.eval({key: form(array) for key, array in arrays.items()})
        name = ["--metric", "rocauc", "--tasks", "0"] if metric == "vessel" else ["--metric", f"hits@{k}"]
        case = Case(metric, name, inputs, ask, 1e-12 if metric == "vessel" else 0.0)
        case.differs(HUGE, is_huge(positives) or is_huge(negatives), refused=True)
        if metric == "hits":
            case.differs(HITS_EMPTY, not len(positives), refused=True)
            case.differs(HITS_NAN, has_nan(positives) or has_nan(negatives), refused=True)
            case.differs(HITS_TYPES, types[0] != types[1])
            case.differs(HITS_HALF, np.float16 in types and not as_arrays)
        case.differs(UINT64, metric == "vessel" and np.uint64 in types)
        return case

    def mrr_case(self):
        candidates = int(self.pick(0, 1, 2, 10, 100, 1000))
        rows = min(self.rows(), 400_000 // (candidates + 1))
        positives, negatives = self.scores(rows), self.scores((rows, candidates))
        for scores in (positives, negatives):
            self.spoil(scores, [np.nan, np.inf, -np.inf])
        evaluator = LinkEvaluator(self.pick("ogbl-citation2", "ogbl-wikikg2", "ogbl-biokg"))
        ask = lambda arrays: {
            key: value.tolist()
            for key, value in evaluator.eval({k: torch.from_numpy(v) for k, v in arrays.items()}).items()
        }
        types = positives.dtype, negatives.dtype
        case = Case("mrr", ["--metric", "mrr", "--lists"], dict(y_pred_pos=positives, y_pred_neg=negatives), ask, 0.0)
        case.differs(HUGE, is_huge(positives) or is_huge(negatives), refused=True)
        case.differs(MRR_NAN, has_nan(positives) or has_nan(negatives), refused=True)
        case.differs(MRR_UNSIGNED, any(kind in NOT_IN_TORCH for kind in types))
        case.differs(MRR_TYPES, types[0].kind != types[1].kind)
        return case

    def token_case(self):
        words = ["get", "Get", "name", "__UNK__", "", "é", "set", "x"]
        draw = lambda: [str(self.pick(*words)) for _ in range(self.random.integers(6))]
        samples = int(self.pick(0, 1, 5, 300))
        inputs = dict(seq_ref=[draw() for _ in range(samples)],
                      seq_pred=[draw() for _ in range(samples + int(self.chance(0.1)))])
        strange = self.pick("\ud800", 7) if samples and self.chance(0.1) else None
        if strange is not None:
            inputs["seq_pred"][0].append(strange)
        case = Case("F1", ["--metric", "F1"], inputs, GraphEvaluator("ogbg-code2").eval, 1e-12)
        case.differs(F1_EMPTY, samples == 0, refused=True)
        case.differs(F1_SURROGATE if strange == "\ud800" else F1_NO_TEXT, strange is not None, refused=True)
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
            path.write_text(json.dumps(case.inputs, ensure_ascii=self.chance(0.5)), encoding="utf-8", errors="surrogatepass")
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


def ask_ogb(case, inputs):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return case.ask(inputs)
        except (RuntimeError, TypeError, ValueError, ZeroDivisionError, IndexError):
            return REFUSED


def agree(case, got, wanted, relative):
    """Whether they do, and the largest relative difference."""
    if REFUSED in (got, wanted) or case.metric == "mrr":
        return got == wanted, 0.0
    if not np.isfinite(list(wanted.values())).all():
        return False, 0.0
    worst = 0.0
    floor = 1e-15 / relative if case.metric in ("rocauc", "vessel", "ap") else 0.0
    for key, value in wanted.items():
        scale = max(abs(value), floor)
        worst = max(worst, abs(got[key] - value) / scale if scale else abs(got[key]))
    return set(got) == set(wanted) and worst <= relative, worst


def judge(case, got):
    """How the answers compare, in words, and the largest relative difference; no words where they must not."""
    wanted = ask_ogb(case, case.inputs)
    fine, difference = agree(case, got, wanted, case.relative)
    if fine:
        return "refused by both" if got == REFUSED else "agree", difference
    if case.row is None:
        return "", wanted
    wanted = REFUSED if case.refused else ask_ogb(case, case.in_one_type())
    fine, _ = agree(case, got, wanted, min(case.relative, 1e-12))
    return ("documented: " + case.row[1], 0.0) if fine else ("", wanted)


def check_rows():
    """Every row that a case may name is in EVALUATORS.md."""
    text = EVALUATORS.read_text(encoding="utf-8")
    rows = [value for value in globals().values() if isinstance(value, tuple) and all(isinstance(v, str) for v in value)]
    for row in rows:
        if len(row) == 2 and f"| {row[0]} | {row[1]} |" not in text:
            raise SystemExit(f"{EVALUATORS}: has no row '{row[0]} | {row[1]}'")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weft", default="build/release/bin/weft")
    parser.add_argument("--cases", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", help="where a case that disagrees is left (a temporary folder)")
    arguments = parser.parse_args()
    check_rows()
    folder = pathlib.Path(arguments.folder or tempfile.mkdtemp(prefix="weft-evaluators-"))
    folder.mkdir(parents=True, exist_ok=True)
    counts, worst = collections.Counter(), collections.Counter()
    for number in range(arguments.cases):
        maker = Maker([arguments.seed, number])
        case = maker.case()
        path = maker.write(case, folder)
        got = ask_weft(arguments.weft, case, path)
        how, difference = judge(case, got)
        if not how:
            raise SystemExit(f"seed {arguments.seed}, case {number} ({path}): weft evaluate "
                             f"{' '.join(case.arguments)} gives {str(got)[:200]}, wanted {str(difference)[:200]}")
        counts[case.metric, how] += 1
        float32 = " (float32)" if case.relative == 2e-6 else ""
        worst[case.metric + float32] = max(worst[case.metric + float32], difference)
        path.unlink()
    for (metric, how), count in sorted(counts.items()):
        print(f"{metric:8}{how:64}{count:6}")
    print("largest relative difference:", ", ".join(f"{m} {d:.1e}" for m, d in sorted(worst.items())))


if __name__ == "__main__":
    sys.exit(main())
