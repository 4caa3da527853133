"""Proportions with their uncertainty: Wilson's confidence interval for k of n."""

import math
from dataclasses import dataclass
from statistics import NormalDist

from dragonet.core import arguments, checks, errors


@arguments.checked
def wilson(successes: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Wilson's confidence interval (low, high) of a proportion, for `successes` out of `n` trials (Wilson 1927).

    With p = successes/n and z the normal quantile of the level:
    (p + z²/2n ± z √(p(1 − p)/n + z²/4n²)) / (1 + z²/n). It stays within 0 and 1, and is valid for small n;
    for n = 0 it is (0, 1). Raises ValueError for more successes than trials.

    >>> low, high = wilson(8, 10)
    >>> round(low, 3), round(high, 3)
    (0.49, 0.943)
    """
    n = checks.whole("wilson", "n", n, least=0)
    k = checks.whole("wilson", "successes", successes, least=0)
    if k > n:
        raise errors.value_error("wilson", "no more successes than trials", f"{k} of {n}")
    if not 0 < level < 1:
        raise errors.value_error("wilson", "a level between 0 and 1", errors.short_repr(level), "0.95 is usual.")
    if n == 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf((1 + level) / 2)
    center = k + z**2 / 2
    half_width = z * math.sqrt(k * (n - k) / n + z**2 / 4)
    # For k = 0 and k = n rounding could leave the bounds just outside 0 and 1.
    return max(0.0, (center - half_width) / (n + z**2)), min(1.0, (center + half_width) / (n + z**2))


@dataclass(frozen=True)
class Rate:
    """A proportion with its counts and its Wilson interval; its value is nan for n = 0.

    >>> print(Rate(108, 109))
    0.991 [0.950, 0.998] (108 of 109)
    """

    successes: int
    n: int
    level: float = 0.95

    @property
    def value(self) -> float:
        """successes / n."""
        return self.successes / self.n if self.n else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's (low, high)."""
        return wilson(self.successes, self.n, self.level)

    def __float__(self) -> float:
        return self.value

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.value:.3f} [{low:.3f}, {high:.3f}] ({self.successes} of {self.n})"
