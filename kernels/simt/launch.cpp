// Whether a GPU would take a launch.
#include "kernels/simt/launch.hpp"

#include "kernels/base/error.hpp"
#include "kernels/simt/machine.hpp"
#include "kernels/simt/shared_memory.hpp"

namespace weft::simt {
namespace {

// The same on every GPU that Weft supports.
constexpr unsigned kMaxBlockX = 1024, kMaxBlockY = 1024, kMaxBlockZ = 64;
constexpr unsigned kMaxGridX = 0x7FFFFFFF, kMaxGridY = 65535, kMaxGridZ = 65535;

template <class... Parts>
void require(bool holds, const Launch& launch, const Parts&... parts) {
  if (!holds) fail(ErrorCode::kUnsupported, launch.kernel, ": ", parts...);
}

bool within(dim3 size, unsigned x, unsigned y, unsigned z) {
  return size.x >= 1 && size.x <= x && size.y >= 1 && size.y <= y && size.z >= 1 && size.z <= z;
}

void check(const Launch& launch) {
  const dim3 grid = launch.grid, block = launch.block;
  require(within(grid, kMaxGridX, kMaxGridY, kMaxGridZ), launch, "a grid of ", grid.x, " x ", grid.y, " x ",
          grid.z, " blocks; it can be 1 to ", kMaxGridX, " x ", kMaxGridY, " x ", kMaxGridZ);
  const bool fits = within(block, kMaxBlockX, kMaxBlockY, kMaxBlockZ) &&
                    std::uint64_t{block.x} * block.y * block.z <= kMaxThreads;
  require(fits, launch, "a block of ", block.x, " x ", block.y, " x ", block.z, " threads; it can be 1 to ",
          kMaxBlockX, " x ", kMaxBlockY, " x ", kMaxBlockZ, " and ", kMaxThreads, " in all");
  require(launch.shared_bytes <= kMaxShared, launch, launch.shared_bytes,
          " bytes of shared memory; a block can have ", kMaxShared);
}

}  // namespace

void run(const Launch& launch) {
  check(launch);
  Machine::get().run(launch);
}

}  // namespace weft::simt
