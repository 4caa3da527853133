"""The numbers, vectors and addresses of a program that is being written: operators write instructions.

A vector has WIDTH = 16 numbers on every processor: LLVM cuts it into the registers that there are (one of AVX-512, two of AVX2,
four of NEON). So a kernel is written once, and each number comes out of the same operations in the same order everywhere.
"""

from typing import Any, TypeAlias, TypeGuard, cast

from llvmlite import ir

WIDTH = 16

F32, F64 = ir.FloatType(), ir.DoubleType()
I8, I16, I32, I64 = (ir.IntType(bits) for bits in (8, 16, 32, 64))
PTR, VOID = ir.PointerType(), ir.VoidType()
VF, VI = ir.VectorType(F32, WIDTH), ir.VectorType(I32, WIDTH)

Index: TypeAlias = "Value | int"  # a whole number, of the program or known now
Number: TypeAlias = "Value | int | float"


def pointers(*names: str) -> dict[str, ir.Type]:
    """Arguments of a function that are addresses."""
    return dict.fromkeys(names, PTR)


def integers(*names: str) -> dict[str, ir.Type]:
    """Arguments of a function that are 64-bit whole numbers."""
    return dict.fromkeys(names, I64)


def round_up(n: int, multiple: int = WIDTH) -> int:
    """The smallest multiple that is at least n.

    >>> round_up(17), round_up(17, 4)
    (32, 20)
    """
    return -(-n // multiple) * multiple


class Value:
    """A number, vector or address of the program that is being written; operators write instructions.

    a * b + c is rounded once: a sum with a product is written as the fused multiply-add, on every processor alike.

    v: LLVM's value. k: the Builder of its function (its file imports this one). factors: the two factors of a product of floats.
    """

    __slots__ = ("factors", "k", "v")

    def __init__(self, v: Any, k: Any, factors: "tuple[Value, Value] | None" = None):
        self.v, self.k, self.factors = v, k, factors

    @property
    def type(self) -> Any:
        """The LLVM type."""
        return self.v.type

    def _other(self, o: Number) -> "Value":
        if isinstance(o, Value):
            if is_vector(self.type) and not is_vector(o.type):
                return self.k.splat(o)
            return o
        return Value(constant(self.type, o), self.k)

    def _op(self, floating: str, integer: str, o: Number, swap: bool = False) -> "Value":
        if isinstance(o, Value) and is_vector(o.type) and not is_vector(self.type):
            return self.k.splat(self)._op(floating, integer, o, swap)
        a, b = self, self._other(o)
        if swap:
            a, b = b, a
        result = getattr(self.k.ir, floating if is_float(self.type) else integer)(a.v, b.v)
        return Value(result, self.k, (a, b) if floating == "fmul" and is_float(self.type) else None)

    def __add__(self, o: Number) -> "Value":
        o = self._other(o) if not (isinstance(o, Value) and is_vector(o.type)) else o
        if self.factors and self.type == o.type:
            return self.k.fma(*self.factors, o)
        if o.factors and self.type == o.type:
            return self.k.fma(*o.factors, self)
        return self._op("fadd", "add", o)

    __radd__ = __add__

    def __sub__(self, o: Number) -> "Value":
        o = self._other(o) if not (isinstance(o, Value) and is_vector(o.type)) else o
        if o.factors and self.type == o.type:
            return self.k.fma(-o.factors[0], o.factors[1], self)
        if self.factors and self.type == o.type:
            return self.k.fma(*self.factors, -o)
        return self._op("fsub", "sub", o)

    def __rsub__(self, o: Number) -> "Value":
        return self._other(o) - self

    def __mul__(self, o: Number) -> "Value":
        return self._op("fmul", "mul", o)

    __rmul__ = __mul__

    def __truediv__(self, o: Number) -> "Value":
        if self.k.approximates_division and is_vector(self.type):
            return self * self.k.reciprocal(self._other(o))
        return self._op("fdiv", "udiv", o)

    def __rtruediv__(self, o: Number) -> "Value":
        return self._other(o) / self

    def __floordiv__(self, o: Number) -> "Value":
        return self._op("", "udiv", o)

    def __mod__(self, o: Number) -> "Value":
        return self._op("", "urem", o)

    def __neg__(self) -> "Value":
        return Value(self.k.ir.fneg(self.v), self.k) if is_float(self.type) else 0 - self

    def __and__(self, o: Number) -> "Value":
        return self._op("", "and_", o)

    def __or__(self, o: Number) -> "Value":
        return self._op("", "or_", o)

    def __xor__(self, o: Number) -> "Value":
        return self._op("", "xor", o)

    def __rshift__(self, o: Number) -> "Value":
        return self._op("", "lshr", o)

    def __lshift__(self, o: Number) -> "Value":
        return self._op("", "shl", o)

    def _compare(self, sign: str, o: Number) -> "Value":
        o = self._other(o)
        compare = self.k.ir.fcmp_ordered if is_float(self.type) else self.k.ir.icmp_signed
        return Value(compare(sign, self.v, o.v), self.k)

    def __lt__(self, o: Number) -> "Value":
        return self._compare("<", o)

    def __le__(self, o: Number) -> "Value":
        return self._compare("<=", o)

    def __gt__(self, o: Number) -> "Value":
        return self._compare(">", o)

    def __ge__(self, o: Number) -> "Value":
        return self._compare(">=", o)

    def equals(self, o: Number) -> "Value":
        """Whether both are the same number; NaN equals nothing."""
        return self._compare("==", o)

    def below(self, o: Number) -> "Value":
        """self < o for unsigned whole numbers."""
        return Value(self.k.ir.icmp_unsigned("<", self.v, self._other(o).v), self.k)

    def where(self, yes: Any, no: Number) -> "Value":
        """yes where this truth value holds, else no; at least one of them is a Value, whose type both get."""
        like: Value = yes if isinstance(yes, Value) else cast(Value, no)
        if_true, if_false = like._other(yes), like._other(no)
        if is_vector(self.type) and not is_vector(if_true.type):
            if_true, if_false = self.k.splat(if_true), self.k.splat(if_false)
        return Value(self.k.ir.select(self.v, if_true.v, if_false.v), self.k)

    def maximum(self, o: Number) -> "Value":
        """The larger of the two; NaN where self is NaN."""
        o = self._other(o)
        return (self < o).where(o, self)

    def minimum(self, o: Number) -> "Value":
        """The smaller of the two; NaN where self is NaN."""
        o = self._other(o)
        return (self > o).where(o, self)


class Variable:
    """A value that the program changes while it runs."""

    def __init__(self, address: Any, kind: ir.Type, k: Any):
        self._address, self._kind, self._k = address, kind, k

    def get(self) -> Value:
        """The present value."""
        return Value(self._k.ir.load(self._address, typ=self._kind), self._k)

    def set(self, value: Value) -> None:
        """Replace the value."""
        self._k.ir.store(value.v, self._address)


def is_vector(kind: ir.Type) -> TypeGuard[ir.VectorType]:
    """Whether an LLVM type is a vector."""
    return isinstance(kind, ir.VectorType)


def is_float(kind: ir.Type) -> bool:
    """Whether an LLVM type is a floating-point number, or a vector of them."""
    return isinstance(kind.element if is_vector(kind) else kind, ir.FloatType | ir.DoubleType)


def constant(kind: ir.Type, number: float) -> ir.Constant:
    """A number that is known now; of a vector type, in each lane."""
    if not isinstance(kind, ir.PointerType):
        number = float(number) if is_float(kind) else int(number)
    return ir.Constant(kind, [number] * kind.count if is_vector(kind) else number)
