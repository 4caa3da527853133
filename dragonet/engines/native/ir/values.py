"""The numbers, vectors and addresses of a program that is being written: operators write instructions.

A vector has WIDTH = 16 numbers on every processor: LLVM cuts it into the registers that there are (one of AVX-512, two of AVX2,
four of NEON). So a kernel is written once, and each number comes out of the same operations in the same order everywhere.
"""

from typing import Any

from llvmlite import ir

WIDTH = 16

F32, F64 = ir.FloatType(), ir.DoubleType()
I8, I16, I32, I64 = (ir.IntType(bits) for bits in (8, 16, 32, 64))
PTR, VOID = ir.PointerType(), ir.VoidType()
VF, VI = ir.VectorType(F32, WIDTH), ir.VectorType(I32, WIDTH)


class Value:
    """A number, vector or address of the program to come; operators write instructions.

    a * b + c is one rounding: where a product is added to, the fused multiply-add is written, on every processor alike.
    """

    __slots__ = ("factors", "k", "v")

    def __init__(self, v: Any, k: Any, factors: tuple | None = None):
        self.v, self.k, self.factors = v, k, factors

    @property
    def type(self) -> Any:
        """The LLVM type."""
        return self.v.type

    def _other(self, o: Any) -> "Value":
        if isinstance(o, Value):
            if is_vector(self.type) and not is_vector(o.type):
                return self.k.splat(o)
            return o
        return Value(constant(self.type, o), self.k)

    def _op(self, floating: str, whole: str, o: Any, swap: bool = False) -> "Value":
        if isinstance(o, Value) and is_vector(o.type) and not is_vector(self.type):
            return self.k.splat(self)._op(floating, whole, o, swap)
        a, b = self, self._other(o)
        if swap:
            a, b = b, a
        made = getattr(self.k.ir, floating if is_float(self.type) else whole)(a.v, b.v)
        return Value(made, self.k, (a, b) if floating == "fmul" and is_float(self.type) else None)

    def __add__(self, o: Any) -> "Value":
        o = self._other(o) if not (isinstance(o, Value) and is_vector(o.type)) else o
        if self.factors and self.type == o.type:
            return self.k.fma(*self.factors, o)
        if o.factors and self.type == o.type:
            return self.k.fma(*o.factors, self)
        return self._op("fadd", "add", o)

    __radd__ = __add__

    def __sub__(self, o: Any) -> "Value":
        o = self._other(o) if not (isinstance(o, Value) and is_vector(o.type)) else o
        if o.factors and self.type == o.type:
            return self.k.fma(-o.factors[0], o.factors[1], self)
        if self.factors and self.type == o.type:
            return self.k.fma(*self.factors, -o)
        return self._op("fsub", "sub", o)

    def __rsub__(self, o: Any) -> "Value":
        return self._other(o) - self

    def __mul__(self, o: Any) -> "Value":
        return self._op("fmul", "mul", o)

    __rmul__ = __mul__

    def __truediv__(self, o: Any) -> "Value":
        if self.k.divides_by_products and is_vector(self.type):
            return self * self.k.reciprocal(self._other(o))
        return self._op("fdiv", "udiv", o)

    def __rtruediv__(self, o: Any) -> "Value":
        return self._other(o) / self

    def __floordiv__(self, o: Any) -> "Value":
        return self._op("", "udiv", o)

    def __mod__(self, o: Any) -> "Value":
        return self._op("", "urem", o)

    def __neg__(self) -> "Value":
        return Value(self.k.ir.fneg(self.v), self.k) if is_float(self.type) else 0 - self

    def __and__(self, o: Any) -> "Value":
        return self._op("", "and_", o)

    def __or__(self, o: Any) -> "Value":
        return self._op("", "or_", o)

    def __xor__(self, o: Any) -> "Value":
        return self._op("", "xor", o)

    def __rshift__(self, o: Any) -> "Value":
        return self._op("", "lshr", o)

    def __lshift__(self, o: Any) -> "Value":
        return self._op("", "shl", o)

    def _compare(self, sign: str, o: Any) -> "Value":
        o = self._other(o)
        compare = self.k.ir.fcmp_ordered if is_float(self.type) else self.k.ir.icmp_signed
        return Value(compare(sign, self.v, o.v), self.k)

    def __lt__(self, o: Any) -> "Value":
        return self._compare("<", o)

    def __le__(self, o: Any) -> "Value":
        return self._compare("<=", o)

    def __gt__(self, o: Any) -> "Value":
        return self._compare(">", o)

    def __ge__(self, o: Any) -> "Value":
        return self._compare(">=", o)

    def equals(self, o: Any) -> "Value":
        """Where both are the same number; NaN equals nothing."""
        return self._compare("==", o)

    def below(self, o: Any) -> "Value":
        """self < o, both whole numbers without a sign."""
        return Value(self.k.ir.icmp_unsigned("<", self.v, self._other(o).v), self.k)

    def where(self, yes: Any, no: Any) -> "Value":
        """yes where this truth value holds, else no."""
        like = yes if isinstance(yes, Value) else no
        yes, no = (like._other(one) for one in (yes, no))
        if is_vector(self.type) and not is_vector(yes.type):
            yes, no = self.k.splat(yes), self.k.splat(no)
        return Value(self.k.ir.select(self.v, yes.v, no.v), self.k)

    def maximum(self, o: Any) -> "Value":
        """The larger one; NaN where self is NaN."""
        o = self._other(o)
        return (self < o).where(o, self)

    def minimum(self, o: Any) -> "Value":
        """The smaller one; NaN where self is NaN."""
        o = self._other(o)
        return (self > o).where(o, self)


class Variable:
    """A place that holds a value."""

    def __init__(self, place: Any, kind: Any, k: Any):
        self._place, self._kind, self._k = place, kind, k

    def get(self) -> Value:
        """What it holds now."""
        return Value(self._k.ir.load(self._place, typ=self._kind), self._k)

    def set(self, value: Value) -> None:
        """Let it hold another value."""
        self._k.ir.store(value.v, self._place)


def is_vector(kind: Any) -> bool:
    """Whether an LLVM type is 16 of something."""
    return isinstance(kind, ir.VectorType)


def is_float(kind: Any) -> bool:
    """Whether an LLVM type is a floating-point number, or 16 of them."""
    return isinstance(kind.element if is_vector(kind) else kind, ir.FloatType | ir.DoubleType)


def constant(kind: Any, number: Any) -> ir.Constant:
    """A number known now; in a vector, 16 times."""
    number = float(number) if is_float(kind) else int(number) if not isinstance(kind, ir.PointerType) else number
    return ir.Constant(kind, [number] * kind.count if is_vector(kind) else number)
