"""Namespace: the functions that a rule may use beside + − × ÷."""

from typing import Any, Protocol


class Namespace(Protocol):
    """`jax.numpy`, `numpy`, or what an engine has in their place for values of its own."""

    def sqrt(self, x: Any, /) -> Any:
        """√x."""
        ...

    def abs(self, x: Any, /) -> Any:
        """|x|."""
        ...

    def sign(self, x: Any, /) -> Any:
        """−1, 0 or 1."""
        ...

    def maximum(self, x: Any, y: Any, /) -> Any:
        """The larger of the two."""
        ...

    def power(self, x: Any, y: Any, /) -> Any:
        """x to the power of y."""
        ...
