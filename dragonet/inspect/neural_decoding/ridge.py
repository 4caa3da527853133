"""Ridge regression cross-validated over blocks of a recording, for many responses to the same stimulus."""

import itertools

import numpy as np


class BlockedRidge:
    """Rows x (n, p), cut into blocks with gaps between them, and the eigendecompositions that every response needs.

    All results follow from the sums XᵀX and Xᵀy of the blocks: leaving blocks out is a subtraction, and a new response needs one
    product with x. Each block is centred on its own, so that a constant or slow drifts influence neither the weights nor the
    correlations.
    """

    def __init__(self, x: np.ndarray, blocks: int, gap: int, alphas: np.ndarray):
        size = (len(x) - (blocks - 1) * gap) // blocks
        self.parts = [slice(i * (size + gap), i * (size + gap) + size) for i in range(blocks)]
        self.x = [x[part] - x[part].mean(axis=0) for part in self.parts]
        self.alphas, self.rows = alphas, size
        self.grams = np.stack([block.T @ block for block in self.x])  # (blocks, p, p)
        left_out = [(), *((i,) for i in range(blocks)), *itertools.combinations(range(blocks), 2)]
        total = self.grams.sum(axis=0)
        self.eigen = {out: np.linalg.eigh(total - self.grams[list(out)].sum(axis=0)) for out in left_out}

    def correlations(self, y: np.ndarray) -> np.ndarray:
        """Correlations of predicted and measured responses, the mean over the test blocks: y (n, channels) -> (channels,)."""
        xy, yy = self._products(y)
        scores = []
        for block in range(len(self.parts)):
            alpha = self._best_alpha(xy, yy, (block,))
            w = self._fit(xy, (block,), np.array([alpha]))
            scores.append(self._score(w, block, xy, yy)[0])
        return np.mean(scores, axis=0)

    def weights(self, y: np.ndarray) -> tuple[np.ndarray, float]:
        """The weights (p, channels) from all blocks, and their alpha, which predicts each block best from the others."""
        xy, yy = self._products(y)
        alpha = self._best_alpha(xy, yy, ())
        return self._fit(xy, (), np.array([alpha]))[0], alpha

    def _products(self, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Xᵀy (blocks, p, channels) and Σy² (blocks, channels) of each block, centred."""
        centred = [y[part] - y[part].mean(axis=0) for part in self.parts]
        xy = np.stack([x.T @ block for x, block in zip(self.x, centred, strict=True)])
        yy = np.stack([(block**2).sum(axis=0) for block in centred])
        yy[yy <= 1e-24 * (y**2).sum(axis=0)] = 0  # a constant channel, up to rounding
        return xy, yy

    def _best_alpha(self, xy: np.ndarray, yy: np.ndarray, left_out: tuple[int, ...]) -> float:
        """The alpha of the best cross-validated predictions within the blocks that are not left out, over all channels."""
        if len(self.alphas) == 1:
            return float(self.alphas[0])
        inner = [i for i in range(len(self.parts)) if i not in left_out]
        scores = [self._score(self._fit(xy, tuple(sorted((*left_out, i))), self.alphas), i, xy, yy) for i in inner]
        return float(self.alphas[np.mean(scores, axis=(0, 2)).argmax()])

    def _fit(self, xy: np.ndarray, left_out: tuple[int, ...], alphas: np.ndarray) -> np.ndarray:
        """w = (XᵀX + n α I)⁻¹ Xᵀy over the blocks that are not left out, for each alpha: (alphas, p, channels)."""
        values, v = self.eigen[left_out]
        n = self.rows * (len(self.parts) - len(left_out))
        rotated = v.T @ (xy.sum(axis=0) - xy[list(left_out)].sum(axis=0))
        return v @ (rotated / (values[:, None] + n * alphas[:, None, None]))

    def _score(self, w: np.ndarray, block: int, xy: np.ndarray, yy: np.ndarray) -> np.ndarray:
        """Correlations of predicted and measured responses in one block, 0 where one is constant: (alphas, channels)."""
        covariance = (w * xy[block]).sum(axis=1)
        norm = np.sqrt(np.maximum((w * (self.grams[block] @ w)).sum(axis=1) * yy[block], 0))
        return np.divide(covariance, norm, out=np.zeros_like(covariance), where=norm > 0)
