"""Made-up sets in the plane, to see which boundaries a network can learn.

All of them: n points from a seed, noise the standard deviation of a Gaussian added to both coordinates.
Shapes: x (n, 2) float32, y (n,) int64, the classes as equal in size as n allows, unless y follows from x.
"""

import numpy as np

from dragonet.core import arguments, checks, memory_limit

Arrays = tuple[np.ndarray, np.ndarray]


@arguments.checked
def moons(n: int = 300, noise: float = 0.1, seed: int = 0) -> Arrays:
    """Two half moons that reach into each other: no straight line separates them (scikit-learn's make_moons).

    >>> x, y = moons(100)
    >>> x.shape, np.bincount(y).tolist()
    ((100, 2), [50, 50])
    """
    rng, y = _classes("moons", n, noise, seed, classes=2)
    t = rng.uniform(0, np.pi, n)
    upper, lower = (np.cos(t), np.sin(t)), (1 - np.cos(t), 0.5 - np.sin(t))
    return _add_noise(np.where(y == 0, upper, lower).T, noise, rng), y


@arguments.checked
def circles(n: int = 300, noise: float = 0.1, seed: int = 0) -> Arrays:
    """A circle of radius 1 (class 0) around one of radius 1/2 (class 1) (scikit-learn's make_circles).

    >>> x, y = circles(100, noise=0)
    >>> sorted(set(np.hypot(*x.T).round(3).tolist()))
    [0.5, 1.0]
    """
    rng, y = _classes("circles", n, noise, seed, classes=2)
    return _add_noise(_polar(np.where(y == 0, 1.0, 0.5), rng.uniform(0, 2 * np.pi, n)), noise, rng), y


@arguments.checked
def spirals(n: int = 300, arms: int = 2, noise: float = 0.02, turns: float = 1.0, seed: int = 0) -> Arrays:
    """Spiral arms wound around each other (Lang & Witbrock 1988), each a class, from the middle out to radius 1.

    >>> x, y = spirals(90, arms=3)
    >>> np.bincount(y).tolist()
    [30, 30, 30]
    """
    rng, y = _classes("spirals", n, noise, seed, classes=arms, argument="arms")
    r = np.sqrt(rng.uniform(0, 1, n))  # the root, so that the points are not denser in the middle
    return _add_noise(_polar(r, 2 * np.pi * (turns * r + y / arms)), noise, rng), y


@arguments.checked
def checkerboard(n: int = 300, cells: int = 4, noise: float = 0.0, seed: int = 0) -> Arrays:
    """The square from −1 to 1 as a board of cells × cells fields, whose classes alternate.

    >>> x, y = checkerboard(100, cells=4)
    >>> sorted(set(y.tolist()))
    [0, 1]
    """
    rng = _rng("checkerboard", n, noise, seed)
    board = rng.uniform(0, checks.whole("checkerboard", "cells", cells), (n, 2))
    y = np.floor(board).astype(np.int64).sum(axis=1) % 2
    return _add_noise(board * 2 / cells - 1, noise, rng), y


@arguments.checked
def xor(n: int = 300, noise: float = 0.0, seed: int = 0) -> Arrays:
    """Exclusive or: class 1 where one coordinate alone is positive; no perceptron learns it (Minsky & Papert 1969).

    >>> x, y = xor(100)
    >>> np.array_equal(y == 1, (x[:, 0] > 0) != (x[:, 1] > 0))
    True
    """
    return checkerboard(n, 2, noise, seed)


@arguments.checked
def ring(n: int = 300, modes: int = 8, radius: float = 2.0, noise: float = 0.05, seed: int = 0) -> Arrays:
    """Gaussians evenly spaced on a ring: does a GAN find all of them? (Metz et al. 2017). y says which.

    >>> x, y = ring(800)
    >>> np.bincount(y).tolist()
    [100, 100, 100, 100, 100, 100, 100, 100]
    """
    rng, y = _classes("ring", n, noise, seed, classes=modes, argument="modes")
    return _add_noise(_polar(np.full(n, radius), 2 * np.pi * y / modes), noise, rng), y


@arguments.checked
def blobs(n: int = 300, classes: int = 3, noise: float = 1.0, seed: int = 0) -> Arrays:
    """A round Gaussian cloud for each class, its middle drawn from the square from −6 to 6 (scikit-learn's make_blobs).

    >>> x, y = blobs(90)
    >>> np.bincount(y).tolist()
    [30, 30, 30]
    """
    rng, y = _classes("blobs", n, noise, seed, classes=classes)
    memory_limit.check(f"blobs(classes={classes})", memory_limit.bytes_of([(classes, 2)], 8), "Take fewer classes.")
    return _add_noise(rng.uniform(-6, 6, (classes, 2))[y], noise, rng), y


def _rng(who: str, n: int, noise: float, seed: int) -> np.random.Generator:
    memory_limit.check(
        f"{who}(n={n})", memory_limit.bytes_of([(checks.whole(who, "n", n), 6)], 8), "Take fewer points."
    )
    checks.number(who, "noise", noise, 0)
    return np.random.default_rng(checks.whole(who, "seed", seed, least=0))


def _classes(
    who: str, n: int, noise: float, seed: int, *, classes: int, argument: str = "classes"
) -> tuple[np.random.Generator, np.ndarray]:
    rng = _rng(who, n, noise, seed)
    return rng, rng.permutation(np.arange(n) % checks.whole(who, argument, classes))


def _polar(radius: np.ndarray, angle: np.ndarray) -> np.ndarray:
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


def _add_noise(x: np.ndarray, noise: float, rng: np.random.Generator) -> np.ndarray:
    return (x + noise * rng.standard_normal(x.shape)).astype(np.float32)
