"""The same training job in other frameworks.

The job is OGB's GCN for ogbn-arxiv: symmetric graph with self-loops, 3 layers of 256, batch norm,
ReLU and dropout 0.5 after each layer but the last, log-softmax, negative log-likelihood over the
training rows, Adam at 0.01. Every peer is a function of a Job that returns (step, versions), where
step() trains one epoch and returns its loss as a tensor.
"""

import dataclasses

import numpy as np
import torch
import torch.nn.functional as F

import ogb_raw

LAYERS, HIDDEN, DROPOUT, LEARNING_RATE = 3, 256, 0.5, 0.01
CHANNELS = 128  # as ogbn-arxiv; the values are random


@dataclasses.dataclass
class Job:
    """Every tensor lies on the device that trains."""

    dataset: ogb_raw.RawDataset
    x: torch.Tensor  # [n, c]
    y: torch.Tensor  # [n]
    train: torch.Tensor  # node ids


def load_job(facts):
    dataset = ogb_raw.RawDataset(facts["folder"])
    x = np.random.default_rng(1).standard_normal((dataset.num_nodes, CHANNELS), dtype=np.float32)
    return Job(dataset, *map(torch.from_numpy, (x, dataset.labels, dataset.split["train"])))


class Gcn(torch.nn.Module):
    """`make_layer(channels in, channels out)`; a layer is called with (x, graph...)."""

    def __init__(self, job, make_layer):
        super().__init__()
        widths = [job.x.shape[1]] + [HIDDEN] * (LAYERS - 1) + [job.dataset.num_classes]
        self.layers = torch.nn.ModuleList(make_layer(i, o) for i, o in zip(widths, widths[1:]))
        self.norms = torch.nn.ModuleList(torch.nn.BatchNorm1d(w) for w in widths[1:-1])
        self.to(job.x.device)

    def forward(self, x, *graph):
        for layer, norm in zip(self.layers, self.norms):
            x = F.dropout(F.relu(norm(layer(x, *graph))), DROPOUT, self.training)
        return self.layers[-1](x, *graph)


def training_step(job, model, *graph, compiled=False):
    """The epoch every peer runs; `graph` is passed on to the model's layers."""
    forward = torch.compile(model) if compiled else model
    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    model.train()

    def step():
        optimizer.zero_grad()
        out = forward(job.x, *graph)[job.train]
        loss = F.nll_loss(F.log_softmax(out, dim=1), job.y[job.train])
        loss.backward()
        optimizer.step()
        return loss.detach()

    return step


def csr_adjacency(job):
    offsets, cols, values = (torch.from_numpy(part).to(job.x.device) for part in ogb_raw.normalised_csr(job.dataset))
    size = (job.dataset.num_nodes, job.dataset.num_nodes)
    return torch.sparse_csr_tensor(offsets, cols, values, size, check_invariants=True)


def pyg_default(job, cached=False):
    """As in PyG's tutorials: an edge_index, normalised in every forward pass, or once."""
    import torch_geometric
    from torch_geometric.nn import GCNConv

    edges = torch.from_numpy(job.dataset.symmetric_edges()).to(job.x.device)
    step = training_step(job, Gcn(job, lambda i, o: GCNConv(i, o, cached=cached)), edges)
    return step, dict(torch_geometric=torch_geometric.__version__)


def pyg_cached(job):
    return pyg_default(job, cached=True)


def pyg_compiled(job):
    """The edge_index under torch.compile, its weights made once: normalising does not compile."""
    import torch_geometric
    from torch_geometric.nn import GCNConv
    from torch_geometric.nn.conv.gcn_conv import gcn_norm

    edges = torch.from_numpy(job.dataset.symmetric_edges()).to(job.x.device)
    graph = gcn_norm(edges, num_nodes=job.dataset.num_nodes)
    model = Gcn(job, lambda i, o: GCNConv(i, o, normalize=False))
    return training_step(job, model, *graph, compiled=True), dict(torch_geometric=torch_geometric.__version__)


def pyg_sparse_tensor(job):
    """PyG on torch-sparse's SparseTensor, which has no wheel for a current torch."""
    import torch_geometric
    import torch_sparse
    from torch_geometric.nn import GCNConv

    offsets, cols, values = map(torch.from_numpy, ogb_raw.normalised_csr(job.dataset))
    size = (job.dataset.num_nodes, job.dataset.num_nodes)
    adjacency = torch_sparse.SparseTensor(rowptr=offsets, col=cols, value=values, sparse_sizes=size)
    step = training_step(job, Gcn(job, lambda i, o: GCNConv(i, o, normalize=False)), adjacency)
    return step, dict(torch_geometric=torch_geometric.__version__, torch_sparse=torch_sparse.__version__)


def pyg_csr(job, compiled=False):
    """PyG on torch's own sparse matrix, normalised once."""
    import torch_geometric
    from torch_geometric.nn import GCNConv

    model = Gcn(job, lambda i, o: GCNConv(i, o, normalize=False))
    step = training_step(job, model, csr_adjacency(job), compiled=compiled)
    return step, dict(torch_geometric=torch_geometric.__version__)


def pyg_csr_compiled(job):
    return pyg_csr(job, compiled=True)


class SymmetricProduct(torch.autograd.Function):
    """A x for a symmetric A, whose gradient is A dy: no transpose is ever made."""

    @staticmethod
    def forward(context, adjacency, x):
        context.adjacency = adjacency
        return adjacency @ x

    @staticmethod
    def backward(context, dy):
        return None, context.adjacency @ dy


class PlainLayer(torch.nn.Module):
    def __init__(self, channels_in, channels_out):
        super().__init__()
        self.linear = torch.nn.Linear(channels_in, channels_out, bias=False)
        self.bias = torch.nn.Parameter(torch.zeros(channels_out))

    def forward(self, x, adjacency):
        return SymmetricProduct.apply(adjacency, self.linear(x)) + self.bias


def plain_torch(job, compiled=False):
    """What someone writes by hand in PyTorch who knows that the matrix is symmetric."""
    return training_step(job, Gcn(job, PlainLayer), csr_adjacency(job), compiled=compiled), {}


def dgl_graph_conv(job):
    import dgl
    from dgl.nn import GraphConv

    rows, cols = job.dataset.symmetric_edges()
    loops = np.arange(job.dataset.num_nodes)
    ends = (np.concatenate([rows, loops]), np.concatenate([cols, loops]))
    graph = dgl.graph(tuple(map(torch.from_numpy, ends)), num_nodes=job.dataset.num_nodes)
    graph.create_formats_()

    class Layer(GraphConv):
        def forward(self, x, graph):  # the argument order of the other peers
            return super().forward(graph, x)

    return training_step(job, Gcn(job, lambda i, o: Layer(i, o, norm="both")), graph), dict(dgl=dgl.__version__)


def plain_torch_compiled(job):
    return plain_torch(job, compiled=True)


def scipy_by_hand(job):
    import scipy_epoch

    return scipy_epoch.training_step(job)


PEERS = {
    "pyg-default": pyg_default,
    "pyg-cached": pyg_cached,
    "pyg-compiled": pyg_compiled,
    "pyg-sparse-tensor": pyg_sparse_tensor,
    "pyg-csr": pyg_csr,
    "pyg-csr-compiled": pyg_csr_compiled,
    "torch-csr": plain_torch,
    "torch-csr-compiled": plain_torch_compiled,
    "dgl": dgl_graph_conv,
    "scipy": scipy_by_hand,
}
WITHOUT_TORCH = {"scipy"}
