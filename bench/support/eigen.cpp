// Compiled for the machine it is built on: Eigen takes its instruction set at compile time.
#include "bench/support/eigen.hpp"

#include <Eigen/Core>

namespace weft::bench {
namespace {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Stride = Eigen::OuterStride<>;

auto map(const ConstMat& m) {
  return Eigen::Map<const Matrix, Eigen::Unaligned, Stride>(m.f32(), m.rows, m.cols, Stride(m.ld));
}
auto map(const Mat& m) {
  return Eigen::Map<Matrix, Eigen::Unaligned, Stride>(m.f32(), m.rows, m.cols, Stride(m.ld));
}

#define WEFT_TEXT_OF(x) #x
#define WEFT_TEXT(x) WEFT_TEXT_OF(x)

}  // namespace

const char* eigen_version() {
  return WEFT_TEXT(EIGEN_WORLD_VERSION) "." WEFT_TEXT(EIGEN_MAJOR_VERSION) "." WEFT_TEXT(EIGEN_MINOR_VERSION);
}

void eigen_gemm(const ConstMat& a, const ConstMat& b, const Mat& c) { map(c).noalias() = map(a) * map(b); }

void eigen_gemm_tn(const ConstMat& a, const ConstMat& b, const Mat& c) {
  map(c).noalias() += map(a).transpose() * map(b);
}

void eigen_gemm_nt(const ConstMat& a, const ConstMat& b, const Mat& c) {
  map(c).noalias() = map(a) * map(b).transpose();
}

}  // namespace weft::bench
