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


def dragons():
    """288 dragons, two standardised numbers each (toes and length), three colours."""
    from dragonet.datasets import dragons

    (x, y), _ = dragons.load_data("color")
    return (x - x.mean(axis=0)) / x.std(axis=0), y


def write(name, folder):
    """Write the data set `name` into the folder; returns the file."""
    x, y = {"mnist": mnist, "dragons": dragons}[name]()
    path = folder / f"{name}.npz"
    np.savez(path, x=x.astype("float32"), y=y.astype("int64"))
    return path
