#pragma once
// CUDA's qualifiers, which mean nothing to a host compiler.

// NOLINTBEGIN(bugprone-reserved-identifier): CUDA's own names.
#define __global__
#define __device__
#define __host__
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(...)
// NOLINTEND(bugprone-reserved-identifier)

// Inlined always, as under nvcc: an access keeps its own place in the kernel's code, which is what the
// checking runtime tells threads' accesses apart by.
#define WEFT_DEVICE inline __attribute__((always_inline))
