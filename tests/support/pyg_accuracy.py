#!/usr/bin/env python3
"""Accuracies of PyTorch Geometric's GCN and SAGE (or a plain MLP) under Weft's recipes, as a reference.

Usage: pyg_accuracy.py FOLDER [--recipe kipf-gcn|ogb-gcn|ogb-sage|ogb-mlp] [--split NAME] [--runs N]
                       [--epochs N] [--log1p] [--threads N] [--weft SUMMARY] [--json FILE]
       pyg_accuracy.py build/planetoid/cora --recipe kipf-gcn --runs 20
       pyg_accuracy.py data/debian --recipe ogb-gcn --split source --log1p --epochs 60 --runs 5

FOLDER is in OGB's raw layout (planetoid_to_ogb.py makes Cora and PubMed). Run i uses seed + i.
Each epoch is evaluated after its step, and a run's test accuracy is that of the first epoch with
the highest validation accuracy, as OGB's logger does. Needs numpy, torch and torch_geometric.
"""

import argparse
import json
import statistics
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F
import torch_geometric
from torch_geometric.nn import GCNConv, SAGEConv

import machine
import ogb_raw

RECIPES = {
    "kipf-gcn": dict(layer="gcn", layers=2, hidden=16, norm=False, input_dropout=0.5, decay=5e-4, epochs=200),
    "ogb-gcn": dict(layer="gcn", layers=3, hidden=256, norm=True, input_dropout=0.0, decay=0.0, epochs=500),
    "ogb-sage": dict(layer="sage", layers=3, hidden=256, norm=True, input_dropout=0.0, decay=0.0, epochs=500),
    "ogb-mlp": dict(layer="linear", layers=3, hidden=256, norm=True, input_dropout=0.0, decay=0.0, epochs=500),
}
DROPOUT, LEARNING_RATE = 0.5, 0.01
LAYERS = {
    # The adjacency comes normalised, so that PyG does not do it again in every forward pass.
    "gcn": lambda i, o: GCNConv(i, o, normalize=False),
    "sage": SAGEConv,
    "linear": torch.nn.Linear,
}


class Net(torch.nn.Module):
    def __init__(self, recipe, channels, classes):
        super().__init__()
        widths = [channels] + [recipe["hidden"]] * (recipe["layers"] - 1) + [classes]
        layer = LAYERS[recipe["layer"]]
        self.layers = torch.nn.ModuleList(layer(i, o) for i, o in zip(widths, widths[1:]))
        normed = widths[1:-1] if recipe["norm"] else []
        self.norms = torch.nn.ModuleList(torch.nn.BatchNorm1d(w) for w in normed)
        self.input_dropout = recipe["input_dropout"]

    def forward(self, x, *adjacency):
        x = F.dropout(x, self.input_dropout, self.training)
        for i, layer in enumerate(self.layers):
            x = layer(x, *adjacency)
            if i + 1 < len(self.layers):
                x = self.norms[i](x) if self.norms else x
                x = F.dropout(F.relu(x), DROPOUT, self.training)
        return x


class Data:
    """Tensors of one dataset as a recipe wants them."""

    def __init__(self, dataset, recipe, log1p):
        x = np.log1p(dataset.features) if log1p else dataset.features
        if recipe is RECIPES["kipf-gcn"]:
            total = x.sum(1, keepdims=True)
            x = x / np.where(total > 0, total, 1)
        self.x, self.y = torch.from_numpy(x), torch.from_numpy(dataset.labels)
        self.classes = dataset.num_classes
        self.split = {part: torch.from_numpy(rows) for part, rows in dataset.split.items()}
        self.adjacency = []
        if recipe["layer"] != "linear":
            # SAGEConv takes the mean over entries, whatever their values, and no self-loops.
            offsets, cols, values = ogb_raw.normalised_csr(dataset, self_loops=recipe["layer"] == "gcn")
            parts = (torch.from_numpy(part) for part in (offsets, cols, values))
            self.adjacency = [torch.sparse_csr_tensor(*parts, (len(x), len(x)), check_invariants=True)]


def train_step(net, data, optimizer):
    net.train()
    optimizer.zero_grad()
    rows = data.split["train"]
    # OGB's MLP only ever sees the training rows here, and so do its batch norms.
    out = net(data.x, *data.adjacency)[rows] if data.adjacency else net(data.x[rows])
    F.cross_entropy(out, data.y[rows]).backward()
    optimizer.step()


@torch.no_grad()
def evaluate(net, data):
    net.eval()
    correct = net(data.x, *data.adjacency).argmax(1) == data.y
    return {part: correct[rows].double().mean().item() for part, rows in data.split.items()}


def run_once(recipe, data, epochs, seed):
    torch.manual_seed(seed)
    net = Net(recipe, data.x.shape[1], data.classes)
    optimizer = torch.optim.Adam(
        [
            dict(params=net.layers[0].parameters(), weight_decay=recipe["decay"]),
            dict(params=[*net.layers[1:].parameters(), *net.norms.parameters()]),
        ],
        lr=LEARNING_RATE,
    )
    best = dict(valid=-1.0)
    for epoch in range(1, epochs + 1):
        train_step(net, data, optimizer)
        scores = evaluate(net, data)
        if scores["valid"] > best["valid"]:
            best = dict(scores, seed=seed, best_epoch=epoch)
    return best


def summary(runs):
    spread = lambda values: statistics.stdev(values) if len(values) > 1 else 0.0
    parts = {part: [run[part] for run in runs] for part in ("train", "valid", "test")}
    return {
        "mean": {part: statistics.mean(values) for part, values in parts.items()},
        "std": {part: spread(values) for part, values in parts.items()},
    }


def compare(result, path):
    """Weft's `final_test` is what `test` is here: the test score at the best validation."""
    with open(path, encoding="utf-8") as file:
        weft = json.load(file)
    job = ("split", "recipe")
    if any(weft[key] != result[key] for key in job) or len(weft["runs"]) != len(result["runs"]):
        raise SystemExit(f"{path}: not the same recipe, split and number of runs")
    own, theirs = weft["mean"]["final_test"], result["mean"]["test"]
    spread = weft["std"]["final_test"] or 0.0  # null for one run
    print(f"weft: {100 * own:.2f} ± {100 * spread:.2f}, {100 * (own - theirs):+.2f} points from PyTorch Geometric")
    return dict(mean=own, std=spread, points=100 * (own - theirs))


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--recipe", choices=RECIPES, default="ogb-gcn")
    parser.add_argument("--split", help="needed when the folder has several")
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0, help="of the first run")
    parser.add_argument("--epochs", type=int, help="default: the recipe's")
    parser.add_argument("--log1p", action="store_true", help="log(1 + x) of the features")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--weft", metavar="SUMMARY", help="summary.json of the same job in Weft, to compare with")
    parser.add_argument("--json", metavar="FILE")
    return parser.parse_args()


def main():
    arguments = parse()
    torch.set_num_threads(arguments.threads)
    recipe = RECIPES[arguments.recipe]
    epochs = arguments.epochs or recipe["epochs"]
    dataset = ogb_raw.RawDataset(arguments.folder, arguments.split)
    data = Data(dataset, recipe, arguments.log1p)

    start, runs = time.perf_counter(), []
    for i in range(arguments.runs):
        runs.append(run_once(recipe, data, epochs, arguments.seed + i))
        shown = ", ".join(f"{part} {100 * runs[-1][part]:.2f}" for part in ("train", "valid", "test"))
        print(f"run {i + 1:02d}: {shown} (epoch {runs[-1]['best_epoch']})", flush=True)
    result = dict(
        dataset=dataset.name,
        split=dataset.split_name,
        recipe=arguments.recipe,
        epochs=epochs,
        log1p=arguments.log1p,
        runs=runs,
        **summary(runs),
        seconds=round(time.perf_counter() - start, 1),
        torch=torch.__version__,
        torch_geometric=torch_geometric.__version__,
        machine=machine.facts(),
        command=" ".join(sys.argv),
    )
    for part in ("valid", "test"):
        print(f"{part}: {100 * result['mean'][part]:.2f} ± {100 * result['std'][part]:.2f}")
    if arguments.weft:
        result["weft"] = compare(result, arguments.weft)
    if arguments.json:
        machine.write_json(arguments.json, result)


if __name__ == "__main__":
    main()
