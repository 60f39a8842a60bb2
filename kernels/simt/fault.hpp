#pragma once
// A kernel that breaks a rule of the model ends the program: nothing that follows could be trusted.
#include <string>

#include "kernels/base/error.hpp"
#include "kernels/simt/place.hpp"
#include "kernels/simt/thread.hpp"

namespace weft::simt {

/// "reduce_kernel, block (1, 0, 0), thread (33, 0, 0)" of the thread that runs.
std::string running_thread();
/// "kernels/cuda/spmm.cu:40"
std::string place_text(Place place);
/// "(1, 0, 2)": the position of a block or thread that is counted in x, then y, then z.
std::string position_text(std::uint64_t number, dim3 size);
const char* name_of(WarpOp op);
/// "0x0000ffff"
std::string hex(std::uint64_t value);

/// Prints kernel, block, thread, place and the message, and aborts.
[[noreturn]] void fault_with(Place place, const std::string& message);

template <class... Parts>
[[noreturn]] void fault(Place place, const Parts&... parts) {
  fault_with(place, weft::detail::concat(parts...));
}

}  // namespace weft::simt
