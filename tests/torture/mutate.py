#!/usr/bin/env python3
"""Damages every kind of file that Weft reads, and runs the commands that read it.

    python3 tests/torture/mutate.py BUILD [--count 5000] [--jobs 2] [--seed 1] [--memory GB] [--only KIND...]
                                    [--keep FOLDER]

BUILD is a build folder with bin/weft and bin/write_layouts. Each trial damages one file of a small dataset or run, at
random or in its structure with checksums made to fit (mutations.py), and counts as
    crash     a signal, an exit status that is not documented, or a message that is not one line of Weft's
    hang      no end within the limit of time
    silent    where a checksum should have told: another result than from the sound file, and exit status 0
Exits with 1 if there was any. What failed is written to the folder --keep: the damaged file and what was said. Needs
python3 alone.
"""

import argparse
import collections
import concurrent.futures
import http.server
import io
import json
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import zipfile

import mutations
from weft_store import Store

SECONDS = 60
STATUSES = (0, 1, 2, 130)
FOREIGN = re.compile(r"std::|basic_string|vector::|map::at|_M_|json\.exception|filesystem error|sto[idl]+\b|terminate|"
                     r"what\(\)|runtime error|Sanitizer|Assertion|OMP:|libgomp")
RECIPE = ["--recipe", "kipf-gcn", "--hidden", "8", "--threads", "1", "--epochs", "1"]


class Files(http.server.BaseHTTPRequestHandler):
    """Answers with what lies in `served` under the path."""
    served = {}
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = self.served.get(self.path)
        self.send_response(404 if body is None else 200)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_):
        pass


class Weft:
    def __init__(self, program, memory_gb):
        self.program = program
        self.limit = f"ulimit -v {memory_gb * 1_000_000}" if memory_gb else ":"

    def run(self, folder, words):
        """(exit status or None for a hang, stdout, stderr)."""
        shell = f'ulimit -c 0; {self.limit}; exec "$@"'
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "no_proxy": "127.0.0.1"}
        child = subprocess.Popen(["sh", "-c", shell, "sh", self.program, *words], cwd=folder, stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
        try:
            out, err = child.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            state = re.search("State:.*", pathlib.Path(f"/proc/{child.pid}/status").read_text()).group()
            child.kill()
            return None, "", state + child.communicate()[1].decode(errors="replace")
        return child.returncode, out.decode(errors="replace"), err.decode(errors="replace")

    def must(self, folder, *words):
        status, out, err = self.run(folder, words)
        if status != 0:
            sys.exit(f"weft {' '.join(words)}: status {status}: {err}")
        return out


# ---- what a command's result is, for comparison

def plain(_folder, out):
    return re.sub(r"[0-9.e+-]+ seconds|Seconds per epoch.*", "", out)


def description(_folder, out):
    info = json.loads(out)
    return {key: info[key] for key in info if key not in ("cache", "cache_bytes")}


def converted(folder, _out):
    """The arrays of the one cache below the folder; the list of raw files tells times."""
    store = Store(next(folder.rglob("*.weft")))
    return {name: store.content(name) for name in store.names if name != "sources"}


def written(name):
    return lambda folder, _out: (folder / name).read_bytes() if (folder / name).exists() else None


def tree(folder, _out):
    """Files below dataset/ but for the record of the transfer."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("dataset/**/*"))
            if path.is_file() and path.name != "fetched.json"}


INFO = ("info {at} --verify --json --threads 1", description)
TRAIN = ("train {at} " + " ".join(RECIPE) + " --out again", plain)
PREDICT = ("predict run/last.safetensors {at} --threads 1 --out classes.csv", written("classes.csv"))
CONVERT = ("convert {at} --threads 1", converted)
RESUME = ("train {at} --out run --resume --threads 1", written("run/summary.json"))
EVALUATE = ("evaluate {metric} {at} --threads 1", plain)


class Kind:
    """`file` of a copy of the folder `base` is damaged; then `commands` run. `tells`: whether the file has a checksum, so
    that no other result may come of damage. {at} in a command is the dataset."""

    def __init__(self, name, base, file, mutate, commands, tells=False, **words):
        self.name, self.base, self.file, self.mutate = name, base, file, mutate
        self.commands, self.tells, self.words = commands, tells, words


class Torture:
    def __init__(self, build, arguments):
        self.weft = Weft(str((build / "bin/weft").resolve()), arguments.memory)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="weft-mutate-"))
        self.arguments = arguments
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Files)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        layouts = self.folder / "layouts"
        subprocess.run([build / "bin/write_layouts", layouts], check=True)
        self.kinds = self.make_kinds(layouts)
        self.sound = {}

    # ---- sound files

    def base(self, name, source=None):
        folder = self.folder / "base" / name
        folder.mkdir(parents=True)
        if source:
            shutil.copytree(source, folder / source.name)
        return folder

    def own_csv(self, name, zipped):
        """A folder of one's own with 40 nodes, its cache, and a run on it."""
        folder = self.base(name)
        rng = random.Random(7)
        edges = [(rng.randrange(40), rng.randrange(40)) for _ in range(120)]
        labels = [rng.randrange(3) for _ in range(40)]
        files = {"raw/num-node-list": "40", "raw/num-edge-list": "120",
                 "raw/edge": "\n".join(f"{a},{b}" for a, b in edges),
                 "raw/node-feat": "\n".join(f"{label + rng.random():.3f},{rng.random():.3f}" for label in labels),
                 "raw/node-label": "\n".join(map(str, labels)), "raw/node_year": "\n".join(str(2000 + i) for i in range(40)),
                 "raw/edge_weight": "\n".join(f"{rng.random():.3f}" for _ in edges)}
        for part, ids in (("train", range(0, 20)), ("valid", range(20, 30)), ("test", range(30, 40))):
            files[f"split/own/{part}"] = "\n".join(map(str, ids))
        for file, text in files.items():
            path = folder / "own" / (file + (".csv.gz" if zipped else ".csv"))
            path.parent.mkdir(parents=True, exist_ok=True)
            data = (text + "\n").encode()
            path.write_bytes(mutations.gzip.compress(data) if zipped else data)
        return folder

    def with_run(self, folder, at):
        self.weft.must(folder, "train", at, *RECIPE[:-1], "4", "--out", "run")
        return folder

    def converted(self, name, layout):
        folder = self.base(name, layout)
        self.weft.must(folder, "convert", "./" + layout.name)
        return folder

    def make_kinds(self, layouts):
        own = self.with_run(self.own_csv("own", False), "./own")
        zipped = self.own_csv("zipped", True)
        caches = self.folder / "base/cache"
        shutil.copytree(own, caches)
        kinds = [Kind("cache", caches, "own/own.weft", mutations.damage, [INFO, TRAIN, PREDICT], True, at="./own"),
                 Kind("cache, forged", caches, "own/own.weft", mutations.cache, [INFO, TRAIN, PREDICT], at="./own")]
        for layout in ("ogbn_mag", "ogbl_collab", "ogbl_biokg", "ogbl_citation2", "ogbg_molhiv", "ogbg_code2"):
            kinds.append(Kind(f"cache of {layout}, forged", self.converted(f"forged {layout}", layouts / layout),
                              f"{layout}/{layout}.weft", mutations.cache, [INFO, TRAIN], at=f"./{layout}"))
        last, best = "run/last.safetensors", "run/best.safetensors"
        predict_best = (PREDICT[0].replace("last", "best"), PREDICT[1])
        kinds += [
            Kind("checkpoint", own, last, mutations.damage, [PREDICT, RESUME], True, at="./own"),
            Kind("checkpoint, best", own, best, mutations.damage, [predict_best], True, at="./own"),
            Kind("checkpoint, forged", own, last, mutations.checkpoint, [PREDICT, RESUME], at="./own"),
            Kind("config.toml", own, "run/config.toml", mutations.delimited, [RESUME], at="./own"),
            Kind("metrics.jsonl", own, "run/metrics.jsonl", mutations.damage, [RESUME], at="./own"),
            Kind("metrics.jsonl, structure", own, "run/metrics.jsonl", mutations.json_lines, [RESUME], at="./own"),
            Kind("summary.json", own, "run/summary.json", mutations.damage, [RESUME], at="./own"),
            Kind("summary.json, structure", own, "run/summary.json", mutations.json_text, [RESUME], at="./own")]
        for file in ("raw/edge", "raw/edge_weight", "raw/node-feat", "raw/node-label", "raw/num-node-list",
                     "split/own/train"):
            kinds += [Kind(f"{file}.csv", own, f"own/{file}.csv", mutations.damage, [CONVERT, TRAIN], at="./own"),
                      Kind(f"{file}.csv, lines", own, f"own/{file}.csv", mutations.delimited, [CONVERT, TRAIN], at="./own")]
        for file in ("raw/edge", "raw/node-feat", "raw/node-label", "split/own/test"):
            kinds += [Kind(f"{file}.csv.gz", zipped, f"own/{file}.csv.gz", mutations.damage, [CONVERT], True, at="./own"),
                      Kind(f"{file}.csv.gz, lines", zipped, f"own/{file}.csv.gz", mutations.gzipped, [CONVERT], at="./own")]
        return kinds + self.containers(layouts) + self.predictions() + [self.fetched(layouts)]

    def containers(self, layouts):
        papers, ddi = self.base("papers", layouts / "ogbn_papers100M"), self.base("ddi", layouts / "ogbl_ddi")
        vessel = self.base("vessel", layouts / "ogbl_vessel")
        kinds = []
        for name, folder, file, structured in (
                ("data.npz", papers, "ogbn_papers100M/raw/data.npz", mutations.npz),
                ("node-label.npz", papers, "ogbn_papers100M/raw/node-label.npz", mutations.npz),
                ("train.pt", ddi, "ogbl_ddi/split/target/train.pt", mutations.damage),
                ("split_dict.pt", vessel, "ogbl_vessel/split/spatial/split_dict.pt", mutations.torch)):
            at = "./" + file.split("/")[0]
            zipped = zipfile.is_zipfile(folder / file)
            kinds.append(Kind(name, folder, file, mutations.damage, [CONVERT], zipped, at=at))
            kinds.append(Kind(name + ", structure", folder, file, structured, [CONVERT], at=at))
        return kinds

    def predictions(self):
        folder = self.base("predictions")
        rng = random.Random(3)
        rows = [(rng.randrange(2), rng.random()) for _ in range(30)]
        (folder / "p.csv").write_text("y_true,y_pred\n" + "".join(f"{t},{p:.4f}\n" for t, p in rows))
        (folder / "p.json").write_text(json.dumps({"seq_ref": [["get", "name"], []], "seq_pred": [["get"], ["x"]]}))
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
            for name, values in (("y_true", [t for t, _ in rows]), ("y_pred", [p for _, p in rows])):
                head = "{'descr': '<f8', 'fortran_order': False, 'shape': (30, 1), }".ljust(117) + "\n"
                target.writestr(name + ".npy", b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head.encode()
                                + mutations.struct.pack("<30d", *values))
        (folder / "p.npz").write_bytes(out.getvalue())
        roc = {"metric": "--metric rocauc"}
        return [Kind("predictions.csv", folder, "p.csv", mutations.damage, [EVALUATE], at="p.csv", **roc),
                Kind("predictions.csv, fields", folder, "p.csv", mutations.delimited, [EVALUATE], at="p.csv", **roc),
                Kind("predictions.json", folder, "p.json", mutations.damage, [EVALUATE], at="p.json", metric="--metric F1"),
                Kind("predictions.json, structure", folder, "p.json", mutations.json_text, [EVALUATE], at="p.json",
                     metric="--metric F1"),
                Kind("predictions.npz", folder, "p.npz", mutations.damage, [EVALUATE], True, at="p.npz", **roc),
                Kind("predictions.npz, structure", folder, "p.npz", mutations.npz, [EVALUATE], at="p.npz", **roc)]

    def fetched(self, layouts):
        folder = self.base("fetched")
        with zipfile.ZipFile(folder / "arxiv.zip", "w", zipfile.ZIP_DEFLATED) as target:
            for path in sorted((layouts / "ogbn_arxiv").rglob("*")):
                target.write(path, "arxiv/" + str(path.relative_to(layouts / "ogbn_arxiv")))
        def either(rng, data):
            return mutations.damage(rng, data) if rng.random() < 0.5 else mutations.zip_fields(rng, data)
        return Kind("a dataset's zip", folder, "arxiv.zip", either,
                    [("fetch ogbn-arxiv --root dataset --mirror {mirror}", tree)], True)

    # ---- trials

    def words(self, kind, command, folder):
        mirror = ""
        if "{mirror}" in command:
            path = f"/{folder.name}"
            Files.served[path + "/nodeproppred/arxiv.zip"] = (folder / kind.file).read_bytes()
            mirror = f"http://127.0.0.1:{self.server.server_port}{path}"
        return command.format(mirror=mirror, **kind.words).split()

    def results(self, kind, folder):
        """What each command ended in: (words, exit status, stderr, result)."""
        for command, result in kind.commands:
            words = self.words(kind, command, folder)
            status, out, err = self.weft.run(folder, words)
            yield " ".join(words), status, err, result(folder, out) if status == 0 and kind.tells else None

    def copy(self, kind, name):
        folder = self.folder / "work" / name
        shutil.copytree(kind.base, folder, copy_function=shutil.copy2)
        return folder

    def learn(self, kind):
        """The results of the sound file."""
        folder = self.copy(kind, "sound")
        results = list(self.results(kind, folder))
        for words, status, err, _ in results:
            documented = status == 1 and "training knows" in err or "not as it is" in err
            if status != 0 and not documented:
                sys.exit(f"{kind.name}: weft {words}: status {status}: {err}")
        shutil.rmtree(folder)
        return [result for *_, result in results]

    def trial(self, kind, number):
        """The faults found: [(name, words, stderr)]."""
        rng = random.Random(f"{self.arguments.seed}/{kind.name}/{number}")
        folder = self.copy(kind, f"{kind.name} {number}".replace(" ", "_").replace("/", "-").replace(",", ""))
        target = folder / kind.file
        data = target.read_bytes()
        target.write_bytes(kind.mutate(rng, data))
        same = target.read_bytes() == data
        faults = []
        for (words, status, err, result), sound in zip(self.results(kind, folder), self.sound[kind.name]):
            if status is None:
                faults.append(("hang", words, err))
            elif status not in STATUSES or FOREIGN.search(err) or (status != 0 and not is_one_line(err)):
                faults.append(("crash", f"{words}: status {status}", err))
            elif status == 0 and kind.tells and not same and result != sound:
                faults.append(("silent", words, err))
        if faults and self.arguments.keep:
            kept = self.arguments.keep / folder.name
            kept.mkdir(parents=True, exist_ok=True)
            shutil.copy(target, kept)
            (kept / "said.txt").write_text("\n".join(map(str, faults)))
        shutil.rmtree(folder)
        return faults

    def run(self):
        kinds = [k for k in self.kinds if not self.arguments.only or any(o in k.name for o in self.arguments.only)]
        each = -(-self.arguments.count // len(kinds))
        for kind in kinds:
            self.sound[kind.name] = self.learn(kind)
        totals = collections.Counter()
        with concurrent.futures.ThreadPoolExecutor(self.arguments.jobs) as pool:
            for kind in kinds:
                counts = collections.Counter()
                for faults in pool.map(lambda number, kind=kind: self.trial(kind, number), range(each)):
                    counts.update({name for name, *_ in faults})
                    for name, words, err in faults:
                        print(f"    {name}: weft {words}: {err.strip()[-300:]}")
                print(f"{kind.name}: {each} mutations, {counts['crash']} crashes, {counts['hang']} hangs, "
                      + (f"{counts['silent']} silent" if kind.tells else "no checksum to tell by"), flush=True)
                totals.update(counts)
        print(f"all: {each * len(kinds)} mutations, {totals['crash']} crashes, {totals['hang']} hangs, "
              f"{totals['silent']} silent other results")
        shutil.rmtree(self.folder)
        return 1 if totals else 0


def is_one_line(err):
    """Notes and progress may come before; the last line is the error."""
    return err.endswith("\n") and re.split(r"[\r\n]", err.rstrip("\n"))[-1].startswith("weft: ")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=5000, help="mutations in all, as many of each kind")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--memory", type=int, default=4, help="GB that a command may take; 0: any, as sanitizers want")
    parser.add_argument("--only", nargs="*", default=[], help="kinds whose name holds one of these")
    parser.add_argument("--keep", type=pathlib.Path, help="a folder for what failed")
    arguments = parser.parse_args()
    sys.exit(Torture(arguments.build, arguments).run())


if __name__ == "__main__":
    main()
