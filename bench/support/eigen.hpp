#pragma once
// Eigen's dense products: the yardstick beside the backend's, where Eigen was there when this was built.
#include "kernels/base/view.hpp"

namespace weft::bench {

/// "3.4.0", or nullptr without Eigen; the functions below must not be called then.
const char* eigen_version();

/// c = a b, on as many threads as OpenMP gives.
void eigen_gemm(const ConstMat& a, const ConstMat& b, const Mat& c);
/// c += a^T b.
void eigen_gemm_tn(const ConstMat& a, const ConstMat& b, const Mat& c);
/// c = a b^T.
void eigen_gemm_nt(const ConstMat& a, const ConstMat& b, const Mat& c);

}  // namespace weft::bench
