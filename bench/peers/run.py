#!/usr/bin/env python3
"""Times Weft and other frameworks on the same work, interleaved in one run.

Usage: run.py FOLDER --python PYTHON             a training epoch
       run.py FOLDER --python PYTHON --spmm      the sparse product alone
       run.py FOLDER --python PYTHON --small     whole trainings on small graphs

       run.py dataset/ogbn_arxiv --python build/env-peers/bin/python
       run.py ../shared/datasets/planetoid --python build/env-peers/bin/python --small --markdown

FOLDER is a dataset in OGB's raw layout, whose features may be absent: the epoch's are random, 128
columns, and no accuracy comes out of it. With --small it holds Planetoid's files, <set>/raw/ind.*.
Each peer lives in a process of its own that is stopped while it is not its turn. README.md tells
what is measured and how to install the peers.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile

from contestants import HERE, Peer, WeftEpoch, WeftSmall, WeftSpmm, interleave
import machine  # found where contestants looks
import report

# Named here, because the interpreter that runs this need not have them; worker.py checks.
PEERS = dict(
    epoch=(
        "pyg-default,pyg-cached,pyg-compiled,pyg-sparse-tensor,pyg-csr,pyg-csr-compiled,"
        "torch-csr,torch-csr-compiled,dgl,scipy"
    ),
    spmm="torch-csr,torch-csr-int32,scipy,dgl,torch-sparse",
    small="pyg,pyg-compiled,pyg-without-evaluation",
)
SMALL_SETS = ("cora", "pubmed")


def compete(kind, weft, job, arguments, **facts):
    """Workers start one after the other: a start is as hard on the machine as a turn."""
    contestants = [weft] if weft else []
    for name in (arguments.peers or PEERS[kind]).split(","):
        print(f"starting {name}", file=sys.stderr, flush=True)
        contestants.append(Peer(kind, name, job, arguments))
    try:
        interleave(contestants, arguments.rounds, arguments.count)
    finally:
        for contestant in contestants:
            contestant.close()
    return report.summarise(contestants, rounds=arguments.rounds, threads=arguments.threads, **facts)


def epoch(arguments, scratch):
    weft = WeftEpoch(arguments, scratch) if arguments.weft else None
    title = f"A training epoch, {arguments.folder.name}, 3 x 256 GCN, random features of 128 columns"
    yield compete("epoch", weft, dict(folder=str(arguments.folder)), arguments, title=title)


def spmm(arguments, scratch):
    weft = WeftSpmm(arguments, scratch) if arguments.weft_bench else None
    title = f"The sparse product, {arguments.folder.name} made symmetric with self-loops, {arguments.cols} columns"
    job = dict(folder=str(arguments.folder), cols=arguments.cols)
    yield compete("spmm", weft, job, arguments, title=title)


def small(arguments, scratch):
    """Conversions, of the pickles and to Weft's cache, are in nobody's time."""
    for name in SMALL_SETS:
        folder = scratch / name
        convert = HERE.parents[1] / "tests" / "support" / "planetoid_to_ogb.py"
        subprocess.run([arguments.python, convert, arguments.folder / name / "raw", folder], check=True)
        job = dict(folder=str(folder), epochs=arguments.length, seeds=arguments.seeds)
        title = f"{name}, kipf-gcn, {arguments.length} epochs x {arguments.seeds} seeds: Weft's whole command, the peers' loops"
        weft = WeftSmall(folder, arguments, scratch) if arguments.weft else None
        yield compete("small", weft, job, arguments, title=title)


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--python", required=True, help="the interpreter that has the peers")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--spmm", dest="mode", action="store_const", const="spmm", default="epoch")
    mode.add_argument("--small", dest="mode", action="store_const", const="small")
    parser.add_argument("--weft", default="build/release/bin/weft", help='"" times the peers alone')
    parser.add_argument("--weft-bench", default="build/release/bin/weft-bench", help="for --spmm")
    parser.add_argument("--peers", help="comma separated; default: all that the mode knows")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--count", type=int, help="epochs, products or trainings of a turn; default: 1, 10, 1")
    parser.add_argument("--weft-epochs", type=int, default=5, help="of Weft's turn; it starts anew each time")
    parser.add_argument("--cols", type=int, default=256, help="of --spmm")
    parser.add_argument("--length", type=int, default=200, help="epochs of each training of --small")
    parser.add_argument("--seeds", type=int, default=10, help="trainings in one of --small")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--verbose", action="store_true", help="show what the peers write to stderr")
    parser.add_argument("--markdown", action="store_true", help="print tables to paste")
    parser.add_argument("--json", metavar="FILE")
    arguments = parser.parse_args()
    arguments.count = arguments.count or dict(epoch=1, spmm=10, small=1)[arguments.mode]
    known = PEERS[arguments.mode].split(",")
    unknown = set((arguments.peers or known[0]).split(",")) - set(known)
    if unknown:
        parser.error(f"unknown peer {', '.join(sorted(unknown))}; choose from {', '.join(known)}")
    return arguments


def main():
    arguments = parse()
    results = []
    with tempfile.TemporaryDirectory(prefix="weft-peers-") as scratch:
        for result in dict(epoch=epoch, spmm=spmm, small=small)[arguments.mode](arguments, pathlib.Path(scratch)):
            report.show(result, arguments.markdown)
            results.append(result)
    if arguments.json:
        machine.write_json(arguments.json, results)


if __name__ == "__main__":
    main()
