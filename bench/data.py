"""The data of the race, from the files that dragonet packages, written where the workers can read it.

The workers read a plain .npz and never import dragonet (but dragonet's own), so that nothing of it is in the peers'
processes. Pixels are float32 in [0, 1], as users write before `fit`: making them is no part of any time.
"""

import numpy as np


def mnist():
    """60,000 images of 28x28, labels 0 to 9."""
    from dragonet.datasets import mnist

    (x, y), _ = mnist.load_data()
    return x.astype("float32") / 255, y


def colours():
    """10,000 images of 32x32x3, made up: MNIST's first digits with two empty pixels around, each in an ink on a paper.

    Inks and papers are drawn with a fixed seed. It is no task of interest, only an amount of work that is always the same.
    """
    x, y = mnist()
    x = np.pad(x[:10_000].reshape(-1, 28, 28, 1), ((0, 0), (2, 2), (2, 2), (0, 0)))
    ink, paper = np.random.default_rng(0).random((2, len(x), 1, 1, 3), "float32")
    return paper + (ink - paper) * x, y[: len(x)]


def dragons():
    """288 dragons, two standardised numbers each (toes and length), three colours."""
    from dragonet.datasets import dragons

    (x, y), _ = dragons.load_data("color")
    return (x - x.mean(axis=0)) / x.std(axis=0), y


def write(name, folder):
    """Write the data set `name` into the folder; returns the file."""
    x, y = {"mnist": mnist, "colours": colours, "dragons": dragons}[name]()
    path = folder / f"{name}.npz"
    np.savez(path, x=x.astype("float32"), y=y.astype("int64"))
    return path
