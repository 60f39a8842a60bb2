#pragma once
// How many warps of a kernel a multiprocessor can hold at once, from what the kernel takes and what there is.
// Resident warps hide memory latency; this says how many there can be, not how busy they are.
#include <array>
#include <string>
#include <string_view>

namespace weft::bench {

/// What one multiprocessor has. Source: NVIDIA, "CUDA C++ Programming Guide" 13.0, "Technical Specifications
/// per Compute Capability" (warps, blocks, registers, shared memory), and cuda_occupancy.h of CUDA 13.0 (what
/// is reserved, granularities); tests compare with the latter where it is installed.
struct Multiprocessor {
  std::string_view name;       // "sm_90"
  int warps = 0;               // resident at most
  int blocks = 0;              // resident at most
  int registers = 0;           // of 32 bits
  int shared_bytes = 0;        // at most, of what the first-level cache shares
  int reserved_bytes = 0;      // of shared memory, in each block
  int shared_granularity = 0;  // bytes
  int partitions = 0;          // that registers are divided over
};

inline constexpr std::array<Multiprocessor, 7> kMultiprocessors{{
    {"sm_60", 64, 32, 65536, 64 << 10, 0, 256, 2},
    {"sm_70", 64, 32, 65536, 96 << 10, 0, 256, 4},
    {"sm_75", 32, 16, 65536, 64 << 10, 0, 256, 4},
    {"sm_80", 64, 32, 65536, 164 << 10, 1 << 10, 128, 4},
    {"sm_86", 48, 16, 65536, 100 << 10, 1 << 10, 128, 4},
    {"sm_89", 48, 24, 65536, 100 << 10, 1 << 10, 128, 4},
    {"sm_90", 64, 32, 65536, 228 << 10, 1 << 10, 128, 4},
}};

/// Errors: kNotFound naming the known ones.
const Multiprocessor& find_multiprocessor(std::string_view name);

/// What one block of a kernel takes.
struct BlockNeeds {
  int threads = 0;
  int registers = 0;     // per thread
  int shared_bytes = 0;  // static and dynamic
};

struct Occupancy {
  int blocks = 0;          // resident
  int warps = 0;           // resident
  std::string_view limit;  // what there is not more of: "warps", "blocks", "registers", "shared memory"
};

Occupancy occupancy(const Multiprocessor& sm, const BlockNeeds& block);

}  // namespace weft::bench
