"""Constraints: where a weight is put back to after each step."""

from dragonet.core.lazy_exports import contents

__getattr__, __dir__, __all__ = contents(
    __name__,
    {
        "base": "Constraint get serialize deserialize",
        "norms": "MaxNorm MinMaxNorm UnitNorm max_norm min_max_norm unit_norm",
        "signs": "NonNeg non_neg",
    },
)
