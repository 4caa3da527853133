"""Initializers: what the weights are before training."""

from dragonet.core.lazy_exports import contents

# No file may be called as one of the names: once imported, it would stand in the name's place.

__getattr__, __dir__, __all__ = contents(
    __name__,
    {
        "base": "Initializer get serialize deserialize draw",
        "constants": "Zeros Ones Constant Identity zeros ones constant identity IdentityInitializer",
        "distributions": "RandomNormal RandomUniform TruncatedNormal random_normal random_uniform truncated_normal",
        "scaling": "VarianceScaling GlorotNormal GlorotUniform HeNormal HeUniform LecunNormal LecunUniform "
        "variance_scaling glorot_normal glorot_uniform he_normal he_uniform lecun_normal lecun_uniform",
        "rotation": "Orthogonal OrthogonalInitializer orthogonal",
        "fourier": "STFT STFTInitializer stft",
    },
)
