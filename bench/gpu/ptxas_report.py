#!/usr/bin/env python3
"""What the compiler made of every kernel: registers, shared memory, spills, and how wide its accesses are.

Usage: ptxas_report.py --commands build/release/compile_commands.json [--arch sm_90] [--json FILE]
       ptxas_report.py kernels/cuda/spmm.cu -- -std=c++17 -I .

Each file is compiled once more, for one architecture, with the flags of its entry in
compile_commands.json (or those behind --). Registers, shared memory and spills are what ptxas says;
accesses are counted in the PTX, as instructions and not as times executed: an instruction of 16 bytes
per thread is "wide". Only kernels of namespace weft are reported, not those of CUB.
`weft-bench counters --ptxas FILE` turns registers and shared memory into occupancy.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

ENTRY = re.compile(r"Compiling entry function '(\w+)' for '(\w+)'")
SPILLS = re.compile(r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads")
REGISTERS = re.compile(r"Used (\d+) registers")
SHARED = re.compile(r"(\d+)(?:\+\d+)? bytes smem")
PTX_ENTRY = re.compile(r"\.entry\s+(\w+)\s*\(")
ACCESS = re.compile(r"\b(ld|st)\.(?:\w+\.)*?global\.((?:[\w:]+\.)*)([a-z]+)(\d+)\s")
WIDE_BYTES = 16
# Options that take the next word, and options of their own, that say what to make or for what machine.
DROPPED_WITH_VALUE = {"-o", "-x", "-MF", "-MT", "-MQ", "-arch", "-code", "-gencode", "-t", "--threads"}
DROPPED = re.compile(r"-c$|-dc$|-MD$|-MMD$|--generate-code=|-gencode=|-arch=|-code=|-t=|--threads=|-t\d")


def nvcc_flags(words, source):
    """The words of a compile command without the compiler, the source, the output and the architectures."""
    rest = iter(words)
    compiler = next(word for word in rest if pathlib.Path(word).name.startswith("nvcc"))
    flags = []
    for word in rest:
        if word in DROPPED_WITH_VALUE:
            next(rest)
        elif not DROPPED.match(word) and word != source:
            flags.append(word)
    return compiler, flags


def jobs_in(commands):
    """(nvcc, source, flags, folder to run in) of each .cu file in a compile_commands.json."""
    jobs = []
    for entry in json.loads(pathlib.Path(commands).read_text()):
        if not entry["file"].endswith(".cu") or "nvcc" not in entry["command"]:
            continue  # the host compiler takes them too
        nvcc, flags = nvcc_flags(shlex.split(entry["command"]), entry["file"])
        jobs.append((nvcc, entry["file"], flags, entry["directory"]))
    if not jobs:
        raise SystemExit(f"{commands} has no file for nvcc; configure with a CUDA compiler")
    return jobs


def usable_cores():
    return len(os.sched_getaffinity(0))


def demangled(symbols):
    """Symbol -> name without namespaces, return type and parameters: `spmm_kernel<float, 8>`."""
    filt = shutil.which("c++filt")
    if not filt or not symbols:
        return {symbol: symbol for symbol in symbols}
    out = subprocess.run([filt], input="\n".join(symbols), capture_output=True, text=True, check=True).stdout
    return dict(zip(symbols, map(short_name, out.splitlines())))


def short_name(name):
    depth, begin, end = 0, 0, len(name)
    for i, letter in enumerate(name):
        if letter == "<":
            depth += 1
        elif letter == ">":
            depth -= 1
        elif letter == "(" and depth == 0 and not name.startswith("(anonymous", i):
            end = i
            break
        elif letter in " :" and depth == 0:
            begin = i + 1
    name = re.sub(r"\((?:unsigned )?(?:int|long|bool)\)|\bweft::(?:cuda::)?", "", name[begin:end])
    return name.replace("> >", ">>").replace("> >", ">>")


def read_log(log):
    """What ptxas -v says of each entry function, by symbol."""
    kernels, current = {}, None
    for line in log.splitlines():
        if found := ENTRY.search(line):
            current = kernels[found[1]] = dict(registers=0, shared_bytes=0, stack_bytes=0)
        elif current is None:
            continue
        elif found := SPILLS.search(line):
            keys = ("stack_bytes", "spill_store_bytes", "spill_load_bytes")
            # A function that was not inlined has lines of its own behind its caller's name.
            current.update({key: max(current.get(key, 0), int(n)) for key, n in zip(keys, found.groups())})
        elif found := REGISTERS.search(line):
            current["registers"] = int(found[1])
            shared = SHARED.search(line)
            current["shared_bytes"] = int(shared[1]) if shared else 0
    return kernels


def count_accesses(body):
    counts = dict(loads=0, wide_loads=0, stores=0, wide_stores=0)
    for kind, qualifiers, _, bits in ACCESS.findall(body):
        vector = re.search(r"v(\d)\.", qualifiers)
        bytes_each = int(bits) // 8 * (int(vector[1]) if vector else 1)
        what = "loads" if kind == "ld" else "stores"
        counts[what] += 1
        counts["wide_" + what] += bytes_each >= WIDE_BYTES
    return counts


def read_ptx(text):
    """Accesses of each entry function, by symbol."""
    starts = list(PTX_ENTRY.finditer(text))
    ends = [found.start() for found in starts[1:]] + [len(text)]
    return {start[1]: count_accesses(text[start.start() : end]) for start, end in zip(starts, ends)}


def compile_one(job, arch):
    nvcc, source, flags, folder = job
    with tempfile.TemporaryDirectory(prefix="weft-ptxas-") as scratch:
        command = [nvcc, *flags, f"-arch={arch}", "-cubin", "-Xptxas", "-v", "-keep", "-keep-dir", scratch]
        command += [source, "-o", f"{scratch}/out.cubin"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"{shlex.join(command)}\n{done.stdout}{done.stderr}")
        resources = read_log(done.stdout + done.stderr)
        accesses = {}
        for ptx in pathlib.Path(scratch).glob("*.ptx"):
            accesses.update(read_ptx(ptx.read_text()))
    names = demangled(sorted(resources))
    file = os.path.relpath(os.path.join(folder, source))
    return [
        dict(kernel=names[symbol], file=file, symbol=symbol, **what, **accesses[symbol])
        for symbol, what in resources.items()
        if symbol.startswith("_ZN4weft")
    ]


def version_of(nvcc):
    text = subprocess.run([nvcc, "--version"], capture_output=True, text=True, check=True).stdout
    return next(line.strip() for line in text.splitlines() if "release" in line)


def report(jobs, arch, workers):
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        kernels = [k for found in pool.map(lambda job: compile_one(job, arch), jobs) for k in found]
    kernels.sort(key=lambda k: (k["file"], k["kernel"]))
    return dict(architecture=arch, compiler=version_of(jobs[0][0]), kernels=kernels)


def show(result):
    print(f"{result['architecture']}, {result['compiler']}; accesses are instructions, wide ones of all")
    print(f"{'registers':>9} {'shared':>7} {'stack':>6} {'spilled':>8} {'loads':>8} {'stores':>8}  kernel")
    for k in result["kernels"]:
        spilled = k["spill_store_bytes"] + k["spill_load_bytes"]
        loads, stores = (f"{k['wide_' + what]}/{k[what]}" for what in ("loads", "stores"))
        numbers = f"{k['registers']:9} {k['shared_bytes']:7} {k['stack_bytes']:6} {spilled:8} {loads:>8} {stores:>8}"
        print(f"{numbers}  {k['kernel']}")


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sources", nargs="*", metavar="FILE.cu")
    parser.add_argument("--commands", metavar="FILE", help="compile_commands.json: every .cu file in it")
    parser.add_argument("--nvcc", default="nvcc", help="compiler of FILE.cu; --commands names its own")
    parser.add_argument("--arch", default="sm_90")
    parser.add_argument("--workers", type=int, default=usable_cores())
    parser.add_argument("--json", metavar="FILE", help="the report for programs, beside the table")
    words = sys.argv[1:]
    end = words.index("--") if "--" in words else len(words)
    arguments = parser.parse_args(words[:end])
    arguments.flags = words[end + 1 :]
    if bool(arguments.commands) == bool(arguments.sources):
        parser.error("give --commands or files, one of the two")
    return arguments


def main():
    arguments = parse()
    jobs = [(arguments.nvcc, source, arguments.flags, ".") for source in arguments.sources]
    result = report(jobs or jobs_in(arguments.commands), arguments.arch, arguments.workers)
    show(result)
    if arguments.json:
        pathlib.Path(arguments.json).write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
