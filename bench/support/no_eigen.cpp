// Eigen's place where it was not there to build with.
#include "bench/support/eigen.hpp"
#include "kernels/base/error.hpp"

namespace weft::bench {
namespace {

[[noreturn]] void missing() { fail(ErrorCode::kUnsupported, "built without Eigen"); }

}  // namespace

const char* eigen_version() { return nullptr; }
void eigen_gemm(const ConstMat&, const ConstMat&, const Mat&) { missing(); }
void eigen_gemm_tn(const ConstMat&, const ConstMat&, const Mat&) { missing(); }
void eigen_gemm_nt(const ConstMat&, const ConstMat&, const Mat&) { missing(); }

}  // namespace weft::bench
