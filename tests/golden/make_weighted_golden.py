#!/usr/bin/env python3
"""Writes the golden losses of GCNs on a graph with edge weights, in float64.

Two layers of 8 channels, ReLU between them, no batch norm, no dropout, Adam, on the graph of
make_gcn_golden.py as a directed one. README.md beside this file tells the format. Three cases:
  directed   PyTorch Geometric's GCNConv with edge_weight: norm "gcn" with self-loops
  symmetric  the same after to_undirected(reduce="add"): both directions and repeats summed
  both       D_in^-1/2 A D_out^-1/2 x, degrees that count edges, as DGL's GraphConv(norm="both")
             has it, without self-loops; weights of either sign

Usage: make_weighted_golden.py [FOLDER]    (default: the folder of this script; needs torch_geometric)
"""

import pathlib
import sys

import torch
from torch_geometric.nn import GCNConv
from torch_geometric.utils import to_undirected

from make_gcn_golden import (CHANNELS, CLASSES, FEATURES, LABELS, LEARNING_RATE, NODES, PARAMETERS, compact, digits,
                             hash32, make_edges, nll, uniform, uniform_matrix)

HIDDEN, EPOCHS = 8, 10
WEIGHTS = 4  # a stream of `uniform`


class Both(torch.nn.Module):
    """A layer over entries (source, target, weight) that are not merged."""

    def __init__(self, fan_in, fan_out):
        super().__init__()
        self.lin = torch.nn.Linear(fan_in, fan_out, bias=False)
        self.bias = torch.nn.Parameter(torch.zeros(fan_out))

    def forward(self, x, edges, weights):
        source, target = edges
        count = lambda ends: torch.bincount(ends, minlength=NODES).clamp(min=1).double()
        factor = weights * count(source)[source].rsqrt() * count(target)[target].rsqrt()
        message = self.lin(x)[source] * factor[:, None]
        return torch.zeros(NODES, message.shape[1]).index_add(0, target, message) + self.bias


def losses(layer, x, edges, weights, labels, rows):
    torch.set_default_dtype(torch.float64)
    layers = [layer(CHANNELS, HIDDEN), layer(HIDDEN, CLASSES)]
    with torch.no_grad():
        for i, one in enumerate(layers):
            # Ours is [in, out].
            one.lin.weight.copy_(torch.tensor(uniform_matrix(PARAMETERS + i, *one.lin.weight.T.shape)).T)
            one.bias.zero_()
    optimizer = torch.optim.Adam([p for one in layers for p in one.parameters()], lr=LEARNING_RATE)
    all_losses = []
    for _ in range(EPOCHS):
        optimizer.zero_grad()
        hidden = torch.relu(layers[0](x, edges, weights))
        loss = nll(torch.log_softmax(layers[1](hidden, edges, weights), dim=1)[rows], labels[rows])
        loss.backward()
        all_losses.append(loss.item())
        optimizer.step()
    return digits(all_losses)


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else __file__)
    folder = folder if folder.is_dir() else folder.parent
    pairs = make_edges()
    signed = torch.tensor([uniform(WEIGHTS, k, 0) for k in range(len(pairs))])
    positive = signed.clamp(min=0)  # about half of them zero
    edges = torch.tensor(pairs).T
    x = torch.tensor(uniform_matrix(FEATURES, NODES, CHANNELS))
    labels = [hash32(LABELS, v, 0) % CLASSES for v in range(NODES)]
    rows = [v for v in range(NODES) if v % 3 != 1]
    arguments = (torch.tensor(labels), torch.tensor(rows))
    document = dict(
        nodes=NODES,
        channels=CHANNELS,
        classes=CLASSES,
        hidden=HIDDEN,
        learning_rate=LEARNING_RATE,
        feature_stream=FEATURES,
        weight_stream=WEIGHTS,
        parameter_stream=PARAMETERS,
        edges=pairs,
        labels=labels,
        train_rows=rows,
        directed=losses(GCNConv, x, edges, positive, *arguments),
        symmetric=losses(GCNConv, x, *to_undirected(edges, positive, NODES, "add"), *arguments),
        both=losses(Both, x, edges, signed, *arguments),
    )
    (folder / "gcn_weighted.json").write_text(compact(document))


if __name__ == "__main__":
    main()
