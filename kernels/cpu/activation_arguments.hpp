#pragma once
#include "kernels/backend.hpp"
#include "kernels/cpu/activation_kernels.hpp"

namespace weft::cpu {

/// What the loops need to turn x into `out`, which begins with the first row of x.
ActivationArguments activation_arguments(const ConstMat& x, const Activation& block, const Mat& out);

}  // namespace weft::cpu
