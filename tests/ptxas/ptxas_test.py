"""No kernel spills, and the hot ones read and write 16 bytes at a time: what can be told without a GPU.

Run by ctest where a CUDA compiler was found: ptxas_test.py COMPILE_COMMANDS NVCC
"""

import pathlib
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench" / "gpu"))
import ptxas_report

ARCHITECTURE = "sm_90"
COMMANDS, NVCC = sys.argv[1:3]

# Fewest 16-byte instructions in each instance of a hot kernel: (loads, stores). What a change takes away here
# it takes from the bandwidth that the kernel reaches.
HOT_KERNELS = {}


def reported(jobs):
    return ptxas_report.report(jobs, ARCHITECTURE, ptxas_report.usable_cores())["kernels"]


class Kernels(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.kernels = reported(ptxas_report.jobs_in(COMMANDS))

    def test_there_are_some(self):
        self.assertGreaterEqual(len(self.kernels), len(HOT_KERNELS))

    def test_none_spills(self):
        for kernel in self.kernels:
            with self.subTest(kernel["kernel"]):
                self.assertEqual((kernel["spill_store_bytes"], kernel["spill_load_bytes"]), (0, 0))

    def test_hot_kernels_move_16_bytes_at_a_time(self):
        for name, (loads, stores) in HOT_KERNELS.items():
            instances = [k for k in self.kernels if k["kernel"] == name or k["kernel"].startswith(name + "<")]
            self.assertTrue(instances, f"no kernel {name}")
            for kernel in instances:
                with self.subTest(kernel["kernel"]):
                    self.assertGreaterEqual(kernel["wide_loads"], loads)
                    self.assertGreaterEqual(kernel["wide_stores"], stores)


class Report(unittest.TestCase):
    """The report sees what it is for."""

    @classmethod
    def setUpClass(cls):
        source = str(pathlib.Path(__file__).with_name("planted.cu"))
        found = reported([(NVCC, source, ["-std=c++17"], ".")])
        cls.kernels = {kernel["kernel"]: kernel for kernel in found}

    def test_spills(self):
        spilling, wide = self.kernels["spilling_kernel<200>"], self.kernels["wide_kernel"]
        self.assertGreater(spilling["spill_store_bytes"], 0)
        self.assertGreater(spilling["spill_load_bytes"], 0)
        self.assertLessEqual(spilling["registers"], 64)
        self.assertEqual(wide["spill_store_bytes"], 0)

    def test_widths(self):
        counted = {
            name: tuple(kernel[key] for key in ("loads", "wide_loads", "stores", "wide_stores"))
            for name, kernel in self.kernels.items()
        }
        self.assertEqual(counted["wide_kernel"], (1, 1, 1, 1))
        self.assertEqual(counted["narrow_kernel"], (1, 0, 1, 0))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
