"""The training epoch of peers.py in numpy and SciPy, its gradients by hand.

SciPy's sparse product runs on one thread; numpy's dense ones on as many as its BLAS takes.
"""

import numpy as np
import scipy
import scipy.sparse

import ogb_raw
import peers

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8
NORM_EPSILON, MOMENTUM = 1e-5, 0.1


class Adam:
    def __init__(self, parameters):
        self.parameters, self.step = parameters, 0
        self.moments = [(np.zeros_like(p), np.zeros_like(p)) for p in parameters]

    def update(self, gradients):
        self.step += 1
        rate = peers.LEARNING_RATE * np.sqrt(1 - BETA2**self.step) / (1 - BETA1**self.step)
        for p, g, (m, v) in zip(self.parameters, gradients, self.moments):
            m += (1 - BETA1) * (g - m)
            v += (1 - BETA2) * (g * g - v)
            p -= (rate * m / (np.sqrt(v) + EPSILON)).astype(np.float32)


class Block:
    """Batch norm, ReLU, dropout."""

    def __init__(self, width):
        self.gamma, self.beta = np.ones(width, np.float32), np.zeros(width, np.float32)
        self.mean, self.variance = np.zeros(width, np.float32), np.ones(width, np.float32)

    def forward(self, x, random):
        mean, variance = x.mean(0), x.var(0)
        self.mean += MOMENTUM * (mean - self.mean)
        self.variance += MOMENTUM * (variance * len(x) / (len(x) - 1) - self.variance)
        self.scale = 1 / np.sqrt(variance + NORM_EPSILON)
        self.xhat = (x - mean) * self.scale
        y = self.xhat * self.gamma + self.beta
        keep = random.random(y.shape, dtype=np.float32) >= peers.DROPOUT
        self.factor = (keep & (y > 0)) * np.float32(1 / (1 - peers.DROPOUT))
        return y * self.factor

    def backward(self, dy):
        g = dy * self.factor
        self.dgamma, self.dbeta = (g * self.xhat).sum(0), g.sum(0)
        return self.gamma * self.scale * (g - (self.dbeta + self.xhat * self.dgamma) / len(g))


def loss_and_gradient(logits, labels):
    shifted = logits - logits.max(1, keepdims=True)
    share = np.exp(shifted)
    total = share.sum(1, keepdims=True)
    share /= total
    every = np.arange(len(labels))
    loss = float((np.log(total[:, 0]) - shifted[every, labels]).mean())
    share[every, labels] -= 1
    return loss, share / len(labels)


def training_step(job):
    offsets, cols, values = ogb_raw.normalised_csr(job.dataset)
    n = job.dataset.num_nodes
    a = scipy.sparse.csr_matrix((values, cols, offsets), shape=(n, n))  # symmetric: its own transpose
    x, rows = job.x.numpy(), job.train.numpy()
    labels = job.y.numpy()[rows]
    random = np.random.default_rng(1)
    widths = [x.shape[1]] + [peers.HIDDEN] * (peers.LAYERS - 1) + [job.dataset.num_classes]
    bound = [np.sqrt(6 / (i + o)) for i, o in zip(widths, widths[1:])]
    w = [random.uniform(-b, b, shape).astype(np.float32) for b, shape in zip(bound, zip(widths, widths[1:]))]
    bias = [np.zeros(width, np.float32) for width in widths[1:]]
    blocks = [Block(width) for width in widths[1:-1]]
    adam = Adam(w + bias + [b.gamma for b in blocks] + [b.beta for b in blocks])

    def step():
        inputs = [x]
        for layer, block in enumerate(blocks):
            inputs.append(block.forward(a @ (inputs[-1] @ w[layer]) + bias[layer], random))
        loss, gradient = loss_and_gradient((a @ (inputs[-1] @ w[-1]) + bias[-1])[rows], labels)
        dy = np.zeros((n, widths[-1]), np.float32)
        dy[rows] = gradient
        dw, dbias = [None] * len(w), [None] * len(w)
        for layer in reversed(range(len(w))):
            dbias[layer] = dy.sum(0)
            dz = a @ dy
            dw[layer] = inputs[layer].T @ dz
            if layer > 0:
                dy = blocks[layer - 1].backward(dz @ w[layer].T)
        adam.update(dw + dbias + [b.dgamma for b in blocks] + [b.dbeta for b in blocks])
        return loss

    return step, dict(scipy=scipy.__version__, numpy=np.__version__)
