#pragma once
// The hot loops, reached through one table per instruction set. A family of loops is a struct of function
// pointers in its own header and one `_kernels.cpp` file that CMake compiles once per set, in the namespace
// of that set. To add a family: declare its struct with WEFT_DECLARE_KERNELS, add it below and in
// kernel_table.cpp, and add its file to WEFT_CPU_KERNEL_SOURCES in kernels/CMakeLists.txt.
#include "kernels/cpu/activation_kernels.hpp"
#include "kernels/cpu/adam_kernels.hpp"
#include "kernels/cpu/column_kernels.hpp"
#include "kernels/cpu/drop_values_kernels.hpp"
#include "kernels/cpu/gemm_kernels.hpp"
#include "kernels/cpu/loss_kernels.hpp"
#include "kernels/cpu/skipping_kernels.hpp"
#include "kernels/cpu/spmm_kernels.hpp"
#include "kernels/cpu/spmm_tn_kernels.hpp"
#include "kernels/cpu_backend.hpp"

namespace weft::cpu {

struct KernelTable {
  const ActivationKernels& activation;
  const AdamKernels& adam;
  const ColumnKernels& column;
  const DropValuesKernels& drop_values;
  const GemmKernels& gemm;
  const LossKernels& loss;
  const SkippingKernels& skipping;
  const SpmmKernels& spmm;
  const SpmmTnKernels& spmm_tn;
};

/// `isa` must be supported here and not kAuto.
const KernelTable& kernel_table(Isa isa);

}  // namespace weft::cpu
