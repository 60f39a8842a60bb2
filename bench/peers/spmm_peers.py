"""The sparse product y = A x in other frameworks: A is the symmetric graph with self-loops, every weight 1."""

import dataclasses

import numpy as np

import ogb_raw


@dataclasses.dataclass
class Job:
    offsets: np.ndarray  # [n + 1]
    cols: np.ndarray  # [e]
    x: np.ndarray  # [n, c]

    @property
    def size(self):
        return (len(self.x), len(self.x))

    @property
    def ones(self):
        return np.ones(len(self.cols), np.float32)


def load_job(facts):
    dataset = ogb_raw.RawDataset(facts["folder"])
    offsets, cols, _ = ogb_raw.normalised_csr(dataset)
    x = np.random.default_rng(1).uniform(-1, 1, (dataset.num_nodes, facts["cols"])).astype(np.float32)
    return Job(offsets, cols, x)


def torch_csr(job, index=np.int64):
    import torch

    offsets, cols, ones, x = map(torch.from_numpy, (job.offsets.astype(index), job.cols.astype(index), job.ones, job.x))
    a = torch.sparse_csr_tensor(offsets, cols, ones, job.size, check_invariants=True)
    return lambda: (a @ x)[0, 0], {}


def torch_csr_int32(job):
    return torch_csr(job, np.int32)


def scipy_csr(job):
    import scipy
    import scipy.sparse

    a = scipy.sparse.csr_matrix((job.ones, job.cols, job.offsets), shape=job.size)
    return lambda: (a @ job.x)[0, 0], dict(scipy=scipy.__version__, numpy=np.__version__)


def dgl_copy_sum(job):
    import dgl
    import torch

    graph = dgl.graph(("csc", (torch.from_numpy(job.offsets), torch.from_numpy(job.cols), [])))
    graph.create_formats_()
    x = torch.from_numpy(job.x)
    return lambda: dgl.ops.copy_u_sum(graph, x)[0, 0], dict(dgl=dgl.__version__)


def torch_sparse(job):
    import torch
    import torch_sparse

    offsets, cols, x = map(torch.from_numpy, (job.offsets, job.cols, job.x))
    a = torch_sparse.SparseTensor(rowptr=offsets, col=cols, sparse_sizes=job.size)
    return lambda: (a @ x)[0, 0], dict(torch_sparse=torch_sparse.__version__)


PEERS = {
    "torch-csr": torch_csr,
    "torch-csr-int32": torch_csr_int32,
    "scipy": scipy_csr,
    "dgl": dgl_copy_sum,
    "torch-sparse": torch_sparse,
}
WITHOUT_TORCH = {"scipy"}
