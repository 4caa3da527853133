"""Data sets that are in the package: no network, no account. `CATALOGUE` describes them without loading any."""

from dragonet.core.lazy_exports import contents

__getattr__, __dir__, __all__ = contents(
    __name__,
    {
        "mnist": "",
        "digits": "",
        "dragons": "",
        "toy": "moons circles spirals xor checkerboard ring blobs",
        "catalogue": "CATALOGUE",
    },
)
