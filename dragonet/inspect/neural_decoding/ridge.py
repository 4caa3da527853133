"""Ridge regression on blocks of a recording: learned on some, tried on others, for many responses to the same stimulus."""

import itertools

import numpy as np


class Blocks:
    """Rows x (n, p), cut into blocks with gaps between them, and the decompositions that every response needs.

    Everything follows from the sums XᵀX and Xᵀy of the blocks, so that what is left out is a subtraction, and a new response costs
    one product with x. Each block is centred on its own: a constant and slow steps play no part, neither in learning
    nor in a correlation.
    """

    def __init__(self, x: np.ndarray, blocks: int, gap: int, alphas: np.ndarray):
        size = (len(x) - (blocks - 1) * gap) // blocks
        self.parts = [slice(i * (size + gap), i * (size + gap) + size) for i in range(blocks)]
        self.x = [x[part] - x[part].mean(axis=0) for part in self.parts]
        self.alphas, self.rows = alphas, size
        self.grams = np.stack([block.T @ block for block in self.x])  # (blocks, p, p)
        out = [(), *((o,) for o in range(blocks)), *itertools.combinations(range(blocks), 2)]
        total = self.grams.sum(axis=0)
        self.eigen = {left: np.linalg.eigh(total - self.grams[list(left)].sum(axis=0)) for left in out}

    def correlations(self, y: np.ndarray) -> np.ndarray:
        """Of predicted and measured, the mean over the blocks that were left out in turn: y (n, channels) -> (channels,)."""
        xy, yy = self._products(y)
        found = []
        for o in range(len(self.parts)):
            alpha = self._best(xy, yy, (o,))
            w = self._learned(xy, (o,), np.array([alpha]))
            found.append(self._tried(w, o, xy, yy)[0])
        return np.mean(found, axis=0)

    def weights(self, y: np.ndarray) -> tuple[np.ndarray, float]:
        """What all blocks together teach, (p, channels), and the alpha with which they predict one another best."""
        xy, yy = self._products(y)
        alpha = self._best(xy, yy, ())
        return self._learned(xy, (), np.array([alpha]))[0], alpha

    def _products(self, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Xᵀy (blocks, p, channels) and Σy² (blocks, channels) of each block, centred."""
        centred = [y[part] - y[part].mean(axis=0) for part in self.parts]
        xy = np.stack([x.T @ block for x, block in zip(self.x, centred, strict=True)])
        yy = np.stack([(block**2).sum(axis=0) for block in centred])
        yy[yy <= 1e-24 * (y**2).sum(axis=0)] = 0  # a flat channel, up to rounding
        return xy, yy

    def _best(self, xy: np.ndarray, yy: np.ndarray, left: tuple[int, ...]) -> float:
        """The alpha with which the blocks that are not left out predict one another best, over all channels."""
        if len(self.alphas) == 1:
            return float(self.alphas[0])
        inner = [i for i in range(len(self.parts)) if i not in left]
        found = [self._tried(self._learned(xy, tuple(sorted((*left, i))), self.alphas), i, xy, yy) for i in inner]
        return float(self.alphas[np.mean(found, axis=(0, 2)).argmax()])

    def _learned(self, xy: np.ndarray, left: tuple[int, ...], alphas: np.ndarray) -> np.ndarray:
        """w = (XᵀX + n α I)⁻¹ Xᵀy over the blocks that are not left out, for each alpha: (alphas, p, channels)."""
        values, v = self.eigen[left]
        n = self.rows * (len(self.parts) - len(left))
        turned = v.T @ (xy.sum(axis=0) - xy[list(left)].sum(axis=0))
        return v @ (turned / (values[:, None] + n * alphas[:, None, None]))

    def _tried(self, w: np.ndarray, block: int, xy: np.ndarray, yy: np.ndarray) -> np.ndarray:
        """Correlations of predicted and measured in one block, 0 where one of them is constant: (alphas, channels)."""
        along = (w * xy[block]).sum(axis=1)
        norm = np.sqrt(np.maximum((w * (self.grams[block] @ w)).sum(axis=1) * yy[block], 0))
        return np.divide(along, norm, out=np.zeros_like(along), where=norm > 0)
