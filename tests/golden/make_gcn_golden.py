#!/usr/bin/env python3
"""Writes the golden losses and gradients of Weft's models, computed by PyTorch in float64.

Four models on one small graph, without dropout, trained with Adam for 20 epochs:
  gcn_dgl   3 x 256 GCN, recipe dgl-gcn: symmetric graph, no self-loops
  gcn_ogb   3 x 256 GCN, recipe ogb-gcn: symmetric graph with self-loops
  gcn_kipf  2 x 16 GCN, recipe kipf-gcn: row-normalised features, no batch norm, decay on layer 1
  mlp       3 x 64 MLP, recipe ogb-mlp: only the training rows are seen in training

Every input is a formula of integers (`uniform` below) or is written into the JSON, and every
input is exact in float32, so that another program starts from the same numbers. README.md beside
this file tells the format.

Usage: make_gcn_golden.py [FOLDER]    (default: the folder of this script)
"""

import json
import pathlib
import sys

import numpy as np
import torch

NODES, CHANNELS, CLASSES = 60, 12, 5
HUB, ISOLATED = 7, (23, 41, 59)  # the last node too: the edge list alone does not show it
EPOCHS, LEARNING_RATE = 20, 0.01

# Streams of `uniform`. A parameter uses PARAMETERS + its index in the model.
FEATURES, LABELS, EDGES, PARAMETERS = 1, 2, 3, 100


def hash32(stream, row, col):
    """A 32-bit mix of three small integers; all arithmetic is modulo 2^32."""
    mask = 0xFFFFFFFF
    x = (stream * 0x9E3779B1 + row * 0x85EBCA77 + col * 0xC2B2AE3D + 0x165667B1) & mask
    x ^= x >> 16
    x = x * 0x7FEB352D & mask
    x ^= x >> 15
    x = x * 0x846CA68B & mask
    return x ^ (x >> 16)


def uniform(stream, row, col):
    """A value in [-1, 1) with 24 bits, hence the same number in float32 and float64."""
    return (hash32(stream, row, col) >> 8) / 2.0**23 - 1.0


def uniform_matrix(stream, rows, cols):
    return np.array([[uniform(stream, r, c) for c in range(cols)] for r in range(rows)])


def make_edges():
    """A directed edge list: random pairs, a hub, both directions of some, one pair twice."""
    linked = [v for v in range(NODES) if v not in ISOLATED]
    pick = lambda i, side: linked[hash32(EDGES, i, side) % len(linked)]
    edges = [(pick(i, 0), pick(i, 1)) for i in range(120)]
    edges += [(v, HUB) for v in linked if v % 2 == 0]
    edges = list(dict.fromkeys(e for e in edges if e[0] != e[1]))
    edges += [(v, u) for u, v in edges[::9]]
    return edges + [edges[4]]


def propagation(edges, self_loops):
    """D^-1/2 A D^-1/2 of the symmetric graph; a node of degree 0 gets a row of zeros."""
    a = torch.zeros(NODES, NODES, dtype=torch.float64)
    for u, v in edges:
        a[u, v] = a[v, u] = 1.0
    if self_loops:
        a += torch.eye(NODES, dtype=torch.float64)
    degree = a.sum(1)
    scale = torch.where(degree > 0, degree.clamp(min=1).rsqrt(), torch.zeros_like(degree))
    return scale[:, None] * a * scale[None, :]


class Net:
    """Layer i < last: y = BN(A (x W) + b), ReLU. Last layer: A (x W) + b. `a` None: an MLP."""

    def __init__(self, widths, a, batch_norm, weight_scale, dtype=torch.float64):
        self.a = None if a is None else a.to(dtype)
        self.dtype, self.batch_norm = dtype, batch_norm
        self.names, self.tensors, self.specs = [], {}, []
        last = len(widths) - 2
        for i, (fan_in, fan_out) in enumerate(zip(widths, widths[1:])):
            # A bias in front of a batch norm is subtracted again: its gradient is rounding noise.
            hidden_norm = batch_norm and i < last
            self._add(f"layer{i + 1}.weight", fan_in, fan_out, weight_scale, 0.0)
            self._add(f"layer{i + 1}.bias", 1, fan_out, 0.25, 0.0, compare=not hidden_norm)
            if hidden_norm:
                self._add(f"norm{i + 1}.gamma", 1, fan_out, 0.25, 1.0)
                self._add(f"norm{i + 1}.beta", 1, fan_out, 0.25, 0.0)
        self.layers = last + 1
        self.running = [
            (torch.zeros(w, dtype=dtype), torch.ones(w, dtype=dtype))
            for w in (widths[1:-1] if batch_norm else [])
        ]

    def _add(self, name, rows, cols, scale, offset, compare=True):
        stream = PARAMETERS + len(self.names)
        value = offset + scale * uniform_matrix(stream, rows, cols)
        self.tensors[name] = torch.tensor(value, dtype=self.dtype, requires_grad=True)
        self.names.append(name)
        self.specs.append(
            dict(name=name, rows=rows, cols=cols, stream=stream, scale=scale, offset=offset, compare=compare)
        )

    def forward(self, x, training):
        for i in range(1, self.layers + 1):
            x = x @ self.tensors[f"layer{i}.weight"]
            x = (x if self.a is None else self.a @ x) + self.tensors[f"layer{i}.bias"]
            if i < self.layers:
                x = torch.relu(self._norm(i, x, training) if self.batch_norm else x)
        return torch.log_softmax(x, dim=1)

    def _norm(self, i, x, training):
        mean, var = self.running[i - 1]
        gamma, beta = self.tensors[f"norm{i}.gamma"][0], self.tensors[f"norm{i}.beta"][0]
        return torch.nn.functional.batch_norm(x, mean, var, gamma, beta, training, momentum=0.1, eps=1e-5)


def nll(log_probabilities, labels):
    return torch.nn.functional.nll_loss(log_probabilities, labels)


def train(net, x, labels, rows, weight_decay, rows_only):
    """Losses before each step, gradients of step 1, evaluation after the first forward pass."""
    groups = [
        dict(params=[net.tensors[n] for n in net.names if n.startswith("layer1.")], weight_decay=weight_decay),
        dict(params=[net.tensors[n] for n in net.names if not n.startswith("layer1.")], weight_decay=0.0),
    ]
    optimizer = torch.optim.Adam(groups, lr=LEARNING_RATE)
    losses, gradients, evaluation = [], {}, {}
    for epoch in range(1, EPOCHS + 1):
        optimizer.zero_grad()
        out = net.forward(x[rows], True) if rows_only else net.forward(x, True)[rows]
        loss = nll(out, labels[rows])
        loss.backward()
        losses.append(loss.item())
        if epoch == 1:
            gradients = {s["name"]: net.tensors[s["name"]].grad * s["compare"] for s in net.specs}
            evaluation = evaluate(net, x, labels, rows)
        optimizer.step()
    return losses, gradients, evaluation


def evaluate(net, x, labels, rows):
    """Evaluation mode with the initial parameters and running statistics updated once."""
    with torch.no_grad():
        out = net.forward(x, False)
    return dict(
        train_loss=digits(nll(out[rows], labels[rows]).item()),
        loss=digits(nll(out, labels).item()),
        correct=int((out.argmax(1) == labels).sum()),
        running_mean=[digits(m.tolist()) for m, _ in net.running],
        running_var=[digits(v.tolist()) for _, v in net.running],
    )


def digits(value):
    """Twelve significant digits: far below any tolerance, and the same on every machine."""
    return [digits(v) for v in value] if isinstance(value, list) else float(f"{value:.12g}")


def gradient_record(spec, gradient, offset):
    record = dict(spec, gradient_offset=offset)
    if spec["compare"]:
        record["gradient_norm"] = digits(gradient.norm().item())
    return record


def write_case(folder, case, a, widths, batch_norm, weight_scale, weight_decay, x, meta, make_net=Net):
    labels, rows = torch.tensor(meta["labels"]), torch.tensor(meta["train_rows"])
    arguments = (labels, rows, weight_decay, a is None)
    net = make_net(widths, a, batch_norm, weight_scale)
    losses, gradients, evaluation = train(net, x, *arguments)
    single = make_net(widths, a, batch_norm, weight_scale, torch.float32)
    float_losses, float_gradients, _ = train(single, x.float(), *arguments)

    parameters, offset = [], 0
    for spec in net.specs:
        parameters.append(gradient_record(spec, gradients[spec["name"]], offset))
        offset += spec["rows"] * spec["cols"]
    flat = np.concatenate([gradients[n].numpy().ravel() for n in net.names]).astype("<f4")
    flat.tofile(folder / f"{case}.grad.f32")

    document = dict(
        meta,
        case=case,
        layers=len(widths) - 1,
        hidden=widths[1],
        batch_norm=batch_norm,
        learning_rate=LEARNING_RATE,
        weight_decay_layer1=weight_decay,
        losses=digits(losses),
        after_first_forward=evaluation,
        parameters=parameters,
        gradient_values=flat.size,
    )
    (folder / f"{case}.json").write_text(compact(document))
    gap = max(abs(a - b) for a, b in zip(losses, float_losses))
    gradient_gap = max(
        ((gradients[s["name"]] - float_gradients[s["name"]]).norm() / gradients[s["name"]].norm()).item()
        for s in net.specs
        if s["compare"]
    )
    print(f"{case}: loss {losses[0]:.6f} -> {losses[-1]:.6f}; float32 differs by at most {gap:.1e},")
    print(f"  its gradients of step 1 by at most {gradient_gap:.1e} of their norm")


def compact(document):
    """One key per line: readable diffs without one number per line."""
    lines = [f'  {json.dumps(k)}: {json.dumps(v, separators=(",", ":"))}' for k, v in document.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def output_folder():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else __file__)
    return folder if folder.is_dir() else folder.parent


def make_meta(edges):
    """What all cases share."""
    return dict(
        nodes=NODES,
        channels=CHANNELS,
        classes=CLASSES,
        feature_stream=FEATURES,
        formula_check=[[s, r, c, uniform(s, r, c)] for s, r, c in ((1, 0, 0), (1, 59, 11), (100, 3, 250), (104, 255, 7))],
        edges=edges,
        labels=[hash32(LABELS, v, 0) % CLASSES for v in range(NODES)],
        train_rows=[v for v in range(NODES) if v % 3 != 1],
    )


def main():
    folder = output_folder()
    torch.set_num_threads(1)

    edges = make_edges()
    meta = make_meta(edges)
    x = torch.tensor(uniform_matrix(FEATURES, NODES, CHANNELS))
    plain, looped = propagation(edges, False), propagation(edges, True)
    wide, mlp = [CHANNELS, 256, 256, CLASSES], [CHANNELS, 64, 64, CLASSES]

    write_case(folder, "gcn_dgl", plain, wide, True, 0.125, 0.0, x, dict(meta, self_loops=False, features="uniform"))
    write_case(folder, "gcn_ogb", looped, wide, True, 0.125, 0.0, x, dict(meta, self_loops=True, features="uniform"))
    write_case(folder, "mlp", None, mlp, True, 0.125, 0.0, x, dict(meta, features="uniform"))

    positive = x.clamp(min=0)  # like word counts: no negative value, about half of them zero
    positive[ISOLATED[0]] = 0.0  # and one node without any word
    total = positive.sum(1, keepdim=True)
    normalised = positive / torch.where(total > 0, total, torch.ones_like(total))
    kipf = dict(meta, self_loops=True, features="positive, row-normalised", zero_feature_rows=[ISOLATED[0]])
    write_case(folder, "gcn_kipf", looped, [CHANNELS, 16, CLASSES], False, 0.5, 5e-4, normalised, kipf)


if __name__ == "__main__":
    main()
