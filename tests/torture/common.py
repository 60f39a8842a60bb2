"""What the scripts of this folder share: small folders to work in, runs of the program, and what a run left."""

import dataclasses
import hashlib
import http.server
import json
import os
import pathlib
import re
import shutil
import subprocess
import threading
import zipfile

SIZES = ["--nodes", "2000", "--edges", "6000", "--features", "8", "--threads", "1"]
TRAIN = ["train", "./made", "--out", "run", "--epochs", "6", "--runs", "2", "--hidden", "8", "--threads", "1"]
# What a clock says, what was typed, and where the files came from.
VARYING = {"seconds", "seconds_per_epoch", "steps", "date", "url", "command_line", "peak_bytes",
           "device_peak_bytes"}


@dataclasses.dataclass
class Outcome:
    status: int  # 128 + signal where one ended it
    out: str
    err: str

    def last_line(self):
        return self.err.strip().splitlines()[-1] if self.err.strip() else ""

    def is_refusal(self):
        """One line of the program's own, and its exit status for that."""
        return self.status == 1 and self.last_line().startswith("weft: ") and "terminate" not in self.err


class Weft:
    """The program, without the caller's settings."""

    def __init__(self, program):
        self.program = str(pathlib.Path(program).resolve())
        self.env = {k: v for k, v in os.environ.items() if not k.startswith("WEFT_") and k != "OMP_NUM_THREADS"}

    def start(self, arguments, folder, before=(), **more):
        return subprocess.Popen([*before, self.program, *arguments], cwd=folder, env=self.env, text=True,
                                errors="replace", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, **more)

    def end(self, process, limit=120):
        out, err = process.communicate(timeout=limit)
        status = process.returncode
        return Outcome(status if status >= 0 else 128 - status, out, err)

    def run(self, arguments, folder, before=(), **more):
        return self.end(self.start(arguments, folder, before, **more))

    def must(self, arguments, folder):
        outcome = self.run(arguments, folder)
        if outcome.status != 0:
            raise SystemExit(f"weft {' '.join(arguments)}: {outcome.status}: {outcome.err}")
        return outcome


def contents(path):
    data = path.read_bytes()
    if path.suffix not in (".json", ".jsonl"):
        return data
    try:
        rows = [json.loads(data)] if path.suffix == ".json" else [json.loads(line) for line in data.splitlines()]
    except ValueError:
        return data
    return json.dumps([{k: v for k, v in row.items() if k not in VARYING} for row in rows]).encode()


def snapshot(folder):
    """Digests of all files below a folder, by name."""
    return {str(path.relative_to(folder)): hashlib.sha256(contents(path)).hexdigest()[:16]
            for path in sorted(folder.rglob("*")) if path.is_file()}


def difference(now, wanted):
    """The first names that differ; empty where nothing does."""
    names = [name for name in sorted({*now, *wanted}) if now.get(name) != wanted.get(name)]
    kind = {(True, False): "is left over", (False, True): "is missing", (True, True): "differs"}
    return ", ".join(f"{name} {kind[name in now, name in wanted]}" for name in names[:3])


def same_file(path, wanted):
    if not wanted.is_file():
        return False
    a, b = path.stat(), wanted.stat()
    return (a.st_size, a.st_mtime_ns) == (b.st_size, b.st_mtime_ns)


@dataclasses.dataclass
class Case:
    """One command in a folder: what lies there first, and what may be said when all is done already."""

    name: str
    arguments: list
    template: pathlib.Path
    resumes: bool = False  # the same command with --resume is the way on where the first one says so
    done: str = "\0"  # what the command says where nothing is left to do

    def prepare(self, folder):
        """As the template is. Files that are so already stay: caches remember when a raw file was changed."""
        for path in sorted(folder.rglob("*"), reverse=True) if folder.exists() else ():
            wanted = self.template / path.relative_to(folder)
            if path.is_dir() and not wanted.exists():
                path.rmdir()
            elif path.is_file() and not same_file(path, wanted):
                path.unlink()
        for wanted in sorted(self.template.rglob("*")):
            path = folder / wanted.relative_to(self.template)
            if wanted.is_dir():
                path.mkdir(parents=True, exist_ok=True)
            elif not path.exists():
                shutil.copy2(wanted, path)
        folder.mkdir(exist_ok=True)

    def again(self, weft, folder):
        """The same command once more, with --resume where it says so."""
        outcome = weft.run(self.arguments, folder)
        if self.resumes and outcome.status == 1 and "--resume" in outcome.err:
            outcome = weft.run([*self.arguments, "--resume"], folder)
        return outcome

    def is_done(self, outcome):
        return outcome.status == 0 or (outcome.is_refusal() and self.done in outcome.err)


class Mirror:
    """A server on this machine for one dataset's zip, with ranges and an ETag."""

    def __init__(self, data):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                first = re.match(r"bytes=(\d+)-$", self.headers.get("Range", ""))
                begin = int(first.group(1)) if first else 0
                status = 206 if first and begin < len(data) else 200
                body = data[begin:] if status == 206 else data
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("ETag", '"one"')
                self.send_header("Accept-Ranges", "bytes")
                if status == 206:
                    self.send_header("Content-Range", f"bytes {begin}-{len(data) - 1}/{len(data)}")
                self.end_headers()
                try:
                    self.wfile.write(body)
                except OSError:
                    pass  # the other side was killed

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, *_):
                pass  # the other side was killed

        self.server = Server(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def arxiv_zip(made, path):
    """A made graph's files under the names that ogbn-arxiv's zip has."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for file in sorted(made.rglob("*.csv.gz")):
            name = str(file.relative_to(made)).replace("split/random", "split/time")
            archive.write(file, f"arxiv/{name}")
        archive.write(made / "raw/node-label.csv.gz", "arxiv/raw/node_year.csv.gz")
        archive.writestr("arxiv/mapping/README.md", "none\n")
        archive.writestr("arxiv/RELEASE_v1.txt", "")
    return path.read_bytes()


def half_a_run(weft, folder):
    """A run that was killed after its first checkpoint."""
    arguments = [*TRAIN]
    arguments[arguments.index("--epochs") + 1] = "40"
    while True:
        shutil.rmtree(folder / "run", ignore_errors=True)
        process = weft.start(arguments, folder)
        while process.poll() is None and not (folder / "run/last.safetensors").exists():
            pass
        process.kill()
        weft.end(process)
        if (folder / "run/last.safetensors").exists() and not (folder / "run/summary.json").exists():
            return arguments


def make_cases(weft, work):
    """The commands of all scripts here, each with a folder to begin with; and the server that `fetch` needs."""
    templates = work / "templates"
    for name in ("empty", "raw", "converted", "old", "half"):
        (templates / name).mkdir(parents=True)
    weft.must(["synth", "./made", *SIZES, "--raw"], templates / "raw")
    weft.must(["synth", "./made", *SIZES], templates / "converted")
    weft.must(["synth", "./made", *SIZES, "--raw", "--seed", "7"], templates / "old")
    mirror = Mirror(arxiv_zip(templates / "raw/made", work / "arxiv.zip"))
    shutil.copytree(templates / "converted/made", templates / "half/made")
    resumed = half_a_run(weft, templates / "half")
    shutil.copytree(templates / "converted", templates / "trained")
    weft.must(TRAIN, templates / "trained")
    (templates / "trained/run").rename(templates / "trained/model")
    there = "is there already"
    return [
        Case("synth", ["synth", "./made", *SIZES], templates / "empty", done=there),
        Case("synth --raw", ["synth", "./made", *SIZES, "--raw"], templates / "empty", done=there),
        Case("synth --force", ["synth", "./made", *SIZES, "--force"], templates / "old"),
        Case("convert", ["convert", "./made", "--threads", "1"], templates / "raw"),
        Case("fetch", ["fetch", "ogbn-arxiv", "--mirror", mirror.address, "--root", "root"], templates / "empty"),
        Case("train", TRAIN, templates / "converted", resumes=True),
        Case("train --resume", [*resumed, "--resume"], templates / "half"),
        Case("predict", ["predict", "model/best.safetensors", "./made", "--out", "out.npy", "--threads", "1"],
             templates / "trained", done=there),
    ], mirror
