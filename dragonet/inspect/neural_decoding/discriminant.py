"""Linear discriminant analysis for many labelings of the same rows at once, for permutation tests."""

import numpy as np

_LEAST_SHRINKAGE = 1e-6  # keeps the covariance of one feature, or of constant features, invertible


def discriminate(train: np.ndarray, test: np.ndarray, labels: np.ndarray, classes: int) -> np.ndarray:
    """The class of each test row for each labeling of the training rows: shrinkage LDA with equal priors.

    The features are standardized by the training rows. With their covariance S within the classes, the class means m_k and the
    mean variance μ: δ_k(x) = xᵀ Σ⁻¹ m_k − ½ m_kᵀ Σ⁻¹ m_k, Σ = (1 − γ) S + γ μ I, and the class is the k of the largest δ.
    γ is Ledoit & Wolf's (2004) for the training rows without their labels, so that it is the same for each labeling.
    Shapes: train (n, f), test (m, f), labels (labelings, n) from 0 to classes − 1; the result (labelings, m).

    >>> rows = np.array([[-1.0], [-2.0], [1.0], [2.0]])
    >>> discriminate(rows, np.array([[-3.0], [3.0]]), np.array([[0, 0, 1, 1], [1, 1, 0, 0]]), 2).tolist()
    [[0, 1], [1, 0]]
    """
    # Standardize, then compute in the space that the training rows span, which never has more dimensions than rows.
    mean, sd = train.mean(axis=0), train.std(axis=0)
    sd[sd <= 1e-12 * np.abs(train).max(axis=0)] = 1  # of constant features, up to rounding
    z, x = (train - mean) / sd, (test - mean) / sd
    gamma, mu = _ledoit_wolf(z)
    if z.shape[1] > z.shape[0]:
        z, x = _row_space(z, x)
    n, f = z.shape

    # A is Σ with the covariance of all rows in place of S. Because S = ZᵀZ/n − Σ_k π_k m_k m_kᵀ, each labeling's Σ⁻¹ follows from
    # A⁻¹, which is computed once (Woodbury): Σ⁻¹ Mᵀ = A⁻¹ Mᵀ C, C = (I − D M A⁻¹ Mᵀ)⁻¹, D = (1 − γ) diag(π).
    a = (1 - gamma) * (z.T @ z) / n + (gamma * mu + 1e-12) * np.eye(f)
    members = (labels[:, None, :] == np.arange(classes)[:, None]).astype(z.dtype)  # (labelings, k, n)
    counts = members.sum(axis=2)
    means = (members.reshape(-1, n) @ z) / np.maximum(counts, 1).reshape(-1, 1)  # (labelings · k, f)
    directions = np.linalg.solve(a, means.T)  # A⁻¹ Mᵀ, (f, labelings · k)
    scores = (x @ directions).reshape(len(x), -1, classes).transpose(1, 0, 2)  # (labelings, m, k)
    m = means.reshape(-1, classes, f)
    q = m @ directions.T.reshape(-1, classes, f).transpose(0, 2, 1)  # M A⁻¹ Mᵀ
    c = np.linalg.inv(np.eye(classes) - (1 - gamma) * counts[:, :, None] / n * q)
    scores = scores @ c - 0.5 * np.einsum("lij,lji->li", q, c)[:, None, :]
    scores[np.broadcast_to((counts == 0)[:, None, :], scores.shape)] = -np.inf
    return scores.argmax(axis=2)


def _ledoit_wolf(z: np.ndarray) -> tuple[float, float]:
    """The shrinkage γ of centred rows, and the mean variance μ (Ledoit & Wolf 2004, lemma 3.3)."""
    n, f = z.shape
    mu = float((z**2).sum() / (n * f))
    gram = z.T @ z if f <= n else z @ z.T  # both have the same norm
    norm = (gram**2).sum() / n**2
    delta = norm / f - mu**2
    beta = (((z**2).sum(axis=1) ** 2).sum() / n - norm) / (f * n)
    return (max(min(beta / delta, 1.0), _LEAST_SHRINKAGE) if f > 1 and delta > 0 else _LEAST_SHRINKAGE), mu


def _row_space(z: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both in orthogonal coordinates of the space that the rows of z span; x is projected onto it."""
    values, u = np.linalg.eigh(z @ z.T)
    is_nonzero = values > 1e-10 * values[-1]
    if not is_nonzero.any():  # rows of zeros
        return np.zeros((len(z), 1)), np.zeros((len(x), 1))
    s, u = np.sqrt(values[is_nonzero]), u[:, is_nonzero]
    return u * s, x @ (z.T @ u) / s
