#include "kernels/cpu/kernel_table.hpp"

namespace weft::cpu {
namespace {

#define WEFT_KERNEL_TABLE(isa)                                                                               \
  {                                                                                                          \
    isa::activation_kernels, isa::adam_kernels, isa::column_kernels, isa::drop_values_kernels,               \
        isa::gemm_kernels, isa::loss_kernels, isa::skipping_kernels, isa::spmm_kernels, isa::spmm_tn_kernels \
  }

const KernelTable kPortableTable = WEFT_KERNEL_TABLE(portable);
#if defined(__x86_64__)
const KernelTable kAvx2Table = WEFT_KERNEL_TABLE(avx2);
const KernelTable kAvx512Table = WEFT_KERNEL_TABLE(avx512);
#endif

}  // namespace

const KernelTable& kernel_table([[maybe_unused]] Isa isa) {
#if defined(__x86_64__)
  if (isa == Isa::kAvx512) return kAvx512Table;
  if (isa == Isa::kAvx2) return kAvx2Table;
#endif
  return kPortableTable;
}

}  // namespace weft::cpu
