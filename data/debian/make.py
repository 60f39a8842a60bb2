#!/usr/bin/env python3
"""Makes the dataset `debian`: Debian's binary packages and their dependencies as a node-classification graph.

Input is a Debian package index (paragraphs of `Field: value` lines, one per binary package): by default what
`apt-cache dumpavail` lists on this machine, or a file given with --packages. Output is OGB's csv layout
(raw/, split/, mapping/). The same input gives the same contents on every machine: everything is sorted, all
hashes are CRC-32 or SHA-256, and the gzip headers hold neither a time nor a name.

    make.py --out DIR                       write the dataset made from this machine's package lists
    make.py --packages FILE --out DIR       the same from a saved index (`-` is standard input)
    make.py --packages FILE --check DIR     build in memory and compare with DIR; exit code 1 if it differs

The rules (which packages are nodes, what an edge, a feature and a split are) are told in README.md beside this
file and carried out below, one function each. The summary on standard output is Markdown, made for that README.
"""

import argparse
import gzip
import hashlib
import io
import re
import subprocess
import sys
import zlib
from collections import Counter, defaultdict
from pathlib import Path

MIN_PACKAGES = 100  # a section with fewer packages is no class
# Sections that say how a package is used by the archive, not what it is about.
EXCLUDED_SECTIONS = frozenset({"debug", "metapackages", "oldlibs", "tasks"})
RELATION_FIELDS = ("Depends", "Pre-Depends", "Recommends", "Suggests", "Enhances")
MAX_PROVIDERS = 3  # a virtual name with more providers (an "any web server") says little about whom it means
NUM_FEATURES = 128
STOP_WORDS = frozenset("a an and by for from in of on the to with".split())
SPLIT_TENTHS = (5, 7)  # below the first tenth: train, below the second: valid, else test
PARTS = ("train", "valid", "test")

RELEASE_NOTE = """\
# Release note for debian

### v1

First version of the rules.
"""

# What is installed or pinned on this machine must not show in the result, nor apt's cache files be rewritten.
DUMPAVAIL = (
    "apt-cache",
    "-o", "Dir::State::status=/dev/null",
    "-o", "Dir::Etc::preferences=/dev/null",
    "-o", "Dir::Etc::preferencesparts=/dev/null",
    "-o", "Dir::Cache::pkgcache=",
    "-o", "Dir::Cache::srcpkgcache=",
    "dumpavail",
)  # fmt: skip


# ---- reading ----


def parse_packages(text):
    """Index text -> {package name: {field: value}}; a folded value keeps its line breaks.

    Paragraphs without a name or a section are left out, and so are those outside main, whose section has the
    area as a prefix (`non-free/libs`). Where an index lists two versions of a package, the later one counts.
    """
    packages = {}
    for paragraph in re.split(r"\n{2,}", text):
        fields = parse_paragraph(paragraph)
        if "Package" in fields and "/" not in fields.get("Section", "/"):
            packages[fields["Package"]] = fields
    return packages


def parse_paragraph(paragraph):
    """One paragraph -> {field: value}."""
    fields = {}
    name = None
    for line in paragraph.split("\n"):  # not splitlines: a description may hold a Unicode line separator
        if line[:1] in (" ", "\t"):
            if name is not None:
                fields[name] += "\n" + line.strip()
        elif ":" in line:
            name, value = line.split(":", 1)
            fields[name] = value.strip()
    return fields


def relation_names(value):
    """The package names in a relation field, alternatives included.

    Versions `(>= 1)`, architectures `[amd64]`, profiles `<!nocheck>` and qualifiers `:any` are dropped.
    """
    entries = (entry.strip() for entry in re.split(r"[,|]", value))
    return [re.split(r"[\s(\[<:]", entry, maxsplit=1)[0] for entry in entries if entry]


def source_package(fields):
    """The source package's name: the field Source without its version, or the package's own name."""
    return fields.get("Source", fields["Package"]).split(" ", 1)[0]


def synopsis(fields):
    """The one-line description, without the long one that some indexes fold below it."""
    return fields.get("Description", "").split("\n", 1)[0]


# ---- nodes, edges, features, labels ----


def class_sections(packages):
    """The sections that are classes, sorted; a section's place is its label."""
    sizes = Counter(fields["Section"] for fields in packages.values())
    return sorted(s for s, size in sizes.items() if size >= MIN_PACKAGES and s not in EXCLUDED_SECTIONS)


def providers(packages):
    """Virtual name -> sorted list of the packages that provide it."""
    by_name = defaultdict(set)
    for package, fields in packages.items():
        for name in relation_names(fields.get("Provides", "")):
            by_name[name].add(package)
    return {name: sorted(found) for name, found in by_name.items()}


def resolve(name, packages, provided_by):
    """The packages a name in a relation stands for: itself, or up to MAX_PROVIDERS providers, or none."""
    if name in packages:
        return [name]
    found = provided_by.get(name, [])
    return found if len(found) <= MAX_PROVIDERS else []


def dependency_edges(packages, nodes):
    """Sorted, distinct (source, target) node indices without self-loops: source names target in a relation."""
    index = {package: i for i, package in enumerate(nodes)}
    provided_by = providers(packages)
    edges = set()
    for source, package in enumerate(nodes):
        for field in RELATION_FIELDS:
            for name in relation_names(packages[package].get(field, "")):
                targets = (index.get(p) for p in resolve(name, packages, provided_by))
                edges.update((source, t) for t in targets if t is not None and t != source)
    return sorted(edges)


def words(line):
    """Lower-case words: the longest runs of Unicode letters and digits, without the stop words."""
    return [word for word in re.findall(r"[^\W_]+", line.lower()) if word not in STOP_WORDS]


def word_counts(line):
    """One line of text -> NUM_FEATURES counts; a word's column is the CRC-32 of its UTF-8 bytes, modulo."""
    counts = [0] * NUM_FEATURES
    for word in words(line):
        counts[zlib.crc32(word.encode()) % NUM_FEATURES] += 1
    return counts


# ---- splits: lists of part numbers (0 train, 1 valid, 2 test), one per node ----


def part_of_tenth(tenth):
    """0..9 -> part, 50/20/30."""
    return sum(tenth >= bound for bound in SPLIT_TENTHS)


def hashed_part(purpose, name):
    """A part that depends on the two texts alone, so a package keeps it when others come and go."""
    digest = hashlib.sha256(f"{purpose}/{name}".encode()).digest()
    return part_of_tenth(int.from_bytes(digest[:8], "big") % 10)


def source_split(packages, nodes):
    """All packages built from one source package fall on one side."""
    return [hashed_part("source", source_package(packages[package])) for package in nodes]


def random_split(nodes):
    return [hashed_part("random", package) for package in nodes]


def popularity_split(nodes, edges):
    """Most depended-upon packages first, equals by name: the first half trains, the least used tenths test."""
    uses = Counter(target for _, target in edges)
    order = sorted(range(len(nodes)), key=lambda node: (-uses[node], nodes[node]))
    parts = [0] * len(nodes)
    for rank, node in enumerate(order):
        parts[node] = part_of_tenth(10 * rank // len(nodes))
    return parts


# ---- the dataset as files ----


def csv_text(rows):
    return "".join(",".join(map(str, row)) + "\n" for row in rows)


def split_files(name, parts):
    """The three index files of a split, indices ascending."""
    return {
        f"split/{name}/{part}.csv": csv_text((node,) for node, own in enumerate(parts) if own == number)
        for number, part in enumerate(PARTS)
    }


def build(text):
    """Index text -> {relative path: text}, csv files without their `.gz`. ValueError when nothing is left."""
    packages = parse_packages(text)
    sections = class_sections(packages)
    nodes = sorted(package for package, fields in packages.items() if fields["Section"] in sections)
    if not nodes:
        raise ValueError(f"no section of the index has {MIN_PACKAGES} packages; is it a whole Packages file?")
    edges = dependency_edges(packages, nodes)
    label = {section: i for i, section in enumerate(sections)}
    sources = [source_package(packages[package]) for package in nodes]
    return {
        "RELEASE_v1.txt": RELEASE_NOTE,
        "raw/edge.csv": csv_text(edges),
        "raw/node-feat.csv": csv_text(word_counts(synopsis(packages[p])) for p in nodes),
        "raw/node-label.csv": csv_text((label[packages[p]["Section"]],) for p in nodes),
        "raw/num-edge-list.csv": csv_text([(len(edges),)]),
        "raw/num-node-list.csv": csv_text([(len(nodes),)]),
        "mapping/labelidx2section.csv": "label idx,section\n" + csv_text(enumerate(sections)),
        "mapping/nodeidx2package.csv": "node idx,package,source package\n"
        + csv_text(zip(range(len(nodes)), nodes, sources)),
        **split_files("source", source_split(packages, nodes)),
        **split_files("popularity", popularity_split(nodes, edges)),
        **split_files("random", random_split(nodes)),
    }


def stored_name(path):
    return path + ".gz" if path.endswith(".csv") else path


def gzipped(data):
    """gzip at level 9 whose header holds no time and no file name."""
    out = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=out, mtime=0) as stream:
        stream.write(data)
    return out.getvalue()


def write(files, folder):
    for path, text in sorted(files.items()):
        target = folder / stored_name(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        data = text.encode()
        target.write_bytes(gzipped(data) if target.suffix == ".gz" else data)


def differences(files, folder):
    """Paths whose contents in the folder are missing or differ. Contents, since zlib builds compress differently."""
    differing = []
    for path, text in sorted(files.items()):
        target = folder / stored_name(path)
        stored = target.read_bytes() if target.exists() else None
        if stored is not None and target.suffix == ".gz":
            stored = gzip.decompress(stored)
        if stored != text.encode():
            differing.append(stored_name(path))
    return differing


# ---- the summary ----


def numbers(text):
    """csv text of integers -> list of tuples."""
    return [tuple(map(int, line.split(","))) for line in text.splitlines()]


def summary(files, digest):
    """Markdown: counts, split sizes and class sizes, taken from the files themselves."""
    edges = numbers(files["raw/edge.csv"])
    labels = [row[0] for row in numbers(files["raw/node-label.csv"])]
    featureless = sum(not any(row) for row in numbers(files["raw/node-feat.csv"]))
    sections = [line.split(",")[1] for line in files["mapping/labelidx2section.csv"].splitlines()[1:]]
    same = sum(labels[source] == labels[target] for source, target in edges)
    facts = {
        "nodes": len(labels),
        "edges": len(edges),
        "classes": len(sections),
        "isolated nodes": len(labels) - len({node for edge in edges for node in edge}),
        "nodes whose features are all zero": featureless,
        "edges that join nodes of one class": f"{same / max(len(edges), 1):.1%}",
        "SHA-256 of the input": f"`{digest}`",
    }
    lines = ["| what | value |", "|---|---|", *(f"| {what} | {shown(value)} |" for what, value in facts.items())]
    return "\n".join([*lines, "", *split_table(files), "", *class_table(sections, labels)])


def shown(value):
    return f"{value:,}" if isinstance(value, int) else value


def split_table(files):
    """Rows of the table of split sizes."""
    lines = ["| split | train | valid | test |", "|---|---|---|---|"]
    for name in ("source", "popularity", "random"):
        sizes = (files[f"split/{name}/{part}.csv"].count("\n") for part in PARTS)
        lines.append(f"| `{name}` | " + " | ".join(map(shown, sizes)) + " |")
    return lines


def class_table(sections, labels):
    """Rows of the table of classes, largest first."""
    sizes = Counter(labels)
    order = sorted(range(len(sections)), key=lambda label: (-sizes[label], label))
    rows = (f"| {sections[i]} | {i} | {shown(sizes[i])} | {sizes[i] / len(labels):.1%} |" for i in order)
    return ["| section | label | nodes | share |", "|---|---|---|---|", *rows]


# ---- command line ----


def read_input(packages):
    """The index as bytes: a file, standard input, or what apt lists."""
    if packages == "-":
        return sys.stdin.buffer.read()
    if packages is not None:
        return Path(packages).read_bytes()
    return subprocess.run(DUMPAVAIL, check=True, stdout=subprocess.PIPE).stdout


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(description="Makes the dataset `debian` from a Debian package index.")
    parser.add_argument("--packages", metavar="FILE", help="the index; `-`: standard input; default: ask apt-cache")
    goal = parser.add_mutually_exclusive_group(required=True)
    goal.add_argument("--out", metavar="DIR", type=Path, help="write the dataset into this folder")
    goal.add_argument("--check", metavar="DIR", type=Path, help="compare with the dataset in this folder")
    return parser.parse_args(arguments)


def main(arguments=None):
    options = parse_arguments(arguments)
    folder = options.out or options.check
    try:
        data = read_input(options.packages)
        files = build(data.decode())
        if options.out:
            write(files, folder)
        differing = differences(files, folder)
    except (OSError, ValueError, EOFError, zlib.error, subprocess.CalledProcessError) as error:
        sys.exit(f"make.py: {error}")
    print(summary(files, hashlib.sha256(data).hexdigest()))
    if differing:
        sys.exit(f"make.py: {folder} differs from what this input gives: {', '.join(differing)}")


if __name__ == "__main__":
    main()
