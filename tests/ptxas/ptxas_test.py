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

# Fewest 16-byte instructions of the kernels that training spends its time in: (loads, stores). What a change takes
# away here it takes from the bandwidth that the kernel reaches.
HOT_KERNELS = {
    "activate_kernel<AlignedRows<float>>": (8, 4),
    "activate_kernel<AlignedRows<Bf16>>": (12, 4),
    "masks_kernel<AlignedRows<float>>": (12, 4),
    "masks_kernel<AlignedRows<Bf16>>": (12, 2),
    "through_statistics_kernel<AlignedRows<float>>": (14, 4),
    "through_statistics_kernel<AlignedRows<Bf16>>": (16, 2),
    "moment_parts_kernel<AlignedRows<float>>": (4, 1),
    "moment_parts_kernel<AlignedRows<Bf16>>": (4, 1),
    "move_rows_kernel<AlignedRows<float>>": (8, 4),
    "move_rows_kernel<AlignedRows<Bf16>>": (4, 4),
    "column_sums_kernel<AlignedRows<float>>": (4, 0),
    "log_softmax_nll_kernel<HeldColumns<16, true>>": (4, 4),
    "log_softmax_nll_kernel<HeldColumns<32, true>>": (12, 4),
    "adam_kernel": (4, 3),
    "join_moments_kernel": (5, 0),
    "spmm_kernel<float, LaneColumns<4, true>, false, 4, NoMoments>": (8, 1),
    "spmm_kernel<float, LaneColumns<4, true>, false, 8, NoMoments>": (16, 1),
    "spmm_kernel<float, LaneColumns<4, true>, true, 4, NoMoments>": (8, 1),
    "spmm_kernel<float, LaneColumns<4, true>, true, 8, NoMoments>": (16, 1),
    "spmm_kernel<Bf16, LaneColumns<8, true>, false, 4, NoMoments>": (8, 1),
    "spmm_kernel<Bf16, LaneColumns<8, true>, false, 8, NoMoments>": (16, 1),
    "spmm_kernel<Bf16, LaneColumns<8, true>, true, 4, NoMoments>": (8, 1),
    "spmm_kernel<Bf16, LaneColumns<8, true>, true, 8, NoMoments>": (16, 1),
}


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

    def test_registers_are_not_indexed_at_run_time(self):
        for kernel in self.kernels:
            with self.subTest(kernel["kernel"]):
                self.assertEqual(kernel["stack_bytes"], 0)

    def test_hot_kernels_move_16_bytes_at_a_time(self):
        kernels = {kernel["kernel"]: kernel for kernel in self.kernels}
        for name, (loads, stores) in HOT_KERNELS.items():
            with self.subTest(name):
                self.assertIn(name, kernels)
                self.assertGreaterEqual(kernels[name]["wide_loads"], loads)
                self.assertGreaterEqual(kernels[name]["wide_stores"], stores)


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
