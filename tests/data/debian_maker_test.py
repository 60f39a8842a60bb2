"""Tests data/debian/make.py on a made-up index, and the committed dataset against its own rules."""

import contextlib
import gzip
import importlib.util
import io
import tempfile
import unittest
import zlib
from pathlib import Path
from unittest import mock

FOLDER = Path(__file__).resolve().parents[2] / "data" / "debian"

spec = importlib.util.spec_from_file_location("make", FOLDER / "make.py")
make = importlib.util.module_from_spec(spec)
spec.loader.exec_module(make)

# Three sections of three packages (games, libs, web), one that is too small (mail), one left out by name (oldlibs),
# and two packages that do not count. Not in alphabetical order: the maker has to sort.
INDEX = """\
Package: zebra
Section: games
Depends: libcore (>= 2) | libnone, libnew:any, zebra, mail-agent
Recommends: libcore
Description: The game of the stripes
 A long text that is no feature.

Package: ant
Section: games
Pre-Depends: libcore [amd64] <!nocheck>,
 libextra
Suggests: httpd
Enhances: zebra
Description: game, with ants and ANTS

Package: bee
Section: games
Source: ant (1.0-2)
Depends: rare-virtual, common-virtual, libtransitional, wiki
Description: hive

Package: libcore
Section: libs
Source: core
Provides: rare-virtual (= 1)
Description: core library

Package: libextra
Section: libs
Source: core
Provides: rare-virtual
Description: extra library

Package: libnew
Section: libs
Provides: rare-virtual, common-virtual, libcore
Description: library

Package: apache
Section: web
Provides: httpd, common-virtual
Description: web server

Package: nginx
Section: web
Provides: common-virtual
Description: small web server

Package: wiki
Section: web
Provides: common-virtual
Description: gro\u00df_und klein\u2028wiki

Package: mailer
Section: mail
Provides: mail-agent, httpd
Description: in a section too small

Package: mailbox
Section: mail
Description: in a section too small

Package: libtransitional
Section: oldlibs
Depends: libnew
Description: leads to its successor

Package: libold1
Section: oldlibs
Description: left out

Package: libold2
Section: oldlibs
Description: left out

Package: driver
Section: non-free/libs
Provides: rare-virtual
Description: not in main

Package: nosection
Description: says too little to be used
"""

NODES = ["ant", "apache", "bee", "libcore", "libextra", "libnew", "nginx", "wiki", "zebra"]


def built():
    """The files made from INDEX, where three packages make a class."""
    with mock.patch.object(make, "MIN_PACKAGES", 3):
        return make.build(INDEX)


def run(*arguments):
    """Runs the command; returns (exit message or None, standard output)."""
    output = io.StringIO()
    with mock.patch.object(make, "MIN_PACKAGES", 3), contextlib.redirect_stdout(output):
        try:
            make.main(arguments)
        except SystemExit as error:
            return error.code, output.getvalue()
    return None, output.getvalue()


class Rules(unittest.TestCase):
    def test_nodes_are_sorted_packages_of_large_sections(self):
        lines = built()["mapping/nodeidx2package.csv"].splitlines()
        self.assertEqual(lines[0], "node idx,package,source package")
        self.assertEqual([line.split(",")[1] for line in lines[1:]], NODES)
        self.assertEqual(lines[3], "2,bee,ant")

    def test_labels_are_sections_in_alphabetical_order(self):
        files = built()
        self.assertEqual(files["mapping/labelidx2section.csv"], "label idx,section\n0,games\n1,libs\n2,web\n")
        self.assertEqual(make.numbers(files["raw/node-label.csv"]), [(i,) for i in (0, 2, 0, 1, 1, 1, 2, 2, 0)])

    def test_edges(self):
        named = [(NODES[s], NODES[t]) for s, t in make.numbers(built()["raw/edge.csv"])]
        self.assertEqual(
            named,
            [
                ("ant", "apache"),  # provides httpd; the other provider is no node
                ("ant", "libcore"),  # behind an architecture and a profile
                ("ant", "libextra"),  # on a folded line
                ("ant", "zebra"),  # Enhances
                ("bee", "libcore"),  # three packages provide rare-virtual, four common-virtual
                ("bee", "libextra"),
                ("bee", "libnew"),
                ("bee", "wiki"),
                ("zebra", "libcore"),  # once, and a real package hides libnew's Provides
                ("zebra", "libnew"),  # with a qualifier
            ],
        )

    def test_counts_of_the_lists(self):
        files = built()
        self.assertEqual(files["raw/num-node-list.csv"], "9\n")
        self.assertEqual(files["raw/num-edge-list.csv"], "10\n")

    def test_words(self):
        found = make.words("The C++17-library, for a GNOME\u2019s X_Y")
        self.assertEqual(found, ["c", "17", "library", "gnome", "s", "x", "y"])
        self.assertEqual(len(make.STOP_WORDS), 12)

    def test_features_are_word_counts_of_the_synopsis(self):
        rows = make.numbers(built()["raw/node-feat.csv"])
        self.assertEqual({len(row) for row in rows}, {make.NUM_FEATURES})
        ant = rows[NODES.index("ant")]
        self.assertEqual(sum(ant), 3)
        self.assertEqual(ant[zlib.crc32(b"ants") % 128], 2)
        self.assertEqual(sum(rows[NODES.index("zebra")]), 2)  # without stop words and long text
        wiki = rows[NODES.index("wiki")]
        self.assertEqual(sum(wiki), 4)  # a Unicode line separator does not end the line
        self.assertEqual(wiki[zlib.crc32("gro\u00df".encode()) % 128], 1)

    def test_later_version_of_a_package_counts(self):
        text = "Package: a\nSection: x\nVersion: 1\n\nPackage: a\nSection: x\nVersion: 2\n"
        self.assertEqual(make.parse_packages(text)["a"]["Version"], "2")

    def test_order_of_the_index_does_not_matter(self):
        reversed_index = "\n\n".join(reversed(INDEX.strip().split("\n\n")))
        with mock.patch.object(make, "MIN_PACKAGES", 3):
            self.assertEqual(make.build(reversed_index), built())

    def test_index_without_classes_is_refused(self):
        with self.assertRaisesRegex(ValueError, "has 100 packages"):
            make.build(INDEX)


class Splits(unittest.TestCase):
    def test_hashed_parts_stay_as_they_are(self):
        # SHA-256 of "source/glibc" and so on: another hash or seed would move packages between the parts.
        names = ("glibc", "linux", "gcc-12", "python3.11")
        self.assertEqual([make.hashed_part("source", name) for name in names], [2, 1, 2, 0])
        self.assertEqual([make.hashed_part("random", name) for name in names], [2, 1, 1, 1])

    def test_shares(self):
        parts = [make.hashed_part("random", f"package-{i}") for i in range(20000)]
        for part, share in enumerate((0.5, 0.2, 0.3)):
            self.assertAlmostEqual(parts.count(part) / len(parts), share, delta=0.015)

    def test_source_split_keeps_a_source_package_together(self):
        packages = {f"p{i}": {"Package": f"p{i}", "Source": f"s{i // 4} (1)"} for i in range(400)}
        parts = make.source_split(packages, sorted(packages))
        of_source = {}
        for package, part in zip(sorted(packages), parts):
            of_source.setdefault(make.source_package(packages[package]), set()).add(part)
        self.assertEqual({len(found) for found in of_source.values()}, {1})
        self.assertEqual(set(parts), {0, 1, 2})

    def test_popularity_ranks_by_use_then_name(self):
        nodes = [f"p{i}" for i in range(10)]
        edges = [(0, 9), (1, 9), (2, 9), (0, 8), (1, 8), (0, 4)]
        self.assertEqual(make.popularity_split(nodes, edges), [0, 0, 1, 1, 0, 2, 2, 2, 0, 0])

    def test_each_split_holds_every_node_once(self):
        files = built()
        for name in ("source", "popularity", "random"):
            found = [row[0] for part in make.PARTS for row in make.numbers(files[f"split/{name}/{part}.csv"])]
            self.assertEqual(sorted(found), list(range(len(NODES))))


class Command(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)
        self.index = self.folder / "Packages"
        self.index.write_text(INDEX, encoding="utf-8")

    def test_same_input_gives_same_bytes(self):
        trees = []
        for name in ("one", "two"):
            self.assertIsNone(run("--packages", str(self.index), "--out", str(self.folder / name))[0])
            root = self.folder / name
            trees.append({str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()})
        self.assertEqual(trees[0], trees[1])
        self.assertIn("raw/edge.csv.gz", trees[0])
        self.assertIn("RELEASE_v1.txt", trees[0])
        header = trees[0]["raw/edge.csv.gz"][:10]
        self.assertEqual(header[3:8], bytes(5))  # no flags, so no file name; time 0

    def test_check_finds_what_differs(self):
        out = self.folder / "out"
        run("--packages", str(self.index), "--out", str(out))
        self.assertIsNone(run("--packages", str(self.index), "--check", str(out))[0])
        (out / "raw/edge.csv.gz").write_bytes(make.gzipped(b"0,1\n"))
        (out / "RELEASE_v1.txt").unlink()
        message, _ = run("--packages", str(self.index), "--check", str(out))
        self.assertRegex(message, "differs .*: RELEASE_v1.txt, raw/edge.csv.gz$")

    def test_check_ignores_how_a_file_was_compressed(self):
        out = self.folder / "out"
        run("--packages", str(self.index), "--out", str(out))
        edges = out / "raw/edge.csv.gz"
        edges.write_bytes(gzip.compress(gzip.decompress(edges.read_bytes()), compresslevel=1))
        self.assertIsNone(run("--packages", str(self.index), "--check", str(out))[0])

    def test_missing_input_is_named(self):
        message, _ = run("--packages", str(self.folder / "none"), "--out", str(self.folder / "out"))
        self.assertRegex(message, "^make.py: .*none")

    def test_summary_tells_the_counts(self):
        _, text = run("--packages", str(self.index), "--out", str(self.folder / "out"))
        self.assertIn("| isolated nodes | 1 |", text)  # nginx
        self.assertIn("| games | 0 | 3 | 33.3% |", text)


class Committed(unittest.TestCase):
    """The dataset in the tree keeps the promises of its README."""

    @classmethod
    def setUpClass(cls):
        cls.labels = cls.stored("raw/node-label")
        cls.edges = cls.stored("raw/edge")

    @staticmethod
    def stored(path):
        return make.numbers(gzip.decompress((FOLDER / f"{path}.csv.gz").read_bytes()).decode())

    def test_counts_agree(self):
        self.assertEqual(self.stored("raw/num-node-list"), [(len(self.labels),)])
        self.assertEqual(self.stored("raw/num-edge-list"), [(len(self.edges),)])
        features = gzip.decompress((FOLDER / "raw/node-feat.csv.gz").read_bytes())
        self.assertEqual(features.count(b"\n"), len(self.labels))
        self.assertEqual(features.count(b","), len(self.labels) * (make.NUM_FEATURES - 1))
        readme = (FOLDER / "README.md").read_text(encoding="utf-8")
        self.assertIn(f"| nodes | {len(self.labels):,} |", readme)
        self.assertIn(f"| edges | {len(self.edges):,} |", readme)

    def test_edges_are_sorted_distinct_and_no_loops(self):
        self.assertTrue(all(a < b for a, b in zip(self.edges, self.edges[1:])))
        self.assertTrue(all(s != t for s, t in self.edges))
        self.assertLess(max(max(edge) for edge in self.edges), len(self.labels))

    def test_splits_hold_every_node_once(self):
        for name in ("source", "popularity", "random"):
            found = [row[0] for part in make.PARTS for row in self.stored(f"split/{name}/{part}")]
            self.assertEqual(sorted(found), list(range(len(self.labels))))

    def test_size(self):
        self.assertLess(sum(p.stat().st_size for p in FOLDER.rglob("*.gz")), 3_000_000)


if __name__ == "__main__":
    unittest.main()
