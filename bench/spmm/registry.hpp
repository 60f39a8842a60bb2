#pragma once
// Sparse products beside the backend's own. Whatever *.cpp lies in this folder is compiled into weft-bench
// and is a row of `weft-bench spmm`, once its result has been found right. naive.cpp is the shortest example.
#include <functional>
#include <string>
#include <vector>

#include "kernels/base/view.hpp"

namespace weft::bench {

/// y = A x on the CPU in float32, on as many threads as OpenMP gives.
/// a [n, m] CSR without weights: each is 1;  x [m, cols], its rows ldx floats apart;  y [n, cols], its rows
/// ldy floats apart, overwritten: a row without edges gives zeros.
using SpmmFunction = std::function<void(const CsrView& a, const float* x, std::int64_t ldx, float* y,
                                        std::int64_t ldy, std::int64_t cols)>;

/// Called once for a graph and a width, not timed: for what has to be laid out, planned or compiled first.
/// The function it returns is called with the same graph and sizes. `a` outlives that function.
using SpmmSetup =
    std::function<SpmmFunction(const CsrView& a, std::int64_t cols, std::int64_t ldx, std::int64_t ldy)>;

struct SpmmEntry {
  std::string name;
  SpmmSetup set_up;
};

/// Every product that was registered, by name.
std::vector<SpmmEntry> registered_spmm();

/// At namespace scope: `const RegisterSpmm naive("naive", multiply);`.
class RegisterSpmm {
 public:
  RegisterSpmm(const std::string& name, SpmmFunction multiply);
  RegisterSpmm(const std::string& name, SpmmSetup set_up);
};

}  // namespace weft::bench
