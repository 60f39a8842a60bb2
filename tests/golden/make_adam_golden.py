#!/usr/bin/env python3
"""Writes adam.json: some steps of torch.optim.Adam in float64 on two small parameter groups.

The second group has weight decay. The gradients include what Adam is sensitive to: zero in every
step, values near epsilon, large values, and one that is zero until the last steps.

Usage: make_adam_golden.py [FOLDER]    (default: the folder of this script)
"""

import json
import pathlib
import sys

import torch

from make_gcn_golden import compact, digits, uniform

STEPS, LEARNING_RATE = 12, 0.01
GROUPS = (dict(size=7, weight_decay=0.0), dict(size=5, weight_decay=0.0625))


def gradient(group, step, i):
    """Exact in float32. Elements 0 to 3 are the special ones, the others alternate in sign."""
    value = uniform(60 + group, step, i)
    scale = {1: 2.0**-27, 2: 2.0**13}.get(i, 1.0)
    silent = i == 0 or (i == 3 and step < STEPS - 3)
    return 0.0 if silent else value * scale


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else __file__)
    folder = folder if folder.is_dir() else folder.parent

    initial = [[uniform(50 + g, 0, i) for i in range(spec["size"])] for g, spec in enumerate(GROUPS)]
    tensors = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in initial]
    optimizer = torch.optim.Adam(
        [dict(params=[t], weight_decay=s["weight_decay"]) for t, s in zip(tensors, GROUPS)], lr=LEARNING_RATE
    )
    groups = [
        dict(weight_decay=s["weight_decay"], initial=v, gradients=[], values=[]) for s, v in zip(GROUPS, initial)
    ]
    for step in range(STEPS):
        for g, (tensor, record) in enumerate(zip(tensors, groups)):
            values = [gradient(g, step, i) for i in range(len(tensor))]
            tensor.grad = torch.tensor(values, dtype=torch.float64)
            record["gradients"].append(values)
        optimizer.step()
        for tensor, record in zip(tensors, groups):
            record["values"].append(digits(tensor.tolist()))
    for tensor, record in zip(tensors, groups):
        record["first_moment"] = digits(optimizer.state[tensor]["exp_avg"].tolist())
        record["second_moment"] = digits(optimizer.state[tensor]["exp_avg_sq"].tolist())

    document = dict(learning_rate=LEARNING_RATE, beta1=0.9, beta2=0.999, epsilon=1e-8, steps=STEPS, groups=groups)
    (folder / "adam.json").write_text(compact(document))


if __name__ == "__main__":
    main()
