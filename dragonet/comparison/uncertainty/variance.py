"""Variance: how far a cross-validated score lies from the true score of models trained like these.

Let b_ij be how training row j changes the loss of row i. Two rows that are in each other's training sets err together, which
adds a term in E[b_ij b_ji] to the variance of independent rows. One cross-validation tells nothing about this term without
bias (Bengio & Grandvalet 2004, "No unbiased estimator of the variance of K-fold cross-validation"), but it is at most the
part of E[b_ij²] that is in the variance of rows already, and two repeats with different folds bound it and estimate it.
"""

import itertools
from dataclasses import dataclass

import numpy as np

from dragonet.comparison.uncertainty.folds import NEVER, Folds


@dataclass(frozen=True)
class Parts:
    """The parts of the variance of a score.

    rows: of independent groups. training: at most what training adds; signed: an estimate of it, which may be negative; both
    nan where there is one repeat. is_mutual: whether rows are in each other's training sets.
    """

    rows: float
    training: float
    signed: float
    is_mutual: bool = True


def variance_parts(moves: np.ndarray, folds: Folds) -> Parts:
    """The parts from the groups' moves in each repeat, (R, G), 0 where a group is not tested.

    rows = Σ_g (mean_r a_gr)². For two repeats r, s with Δ_g = a_gr − a_gs and c = (K − 1 + 1/R)/2: training = c Σ_g Δ_g², and
    signed = c [Σ_f (Σ_{g∈f} Δ_g)² + Σ_f' (Σ_{g∈f'} Δ_g)² − 2 Σ_{f∩f'} (Σ_g Δ_g)²] over the folds f of r, f' of s and what they
    share; the mean over pairs of repeats. Between two repeats only the rows that share a fold change; c scales this up to
    training sets that have nothing in common.
    """
    of_rows = float((moves.mean(axis=0) ** 2).sum())
    repeats, k, fold = folds.repeats, folds.count, folds.of_groups
    is_mutual = not folds.is_expanding and (repeats > 1 or k > 1)
    if repeats == 1 or k == 1 or (fold == NEVER).any():
        return Parts(of_rows, np.nan, np.nan, is_mutual)
    c = (k - 1 + 1 / repeats) / 2
    most, signed = [], []
    for r, s in itertools.combinations(range(repeats), 2):
        change = moves[r] - moves[s]
        of_folds = [(np.bincount(label, change) ** 2).sum() for label in (fold[r], fold[s], fold[r] * k + fold[s])]
        most.append(c * (change**2).sum())
        signed.append(c * (of_folds[0] + of_folds[1] - 2 * of_folds[2]))
    return Parts(of_rows, float(np.mean(most)), float(np.mean(signed)), is_mutual)


def total_variance(parts: Parts, *, is_smooth: bool, is_random: bool, is_grouped: bool, least: float = 0.0) -> float:
    """rows + what training adds, and not below `least`.

    is_smooth: a small change of a model changes the score a little (R², losses, AUC; not shares of right answers). is_random:
    the models start from random weights, which `training` counts although that does not repeat.
    One repeat: twice the variance of rows, the most that it can be. Rows that are never in each other's training sets (one
    hold-out, or an expanding window): the variance of rows. nan moves: infinite.
    """
    if not np.isfinite(parts.rows):
        return np.inf
    return max(parts.rows + _added(parts, is_smooth, is_random, is_grouped), least)


def _added(parts: Parts, is_smooth: bool, is_random: bool, is_grouped: bool) -> float:
    if not parts.is_mutual:
        return 0.0
    if np.isnan(parts.training):
        return parts.rows
    if is_smooth and not is_random:
        return parts.training
    if is_grouped and not is_random:  # few groups do not tell the sign
        return min(parts.training, parts.rows)
    return min(parts.training, float(np.clip(parts.signed, parts.rows / 2, parts.rows)))


def least_variance(rows: np.ndarray, stratum: np.ndarray, made_up: tuple[float, ...]) -> float:
    """The variance of a sum of strata's means, of independent rows with some made-up rows more, shared by the strata.

    Where few rows are all right their variance is 0, and that is luck. For right answers (0 or 1) two rows of each more (Agresti
    & Coull 1998; shared by K classes: Price & Bonett 2004, "An improved confidence interval for a linear function of binomial
    proportions"); for differences of two models' answers one row of 1 and one of −1 (Bonett & Price 2012); for the placements
    of an AUC, less ½, and differences of them, two rows of 0, which are ranked at random.

    >>> least_variance(np.ones(6), np.zeros(6, int), (0.0, 0.0, 1.0, 1.0))
    0.016
    """
    strata = np.unique(stratum)
    return float(sum(_variance_of_mean(rows[stratum == c], np.array(made_up), 1 / len(strata)) for c in strata))


def _variance_of_mean(rows: np.ndarray, made_up: np.ndarray, weight: float) -> float:
    n = len(rows) + weight * len(made_up)
    mean = (rows.sum() + weight * made_up.sum()) / n
    return (((rows - mean) ** 2).sum() + weight * ((made_up - mean) ** 2).sum()) / n**2


def freedom_of_moves(moves: np.ndarray) -> float:
    """How many values V = Σ_g (mean_r a_gr)² rests on: 2 V² / (Σ_g (mean_r a_gr)⁴ − V²/G), at most G − 1.

    A chi-square variable with so many degrees of freedom has this mean and variance (Satterthwaite 1946). With normal moves it
    is about G; a few large errors make it much smaller. moves: (R, G).
    """
    square = moves.mean(axis=0) ** 2
    spread = ((square - square.mean()) ** 2).sum()
    most = moves.shape[1] - 1.0
    return float(min(most, 2 * square.sum() ** 2 / spread)) if spread > 0 else most


def freedom_of_strata(rows: np.ndarray, stratum: np.ndarray, group: np.ndarray) -> float:
    """How many values a variance of a sum of strata's means rests on: (Σ_c V_c)² / Σ_c V_c²/(G_c − 1), at most G − 1.

    V_c is the variance of the mean of stratum c, and G_c the number of its groups (Welch 1947, "The generalization of
    'Student's' problem when several different population variances are involved").
    """
    of_strata, freedom = [], []
    for c in np.unique(stratum):
        part = rows[stratum == c]
        of_strata.append(part.var() / len(part))
        freedom.append(max(1, len(np.unique(group[stratum == c])) - 1))
    total, most = sum(of_strata), int(group.max())
    if total == 0:
        return float(min(*freedom, most) if freedom else most)
    return float(min(most, total**2 / sum(v**2 / d for v, d in zip(of_strata, freedom, strict=True))))
