"""Which code the native engine writes for the models of the race: a digest of each program's LLVM IR, before it is optimized.

    python bench/emitted_code.py                                       # prints the digests
    python bench/emitted_code.py --write bench/results/emitted-code.json
    python bench/emitted_code.py --compare bench/results/emitted-code.json

A change that only rearranges the engine's files leaves every digest as it was. Names do not count: functions are numbered in the
order in which they are first called, values and blocks in the order in which they first appear. The programs are written for two
processors, whichever this machine has: AVX-512 with 16 lanes and 32 registers, AVX2 with 8 lanes and 16 registers. Nothing is
optimized or run. `--text FOLDER` writes what was digested into files, for `diff`.
"""

import argparse
import dataclasses
import hashlib
import json
import re
import sys
from pathlib import Path

import numpy as np
from models import MODELS
from peers.keras_peer import compiled

import dragonet
from dragonet.engines.native.cpu import compilation, target

PROCESSORS = {
    "avx512": lambda: dataclasses.replace(target.narrower(8), name="16 lanes", registers=32),
    "avx2": lambda: target.narrower(8),
}
PROGRAMS = {
    "train": lambda net, x, y, size: net.fit(x, y, batch_size=size, epochs=1, verbose=0, preflight=False),
    "test": lambda net, x, y, size: net.evaluate(x, y, batch_size=size, verbose=0),
    "predict one row": lambda net, x, y, size: net.predict(x[:1], verbose=0),
}
NAME = re.compile(r'([@%])"([^"]*)"')  # @ before functions, % before values and blocks


class Written(BaseException):
    """Raised where a program would be compiled, with its module; no handler of errors catches it."""


def module_of(program, model):
    """The LLVM module of one of a model's programs, for the processor that `target.host` names."""

    def stop(identity, processor, write):
        raise Written(write().ir)

    rng, rows = np.random.default_rng(0), 2 * model.batch_size
    x = rng.random((rows, *model.input_shape), np.float32)
    net = compiled(dragonet, model, x, engine="native")
    before, compilation.code = compilation.code, stop
    try:
        PROGRAMS[program](net, x, rng.integers(0, 3, rows), model.batch_size)
    except Written as written:
        return written.args[0]
    finally:
        compilation.code = before
    raise RuntimeError("The native engine wrote no program.")


def normalized(module):
    """The text of a module, its functions in the order in which they are first called, with numbers in place of names."""
    bodies = {function.name: function for function in module.functions if function.blocks}
    order = [name for name, function in bodies.items() if function.linkage != "internal"]
    texts = []
    for name in order:  # grows while functions that were not called before are found
        values = {}

        def number(match, values=values):
            sign, name = match.groups()
            if sign == "%":
                return f"%{values.setdefault(name, len(values))}"
            if name not in bodies:
                return f"@{name}"  # an intrinsic, or a function of the system
            if name not in order:
                order.append(name)
            return f"@{order.index(name)}"

        labelled = re.sub(r'^"?([^\s"]+)"?:$', r'%"\1":', str(bodies[name]), flags=re.MULTILINE)
        texts.append(NAME.sub(number, labelled))
    return "".join(texts)


def digests(folder=None):
    """{"model, program, processor": digest}; with a folder, also a file of each text."""
    result, host = {}, target.host
    try:
        for processor, make in PROCESSORS.items():
            target.host = make
            for name, model in MODELS.items():
                for program in PROGRAMS:
                    text = normalized(module_of(program, model))
                    if folder is not None:
                        (folder / f"{name}-{program.split()[0]}-{processor}.ll").write_text(text, encoding="utf-8")
                    result[f"{name}, {program}, {processor}"] = hashlib.sha256(text.encode()).hexdigest()[:16]
    finally:
        target.host = host
    return result


def differences(before, after):
    """A line for each program whose digest changed, appeared or disappeared."""
    return [
        f"{name}: {before.get(name, 'absent')} -> {after.get(name, 'absent')}"
        for name in before | after
        if before.get(name) != after.get(name)
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--compare", type=Path, metavar="FILE", help="list the programs that differ from those of a file"
    )
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the digests to a file")
    parser.add_argument("--text", type=Path, metavar="FOLDER", help="write the normalized code into a folder")
    chosen = parser.parse_args()
    if chosen.text is not None:
        chosen.text.mkdir(parents=True, exist_ok=True)
    now = digests(chosen.text)
    if chosen.write is not None:
        chosen.write.write_text(json.dumps(now, indent=1) + "\n", encoding="utf-8")
    if chosen.compare is None:
        print("\n".join(f"{name}: {digest}" for name, digest in now.items()))
        return
    changed = differences(json.loads(chosen.compare.read_text(encoding="utf-8")), now)
    print("\n".join([*changed, f"{len(changed)} of {len(now)} programs differ"]))
    sys.exit(bool(changed))


if __name__ == "__main__":
    main()
