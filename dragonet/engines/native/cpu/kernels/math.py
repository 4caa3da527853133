"""exp, log, tanh, erf, sin, cos and the like, 16 at a time, written here so that every processor gives the same bits.

Errors are a few units in the last place. Polynomials: exp, log, sin and cos from Moshier's Cephes (1992), tanh and erf the rational
approximations of Eigen (2008).
"""

from collections.abc import Sequence

from dragonet.engines.native.ir.builder import Builder
from dragonet.engines.native.ir.values import VF, VI, Value

_EXP = (1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1)
_LOG = (
    7.0376836292e-2,
    -1.1514610310e-1,
    1.1676998740e-1,
    -1.2420140846e-1,
    1.4249322787e-1,
    -1.6668057665e-1,
    2.0000714765e-1,
    -2.4999993993e-1,
    3.3333331174e-1,
)
_TANH = (
    -2.76076847742355e-16,
    2.00018790482477e-13,
    -8.60467152213735e-11,
    5.12229709037114e-08,
    1.48572235717979e-05,
    6.37261928875436e-04,
    4.89352455891786e-03,
)
_TANH_BELOW = (1.19825839466702e-06, 1.18534705686654e-04, 2.26843463243900e-03, 4.89352518554385e-03)
_ERF = (
    -2.72614225801306e-10,
    2.77068142495902e-08,
    -2.10102402082508e-06,
    -5.69250639462346e-05,
    -7.34990630326855e-04,
    -2.95459980854025e-03,
    -1.60960333262415e-02,
)
_ERF_BELOW = (
    -1.45660718464996e-05,
    -2.13374055278905e-04,
    -1.68282697438203e-03,
    -7.37332916720468e-03,
    -1.42647390514189e-02,
)
_SIN = (-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1)
_COS = (2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2)


def polynomial(k: Builder, x: Value, coefficients: Sequence[float]) -> Value:
    """Horner's scheme, the highest power first."""
    y = k.splat(coefficients[0])
    for c in coefficients[1:]:
        y = k.fma(y, x, k.splat(c))
    return y


def exp(k: Builder, x: Value) -> Value:
    """eˣ = 2ⁿ eʳ, n the nearest whole number to x / ln 2; NaN stays NaN."""
    x = x.maximum(-87.0).minimum(88.3)
    n = k.round(x * 1.44269504088896341)
    r = k.fma(n, k.splat(2.12194440e-4), k.fma(n, k.splat(-0.693359375), x))
    y = k.fma(polynomial(k, r, _EXP), r * r, r) + 1.0
    return y * k.cast("bitcast", (k.cast("fptosi", n, VI) + 127) << 23, VF)


def log(k: Builder, x: Value) -> Value:
    """ln x = e ln 2 + ln m, m near 1, for x above 0; NaN stays NaN."""
    bits = k.cast("bitcast", x, VI)
    e = k.cast("sitofp", (bits >> 23) - 127, VF)
    m = k.cast("bitcast", (bits & 0x7FFFFF) | 0x3F800000, VF)
    large = m > 1.41421356
    z, e = large.where(m * 0.5, m) - 1.0, large.where(e + 1.0, e)
    squared = z * z
    y = z * squared * polynomial(k, z, _LOG) - squared * 0.5 + z
    return x.equals(x).where(k.fma(e, k.splat(0.693147180559945), y), x)


def log1p(k: Builder, u: Value) -> Value:
    """ln(1 + u) for u in [0, 1], also where 1 + u is rounded (Kahan)."""
    w = u + 1.0
    return w.equals(1.0).where(u, u * log(k, w) / (w - 1.0))


def sigmoid(k: Builder, x: Value) -> Value:
    """1 / (1 + e⁻ˣ)."""
    return 1.0 / (exp(k, -x) + 1.0)


def softplus(k: Builder, x: Value) -> Value:
    """ln(1 + eˣ), without overflow."""
    return x.maximum(0.0) + log1p(k, exp(k, -k.abs(x)))


def tanh(k: Builder, x: Value) -> Value:
    """An odd polynomial over an even one, in [−7.9, 7.9], beyond which tanh rounds to ±1."""
    x = x.maximum(-7.90531110763549805).minimum(7.90531110763549805)
    squared = x * x
    return x * polynomial(k, squared, _TANH) / polynomial(k, squared, _TANH_BELOW)


def erf(k: Builder, x: Value) -> Value:
    """An odd polynomial over an even one, in [−4, 4], beyond which erf rounds to ±1."""
    x = x.maximum(-4.0).minimum(4.0)
    squared = x * x
    return x * polynomial(k, squared, _ERF) / polynomial(k, squared, _ERF_BELOW)


def floor(k: Builder, x: Value) -> Value:
    """The largest whole number up to x."""
    n = k.round(x)
    return (n > x).where(n - 1.0, n)


def sin_cos(k: Builder, x: Value) -> tuple[Value, Value]:
    """sin x and cos x, from those of r in [−π/4, π/4], x = n π/2 + r, for |x| up to some thousands."""
    n = k.round(x * 0.636619772367581)
    r = k.fma(n, k.splat(4.37113900018624e-8), k.fma(n, k.splat(-1.57079637050628662), x))
    squared, quarter = r * r, k.cast("fptosi", n, VI)
    sin = r * squared * polynomial(k, squared, _SIN) + r
    cos = squared * squared * polynomial(k, squared, _COS) + (1.0 - squared * 0.5)
    odd = (quarter & 1).equals(1)
    first, second = odd.where(cos, sin), odd.where(sin, cos)
    return (quarter & 2).equals(2).where(-first, first), ((quarter + 1) & 2).equals(2).where(-second, second)
