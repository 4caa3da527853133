"""Regularizers: what large weights cost."""

from dragonet.core.lazy_exports import contents

__getattr__, __dir__, __all__ = contents(
    __name__,
    {
        "base": "Regularizer get serialize deserialize",
        "norms": "L1 L2 L1L2 l1 l2 l1_l2",
        "orthogonal": "OrthogonalRegularizer orthogonal_regularizer",
    },
)
