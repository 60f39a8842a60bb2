"""Compares what Weft reads from .npy, .npz and .pt files with what NumPy and PyTorch wrote there.

Run by hand, in an environment with numpy and torch, after building the target dump_arrays:
    python3 tests/support/check_containers.py BUILD/tests/data/dump_arrays [FOLDER]
FOLDER takes the files and is made where it is not there; a temporary one otherwise.
"""
import argparse
import collections
import os
import subprocess
import sys
import tempfile
import zlib

import numpy as np
import torch

NEAREST = {"bool": "uint8", "int8": "int32", "int16": "int32", "uint16": "int32", "uint32": "int64",
           "uint64": "int64", "float16": "float32"}
SHAPES = [(), (0,), (1,), (5,), (0, 3), (3, 0), (2, 6), (317, 2), (7, 11, 13), (1, 40, 1)]
TYPES = ["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32",
         "float64"]


def array_line(name, array):
    if isinstance(array, torch.Tensor) and array.dtype == torch.bfloat16:
        kind, data = "bfloat16", array.contiguous().view(torch.int16).numpy()
    else:
        data = np.asarray(array)
        kind = NEAREST.get(data.dtype.name, data.dtype.name)
        data = data.astype(np.dtype(kind).newbyteorder("<"))
    shape = "".join(f"{length}," for length in array.shape)
    return f"{name} {kind} ({shape}) {zlib.crc32(np.ascontiguousarray(data).tobytes()):08x}"


def lines(name, value):
    """What dump_arrays prints for a value."""
    if isinstance(value, (np.ndarray, torch.Tensor)):
        return [array_line(name, value)]
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: (isinstance(key, str), key.encode() if isinstance(key, str) else key))
        return [line for key in keys for line in lines(f"{name}/{key}", value[key])]
    if isinstance(value, (list, tuple)):
        return [f"{name} {len(value)}"] + [
            line for i, item in enumerate(value) for line in lines(f"{name}/{i}", item)]
    if isinstance(value, str):
        return [f"{name} '{value}'"]
    if isinstance(value, (float, np.floating)):
        return [f"{name} %.17g" % value]
    if isinstance(value, np.integer):
        value = int(value)
    return [f"{name} {value}"]


def numpy_arrays():
    draw = np.random.default_rng(1)
    arrays = {}
    for kind in TYPES:
        for order in "CF":
            for i, shape in enumerate(SHAPES):
                values = draw.integers(0, 2 if kind == "bool" else 120, shape)
                if kind.startswith("float") or kind in ("int32", "int64"):
                    values = draw.normal(0, 1000, shape)
                arrays[f"{kind}{order}{i}"] = np.array(values.astype(kind), order=order)
    arrays["bytes"] = np.arange(256, dtype="uint8").repeat(300)
    arrays["swapped"] = np.arange(-5, 5, dtype=">i8")
    arrays["swapped_floats"] = draw.normal(size=(4, 3)).astype(">f4").T
    arrays["halves"] = np.arange(65536, dtype="uint16").view("float16")[:0x7c01]  # all finite ones, and infinity
    arrays["large"] = draw.integers(-2**62, 2**62, (3, 40000)).T
    return arrays


def tensors():
    base = torch.arange(60, dtype=torch.int64)
    out = {"whole": base, "part": base[7:29], "rows": base.view(6, 10)[1:4], "columns": base.view(6, 10)[:, 2:5],
           "transposed": base.view(3, 20).t(), "steps": base[::7], "cube": base.view(3, 4, 5).permute(2, 0, 1),
           "empty": torch.empty(0, 2, dtype=torch.int64), "scalar": torch.tensor(4.5)}
    for kind in (torch.bool, torch.int8, torch.int16, torch.int32, torch.uint8, torch.float16, torch.bfloat16,
                 torch.float32, torch.float64):
        out[str(kind)] = (base.view(6, 10) % 2 if kind == torch.bool else base.view(6, 10) - 0).to(kind)
        out[f"{kind}.t"] = out[str(kind)].t()
    return out


def plain():
    return {"none": None, "yes": True, "no": False, "small": 3, "byte": 200, "word": 70000, "negative": -5,
            "long": -2**40, "longest": 2**63 - 1, "float": -1.5e-300, "text": "grün \u4e16", "empty": "",
            "tuple": (1, ("a", ()), [2]), "list": [], "nested": {"a": {"b": {"c": [1, 2, 3]}}}, 7: "seven",
            "many": list(range(2500)), "texts": ["protein", "drug"] * 1500,
            "distinct": ["".join(("type", str(i))) for i in range(3000)],
            "numpy_float": np.float64(2.5), "numpy_int": np.int64(-9), "numpy_small": np.uint8(250),
            "ordered": collections.OrderedDict(a=1), "long_text": "x" * 70000, "size": torch.Size([2, 3])}


def write_all(folder):
    """Yields each file's path and the lines that Weft has to print for it."""
    arrays = numpy_arrays()
    for name, save in (("stored.npz", np.savez), ("deflated.npz", np.savez_compressed)):
        save(os.path.join(folder, name), **arrays)
        yield os.path.join(folder, name), [line for key in arrays for line in lines("/" + key, arrays[key])]
    for key, array in arrays.items():
        path = os.path.join(folder, key + ".npy")
        np.save(path, array)
        yield path, lines("", array)
    for version in (2, 3):
        path = os.path.join(folder, f"version{version}.npy")
        with open(path, "wb") as file:
            np.lib.format.write_array(file, arrays["large"], version=(version, 0))
        yield path, lines("", arrays["large"])
    contents = {"arrays": arrays, "tensors": tensors(), "plain": plain(), "one": {"edge": arrays["large"]},
                "list": [1, arrays["bytes"]], "nothing": {}}
    for name, value in contents.items():
        for zipped in (False, True):
            for protocol in (2, 3, 4):
                path = os.path.join(folder, f"{name}_{'zip' if zipped else 'legacy'}_{protocol}.pt")
                torch.save(value, path, pickle_protocol=protocol, _use_new_zipfile_serialization=zipped)
                yield path, lines("", torch.load(path))


def refusals(folder):
    """Yields files that have to be refused, and a part of the message."""
    for name, value, part in (
            ("set", {"a": {1, 2}}, ("set", "EMPTY_SET")), ("module", torch.nn.Linear(2, 2), ("torch.nn",)),
            ("function", {"f": os.getcwd}, ("getcwd",)), ("objects", {"a": np.array([1, "a"], object)}, ("'O8'",)),
            ("texts", {"a": np.array(["a"])}, ("'U1'",)), ("parameter", torch.nn.Parameter(torch.ones(2)), ("_rebuild_parameter",)),
            ("expanded", {"a": torch.ones(1).expand(5)}, ("repeats",)), ("huge", {"a": 2**80}, ("an integer has 11 bytes",)),
            ("complex", {"a": torch.ones(2, dtype=torch.complex64)}, ("ComplexFloatStorage",))):
        for zipped in (False, True):
            for protocol in (2, 4):
                path = os.path.join(folder, f"refused_{name}_{zipped}_{protocol}.pt")
                torch.save(value, path, pickle_protocol=protocol, _use_new_zipfile_serialization=zipped)
                yield path, part
    path = os.path.join(folder, "protocol5.pt")
    torch.save({"a": 1}, path, pickle_protocol=5)
    yield path, ("protocol 5",)
    for name, array in (("text", np.array(["a"])), ("object", np.array([None])), ("record", np.zeros(2, "i4,f4")),
                        ("complex", np.zeros(2, "complex64"))):
        path = os.path.join(folder, f"refused_{name}.npy")
        np.save(path, array)
        yield path, ("has values of type",)


def sections(output):
    """The program's lines by file."""
    found = {}
    for line in output.splitlines():
        if line.startswith("== "):
            found[line[3:]] = current = []
        else:
            current.append(line)
    return found


def run(program, paths):
    done = subprocess.run([program, *paths], check=True, capture_output=True)
    return sections(done.stdout.decode())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("folder", nargs="?")
    arguments = parser.parse_args()
    program = arguments.program
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or temporary
        os.makedirs(folder, exist_ok=True)
        wanted = dict(write_all(folder))
        got = run(program, wanted)
        wrong = 0
        for path, expected in wanted.items():
            if got.get(path) == expected:
                continue
            wrong += 1
            print("differs:", path)
            for a, b in zip(expected, got.get(path, [])):
                if a != b:
                    print("  wanted", a, "\n  got   ", b)
                    break
        refused = dict(refusals(folder))
        got = run(program, refused)
        for path, parts in refused.items():
            line = got[path][-1]
            if not line.startswith("! ") or not any(part in line for part in parts):
                wrong += 1
                print("not refused as it should be:", path, line)
    count = sum(len(expected) for expected in wanted.values())
    print(f"numpy {np.__version__}, torch {torch.__version__}: {len(wanted)} files with {count} values, "
          f"{len(refused)} refusals, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
