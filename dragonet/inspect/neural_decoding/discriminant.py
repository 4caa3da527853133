"""Linear discriminant analysis for many labelings of the same rows at once, as a permutation test needs it."""

import numpy as np

_LEAST = 1e-6  # of shrinkage: keeps the covariance of one feature, or of constant ones, invertible


def discriminate(train: np.ndarray, test: np.ndarray, labels: np.ndarray, classes: int) -> np.ndarray:
    """The class of each test row for each labeling of the training rows: shrinkage LDA with equal priors.

    With the features standardised by the training rows, S their covariance within the classes, m_k the means of the classes and
    μ the mean variance: δ_k(x) = xᵀ Σ⁻¹ m_k − ½ m_kᵀ Σ⁻¹ m_k, Σ = (1 − γ) S + γ μ I, and the class is the k of the largest δ.
    γ is Ledoit & Wolf's (2004) for the training rows without their labels, so that it is the same for each labeling.
    Shapes: train (n, f), test (m, f), labels (labelings, n) from 0 to classes − 1; the result (labelings, m).

    >>> rows = np.array([[-1.0], [-2.0], [1.0], [2.0]])
    >>> discriminate(rows, np.array([[-3.0], [3.0]]), np.array([[0, 0, 1, 1], [1, 1, 0, 0]]), 2).tolist()
    [[0, 1], [1, 0]]
    """
    # Standardising first, then all in the space that the training rows span: never more dimensions than rows.
    mean, sd = train.mean(axis=0), train.std(axis=0)
    sd[sd <= 1e-12 * np.abs(train).max(axis=0)] = 1  # of constant features, up to rounding
    z, x = (train - mean) / sd, (test - mean) / sd
    gamma, mu = _ledoit_wolf(z)
    if z.shape[1] > z.shape[0]:
        z, x = _spanned(z, x)
    n, f = z.shape

    # A is Σ with the covariance of all rows in the place of S. As S = ZᵀZ/n − Σ_k π_k m_k m_kᵀ, each labeling's Σ⁻¹ follows from
    # A⁻¹, which is computed once (Woodbury): Σ⁻¹ Mᵀ = A⁻¹ Mᵀ C, C = (I − D M A⁻¹ Mᵀ)⁻¹, D = (1 − γ) diag(π).
    a = (1 - gamma) * (z.T @ z) / n + (gamma * mu + 1e-12) * np.eye(f)
    members = (labels[:, None, :] == np.arange(classes)[:, None]).astype(z.dtype)  # (labelings, k, n)
    counts = members.sum(axis=2)
    means = (members.reshape(-1, n) @ z) / np.maximum(counts, 1).reshape(-1, 1)  # (labelings · k, f)
    towards = np.linalg.solve(a, means.T)  # A⁻¹ Mᵀ, (f, labelings · k)
    scores = (x @ towards).reshape(len(x), -1, classes).transpose(1, 0, 2)  # (labelings, m, k)
    m = means.reshape(-1, classes, f)
    q = m @ towards.T.reshape(-1, classes, f).transpose(0, 2, 1)  # M A⁻¹ Mᵀ
    c = np.linalg.inv(np.eye(classes) - (1 - gamma) * counts[:, :, None] / n * q)
    scores = scores @ c - 0.5 * np.einsum("lij,lji->li", q, c)[:, None, :]
    scores[np.broadcast_to((counts == 0)[:, None, :], scores.shape)] = -np.inf
    return scores.argmax(axis=2)


def _ledoit_wolf(z: np.ndarray) -> tuple[float, float]:
    """Their γ for centred rows, and the mean variance μ (Ledoit & Wolf 2004, lemma 3.3)."""
    n, f = z.shape
    mu = float((z**2).sum() / (n * f))
    gram = z.T @ z if f <= n else z @ z.T  # of the same norm
    norm = (gram**2).sum() / n**2
    delta = norm / f - mu**2
    beta = (((z**2).sum(axis=1) ** 2).sum() / n - norm) / (f * n)
    return (max(min(beta / delta, 1.0), _LEAST) if f > 1 and delta > 0 else _LEAST), mu


def _spanned(z: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both in orthogonal coordinates of the space that the rows of z span; what of x lies outside it plays no part."""
    values, u = np.linalg.eigh(z @ z.T)
    kept = values > 1e-10 * values[-1]
    if not kept.any():  # rows of zeros
        return np.zeros((len(z), 1)), np.zeros((len(x), 1))
    s = np.sqrt(values[kept])
    return u[:, kept] * s, x @ (z.T @ u[:, kept]) / s
