// Adam in the order of torch.optim.Adam: the moments first, then sqrt(v) / sqrt(1 - beta2^t) + epsilon.
#include "kernels/cpu/adam_kernels.hpp"

#include "kernels/cpu/columns.hpp"

namespace weft::cpu::WEFT_ISA_NS {
namespace {

WEFT_INLINE Floats square_root(Floats x) {
#if defined(__AVX512F__)
  return _mm512_maskz_sqrt_ps(0xffff, x);  // the plain intrinsic makes GCC 12 warn falsely
#elif defined(__AVX2__)
  return _mm256_sqrt_ps(x);
#else
  for (int lane = 0; lane < kLanes; ++lane) x[lane] = __builtin_sqrtf(x[lane]);
  return x;
#endif
}

void update(const AdamFactors& factors, std::int64_t size, const float* gradients, float* parameters,
            float* m, float* v) {
  const AdamFactors f = factors;
  for_each_columns(size, [&](Columns at) {
    const Floats p = at.load_from(parameters);
    const Floats g = fma(broadcast(f.weight_decay), p, at.load_from(gradients));
    const Floats old_m = at.load_from(m);
    const Floats new_m = fma(broadcast(f.new_m), g - old_m, old_m);
    const Floats new_v = fma(g * f.new_v, g, at.load_from(v) * f.beta2);
    const Floats denominator = square_root(new_v) * f.inverse_root + f.epsilon;
    at.store_to(m, new_m);
    at.store_to(v, new_v);
    at.store_to(parameters, fma(broadcast(-f.step), new_m / denominator, p));
  });
}

}  // namespace

const AdamKernels adam_kernels = {update};

}  // namespace weft::cpu::WEFT_ISA_NS
