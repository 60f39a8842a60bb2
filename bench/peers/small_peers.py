"""Whole trainings of a 2 x 16 GCN on a small citation graph, as PyTorch Geometric's own example does them.

Dense features with rows that sum up to 1, GCNConv with cached=True, dropout 0.5 before both layers,
Adam at 0.01, an L2 penalty on the first layer. One step trains all seeds, one after the other.
"""

import dataclasses

import numpy as np
import torch
import torch.nn.functional as F

import ogb_raw

HIDDEN, DROPOUT, LEARNING_RATE, DECAY = 16, 0.5, 0.01, 5e-4
WARM_UP = 3  # epochs


@dataclasses.dataclass
class Job:
    x: torch.Tensor  # [n, c]
    y: torch.Tensor  # [n]
    edges: torch.Tensor  # [2, e]
    masks: list  # of train, valid, test: bool [n]
    classes: int
    epochs: int
    seeds: int


def load_job(facts):
    dataset = ogb_raw.RawDataset(facts["folder"])
    total = dataset.features.sum(1, keepdims=True)
    masks = []
    for part in ("train", "valid", "test"):
        masks.append(torch.zeros(dataset.num_nodes, dtype=torch.bool))
        masks[-1][torch.from_numpy(dataset.split[part])] = True
    return Job(
        x=torch.from_numpy(dataset.features / np.where(total > 0, total, 1)),
        y=torch.from_numpy(dataset.labels),
        edges=torch.from_numpy(dataset.symmetric_edges()),
        masks=masks,
        classes=dataset.num_classes,
        epochs=facts["epochs"],
        seeds=facts["seeds"],
    )


class Gcn(torch.nn.Module):
    def __init__(self, job):
        from torch_geometric.nn import GCNConv

        super().__init__()
        self.first = GCNConv(job.x.shape[1], HIDDEN, cached=True)
        self.second = GCNConv(HIDDEN, job.classes, cached=True)

    def forward(self, x, edges):
        x = F.dropout(x, DROPOUT, self.training)
        x = F.relu(self.first(x, edges))
        x = F.dropout(x, DROPOUT, self.training)
        return self.second(x, edges)


@torch.no_grad()
def evaluate(model, forward, job):
    model.eval()
    predicted = forward(job.x, job.edges).argmax(1)
    return [int((predicted[mask] == job.y[mask]).sum()) / int(mask.sum()) for mask in job.masks]


def train(job, seed, epochs, evaluated, compiled):
    torch.manual_seed(seed)
    model = Gcn(job)
    forward = torch.compile(model) if compiled else model
    groups = [dict(params=model.first.parameters(), weight_decay=DECAY), dict(params=model.second.parameters())]
    optimizer = torch.optim.Adam(groups, lr=LEARNING_RATE)
    best = test = 0.0
    for _ in range(epochs):
        model.train()
        optimizer.zero_grad()
        out = forward(job.x, job.edges)
        loss = F.cross_entropy(out[job.masks[0]], job.y[job.masks[0]])
        loss.backward()
        optimizer.step()
        if evaluated:
            _, valid, now = evaluate(model, forward, job)
            best, test = (valid, now) if valid > best else (best, test)
    return test if evaluated else float(loss)


def pyg(job, evaluated=True, compiled=False):
    import torch_geometric

    def step():
        return sum(train(job, seed, job.epochs, evaluated, compiled) for seed in range(job.seeds))

    step.warm_up = lambda: train(job, 0, WARM_UP, evaluated, compiled)
    return step, dict(torch_geometric=torch_geometric.__version__)


PEERS = {
    "pyg": pyg,
    "pyg-compiled": lambda job: pyg(job, compiled=True),
    "pyg-without-evaluation": lambda job: pyg(job, evaluated=False),
}
WITHOUT_TORCH = set()
