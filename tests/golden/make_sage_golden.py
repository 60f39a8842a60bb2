#!/usr/bin/env python3
"""Writes the golden losses and gradients of GraphSAGE, computed by PyTorch Geometric in float64.

sage: 3 x 64 SAGEConv with the mean of the neighbours and batch norm, recipe ogb-sage, on the graph
of make_gcn_golden.py made symmetric. README.md beside this file tells the format.

Usage: make_sage_golden.py [FOLDER]    (default: the folder of this script; needs torch_geometric)
"""

import torch
from torch_geometric.nn import SAGEConv
from torch_geometric.utils import to_undirected

from make_gcn_golden import (CHANNELS, CLASSES, FEATURES, NODES, Net, make_edges, make_meta, output_folder,
                             uniform_matrix, write_case)

HIDDEN = 64


class Sage(Net):
    """Layer i < last: y = BN(SAGEConv(x)), ReLU. Last layer: SAGEConv(x). `a` is the edge_index."""

    def __init__(self, widths, a, batch_norm, weight_scale, dtype=torch.float64):
        super().__init__([widths[0]], None, batch_norm, weight_scale, dtype)
        self.edges, self.batch_norm = a, batch_norm
        last = len(widths) - 2
        self.layers = last + 1
        for i, (fan_in, fan_out) in enumerate(zip(widths, widths[1:])):
            hidden_norm = batch_norm and i < last
            self._add(f"layer{i + 1}.lin_l.weight", fan_in, fan_out, weight_scale, 0.0)
            self._add(f"layer{i + 1}.lin_r.weight", fan_in, fan_out, weight_scale, 0.0)
            self._add(f"layer{i + 1}.lin_l.bias", 1, fan_out, 0.25, 0.0, compare=not hidden_norm)
            if hidden_norm:
                self._add(f"norm{i + 1}.gamma", 1, fan_out, 0.25, 1.0)
                self._add(f"norm{i + 1}.beta", 1, fan_out, 0.25, 0.0)
        self.running = [
            (torch.zeros(w, dtype=dtype), torch.ones(w, dtype=dtype)) for w in (widths[1:-1] if batch_norm else [])
        ]
        # SAGEConv's own parameters are replaced at each call, so that gradients reach ours, which are [in, out].
        self.convs = [SAGEConv(*pair).to(dtype) for pair in zip(widths, widths[1:])]

    def forward(self, x, training):
        for i, conv in enumerate(self.convs, 1):
            parameters = {
                "lin_l.weight": self.tensors[f"layer{i}.lin_l.weight"].T,
                "lin_l.bias": self.tensors[f"layer{i}.lin_l.bias"][0],
                "lin_r.weight": self.tensors[f"layer{i}.lin_r.weight"].T,
            }
            x = torch.func.functional_call(conv, parameters, (x, self.edges))
            if i < self.layers:
                x = torch.relu(self._norm(i, x, training) if self.batch_norm else x)
        return torch.log_softmax(x, dim=1)


def main():
    torch.set_num_threads(1)
    edges = make_edges()
    undirected = to_undirected(torch.tensor(edges).T, num_nodes=NODES)
    x = torch.tensor(uniform_matrix(FEATURES, NODES, CHANNELS))
    meta = dict(make_meta(edges), kind="sage", self_loops=False, features="uniform")
    write_case(output_folder(), "sage", undirected, [CHANNELS, HIDDEN, HIDDEN, CLASSES], True, 0.125, 0.0, x, meta, Sage)


if __name__ == "__main__":
    main()
