#include "models/layers/product_statistics.hpp"

#include <algorithm>
#include <vector>

namespace weft::models {
namespace {

/// S W takes c^2 multiply-adds per output channel and saves moving 3 n floats. A float takes as long to move
/// as some five multiply-adds on a CPU and longer on a GPU, which makes about 16 n.
bool pays(std::int64_t n, std::int64_t c) { return c * c <= 16 * n; }

/// Where batch norm moments of c columns lie in 1 + 2 c doubles.
Moments moments_in(const Mat& memory) {
  double* const count = static_cast<double*>(memory.data);
  const std::int64_t c = (memory.cols - 1) / 2;
  return {count, {count + 1, c}, {count + 1 + c, c}};
}

/// The rows of `vectors` [4, c] as a normalisation.
Normalization normalization_in(const Mat& vectors) {
  const auto row = [&](std::int64_t r) { return Vec<const float>{vectors.row(r), vectors.cols}; };
  return {row(0), row(1), row(2), row(3)};
}

/// Fills `vectors` so that the normalisation subtracts the mean and does nothing else. Waits for the moments.
void make_centring(const Execution& run, const Mat& moments, const Mat& vectors) {
  std::vector<double> host(static_cast<std::size_t>(moments.cols));
  run.backend.download(run.stream, host.data(), moments.data, host.size() * sizeof(double));
  const auto at = [&](std::int64_t r, std::int64_t j) {
    return static_cast<std::size_t>(r * vectors.ld + j);
  };
  std::vector<float> rows(at(4, 0), 0.0f);
  for (std::int64_t j = 0; j < vectors.cols; ++j) {
    rows[at(0, j)] = static_cast<float>(host[static_cast<std::size_t>(1 + j)] / host[0]);
    rows[at(1, j)] = rows[at(2, j)] = 1.0f;  // rstd and gamma; beta stays 0
  }
  run.backend.upload(run.stream, vectors.data, rows.data(), rows.size() * sizeof(float));
}

/// What the training step reads of s, made once.
struct Centred {
  Tensor moments;  // of s: count, sums, m2 in double
  Tensor scatter;  // S, [c, c]
};

Centred set_up(Recorder& recorder, const std::string& name, Tensor s) {
  const Centred made{recorder.plan().persistent(name + " input moments", 1, 1 + 2 * s.cols, DType::kF64),
                     recorder.plan().persistent(name + " input scatter", s.cols, s.cols)};
  const Tensor vectors = recorder.transient(name + " centring", 4, s.cols);
  const Tensor centred = recorder.transient(name + " centred input", s.rows, s.cols);
  recorder.in_setup([&] {
    recorder.step(name + " input moments", BatchNormStatisticsT<Operand>{s, {}}, {{}, {made.moments}},
                  [to = made.moments](BatchNormStatistics& op, const Execution& run) {
                    op.moments = moments_in(run.mat(to));
                  });
    recorder.step(name + " centring", {made.moments}, {vectors}, 0,
                  [from = made.moments, vectors](const Execution& run) {
                    make_centring(run, run.mat(from), run.mat(vectors));
                  });
    recorder.step(name + " centre input", ActivateT<Operand>{s, {}, centred}, {{vectors}, {}},
                  [vectors](Activate& op, const Execution& run) {
                    op.block.norm = normalization_in(run.mat(vectors));
                  });
    recorder.fill_zero(name + " input scatter", made.scatter);
    recorder.gemm_tn(name + " input scatter", centred, centred, made.scatter);
  });
  return made;
}

/// dW += as above, for sw = S W.
void weight_gradient(Recorder& recorder, const std::string& name, Tensor s, Tensor moments, Tensor sw,
                     const MaskedGradient& gradient, Mat dweight) {
  const Tensor xg = recorder.transient(name + " masked weight gradient", s.cols, gradient.g.cols);
  recorder.fill_zero(name + " masked weight gradient", xg);
  recorder.gemm_tn(name + " masked weight gradient", s, gradient.g, xg);
  recorder.step(name + " weight gradient", ProductGradientT<Operand>{xg, sw, {}, gradient.norm, {}, dweight},
                {{moments, gradient.sums}, {}},
                [of_s = moments, of_g = gradient.sums](ProductGradient& op, const Execution& run) {
                  const Mat sums = run.mat(of_g);
                  op.x = moments_in(run.mat(of_s));
                  op.sums = {sums.f32(), sums.cols};
                });
}

}  // namespace

void use_product_statistics(Recorder& recorder, const std::string& name, Tensor s, ConstMat weight,
                            Vec<const float> bias, const Moments& moments, Mat dweight, LayerResult& result) {
  if (moments.count == nullptr || !pays(s.rows, s.cols)) return;
  const Centred of_s = set_up(recorder, name, s);
  const Tensor sw = recorder.transient(name + " scatter product", s.cols, weight.cols);
  recorder.gemm(name + " scatter product", of_s.scatter, weight, sw);
  recorder.step(
      name + " output moments", ProductMomentsT<Operand>{{}, weight, sw, bias, moments}, {{of_s.moments}, {}},
      [from = of_s.moments](ProductMoments& op, const Execution& run) { op.x = moments_in(run.mat(from)); });
  result.has_moments = true;
  result.backward_masked = [=](Recorder& r, const MaskedGradient& gradient) {
    weight_gradient(r, name, s, of_s.moments, sw, gradient, dweight);
  };
}

}  // namespace weft::models
