"""A small language for machine code: functions and control flow, loops as `with` blocks; nothing of networks."""

import itertools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from llvmlite import ir

from dragonet.engines.native.ir.instructions import Instructions
from dragonet.engines.native.ir.values import I64, VOID, Index, Value, Variable, constant

Arguments = Mapping[str, ir.Type]


class Module:
    """The functions that are compiled together; a name that is asked for twice is one function.

    target: the processor that the code is for (`cpu.target.Target`).
    """

    def __init__(self, name: str, target: Any):
        self.ir, self.target = ir.Module(name), target
        self._functions: dict[str, ir.Function] = {}

    def function(self, name: str, arguments: Arguments, body: Callable[..., None], public: bool = False) -> ir.Function:
        """The function of this name; the first time, body(k, **arguments) writes it."""
        if name not in self._functions:
            k = Builder(self, name, arguments, public)
            for argument, v in zip(arguments, k.function.args, strict=True):
                v.name = argument
            body(k, **{v.name: Value(v, k) for v in k.function.args})
            k.ir.ret_void()
            self._functions[name] = k.function
        return self._functions[name]


class Builder(Instructions):
    """Writes one function.

    approximates_division: whether vectors are divided by multiplying with an approximate reciprocal.
    """

    def __init__(self, module: Module, name: str, arguments: Arguments, public: bool):
        self.module = module
        self.function = ir.Function(module.ir, ir.FunctionType(VOID, list(arguments.values())), name)
        self.function.attributes.add("nounwind")
        if not public:
            self.function.linkage = "internal"
            self.function.attributes.add("noinline")
        super().__init__(module.ir, self.function)
        self.approximates_division = False

    @contextmanager
    def loop(self, start: Index, stop: Index, step: int = 1) -> Iterator[Value]:
        """A loop of the program over the numbers from start up to, not including, stop."""
        b, before = self.ir, self.ir.block
        head, body, after = (b.append_basic_block(name) for name in ("head", "body", "after"))
        first, end = self.int(start).v, self.int(stop).v
        b.branch(head)
        b.position_at_end(head)
        i = b.phi(I64)
        i.add_incoming(first, before)
        b.cbranch(b.icmp_signed("<", i, end), body, after)
        b.position_at_end(body)
        yield Value(i, self)
        i.add_incoming(b.add(i, constant(I64, step)), b.block)
        b.branch(head)
        b.position_at_end(after)

    @contextmanager
    def when(self, condition: Value) -> Iterator[None]:
        """The instructions written inside run only where the condition is true."""
        with self.ir.if_then(condition.v):
            yield

    def call(self, function: ir.Function, *arguments: Any) -> None:
        """Call a function of the module."""
        kinds = function.function_type.args
        self.ir.call(
            function, [a.v if isinstance(a, Value) else constant(t, a) for a, t in zip(arguments, kinds, strict=True)]
        )

    def variable(self, start: Value) -> Variable:
        """A value that changes while the program runs; LLVM keeps it in a register."""
        with self.ir.goto_entry_block():
            address = self.ir.alloca(start.type)
        variable = Variable(address, start.type, self)
        variable.set(start)
        return variable

    @contextmanager
    def approximate_division(self) -> Iterator[None]:
        """Inside, vectors are divided by multiplying with `reciprocal`, to some units in the last place.

        A processor has one divider, which also computes roots. Where it has nothing else to do meanwhile, multiplying by an
        approximate reciprocal is faster than dividing.
        """
        self.approximates_division = True
        yield
        self.approximates_division = False

    def instruction_count(self) -> int:
        """How many instructions the present block has."""
        return len(self._block.instructions)

    def interleave(self, first: int, last: int) -> None:
        """Spread the block's instructions `first` to `last` evenly among those behind them, which must not depend on them.

        An instruction that waits for a root or a quotient then comes well behind it. A processor looks ahead only so far, and
        would otherwise be idle.
        """
        block = self._block.instructions
        slow, others = block[first:last], block[last:]
        cuts = [
            i + 1
            for i, instruction in enumerate(slow)
            if instruction.opname == "fdiv" or (instruction.opname == "call" and "sqrt" in instruction.callee.name)
        ]
        share = -(-len(others) // (len(cuts) + 1))
        block[first:] = itertools.chain.from_iterable(
            slow[a:b] + others[i * share : (i + 1) * share]
            for i, (a, b) in enumerate(zip([0, *cuts], [*cuts, len(slow)], strict=True))
        )

    @property
    def _block(self) -> Any:
        return self.ir.block
