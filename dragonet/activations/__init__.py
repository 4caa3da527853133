"""Activations: what a layer does to each of its sums; plain functions of an array, under Keras's names.

Each takes x of any shape and gives y of the same shape (glu halves one axis), finite with a finite slope for |x| up to
10⁴, but for exponential, which cannot be.
"""

from dragonet.core.lazy_exports import contents

__getattr__, __dir__, __all__ = contents(
    __name__,
    {
        "lookup": "get serialize deserialize",
        "piecewise_linear": "linear step relu leaky_relu relu6 hard_sigmoid hard_silu hard_swish "
        "hard_tanh hard_shrink soft_shrink threshold sparse_sigmoid",
        "sigmoids": "sigmoid log_sigmoid tanh tanh_shrink softsign",
        "smooth_rectifiers": "softplus squareplus sparse_plus exponential elu selu celu silu swish gelu mish",
        "along_axis": "softmax log_softmax sparsemax glu",
    },
)
