#pragma once
// The CPU backend: memory and the class; each op's do_run and do_scratch are in the file of the op's name.
#include <atomic>

#include "kernels/cpu/kernel_table.hpp"
#include "kernels/cpu_backend.hpp"

namespace weft::cpu {

/// The pointer the hot loops take for an optional argument.
template <class T>
T* or_null(Vec<T> vec) {
  return vec.empty() ? nullptr : vec.data;
}

/// Ops run on the calling thread and the pool's, cut into `threads` parts, and are done when they return, so
/// a Stream's queue is unused.
class CpuBackend final : public Backend {
 public:
  /// threads >= 1; `isa` supported here and not kAuto.
  CpuBackend(int threads, Isa isa);

  const char* name() const override { return "cpu"; }
  std::string description() const override;
  std::size_t available_memory() const override;
  std::size_t peak_memory() const override { return peak_; }
  bool reads_host_memory() const override { return true; }
  bool stores_bf16() const override { return false; }
  void synchronize(Stream&) override {}
  bool asynchronous() const override { return false; }
  std::unique_ptr<Event> make_event() override;
  std::unique_ptr<Replay> record(Stream&, const std::function<void()>&) override { return nullptr; }
  std::vector<SpmmMethod> spmm_methods() const override { return {}; }
  bool takes_transposed() const override { return false; }

 private:
  void* do_allocate(std::size_t bytes, const char* what) override;
  void do_release(void* memory) noexcept override;
  void do_upload(Stream&, void* device, const void* host, std::size_t bytes) override;
  void do_download(Stream&, void* host, const void* device, std::size_t bytes) override;
  void do_copy(Stream&, void* to, const void* from, std::size_t bytes) override;
  void do_fill_zero(Stream&, void* device, std::size_t bytes) override;
  void* do_allocate_host(std::size_t bytes) override;
  void do_release_host(void* memory) noexcept override;
  void do_download_later(Stream&, void* host, const void* device, std::size_t bytes) override;

  using Backend::do_run;
  using Backend::do_scratch;
  void do_run(Stream&, const Spmm& op) override;
  std::size_t do_scratch(const Spmm& op) const override;
  void do_run(Stream&, const Transpose& op) override;
  void do_run(Stream&, const DropValues& op) override;
  void do_run(Stream&, const SpmmTn& op) override;
  std::size_t do_scratch(const SpmmTn& op) const override;
  void do_run(Stream&, const Gemm& op) override;
  std::size_t do_scratch(const Gemm& op) const override;
  void do_run(Stream&, const GemmTn& op) override;
  std::size_t do_scratch(const GemmTn& op) const override;
  void do_run(Stream&, const GemmNt& op) override;
  std::size_t do_scratch(const GemmNt& op) const override;
  void do_run(Stream&, const GemmActivated& op) override;
  std::size_t do_scratch(const GemmActivated& op) const override;
  void do_run(Stream&, const GemmTnActivated& op) override;
  std::size_t do_scratch(const GemmTnActivated& op) const override;
  void do_run(Stream&, const BatchNormStatistics& op) override;
  std::size_t do_scratch(const BatchNormStatistics& op) const override;
  void do_run(Stream&, const BatchNormTraining& op) override;
  void do_run(Stream&, const BatchNormInference& op) override;
  void do_run(Stream&, const Activate& op) override;
  void do_run(Stream&, const ActivateBackward& op) override;
  std::size_t do_scratch(const ActivateBackward& op) const override;
  void do_run(Stream&, const ActivateBackwardMasks& op) override;
  std::size_t do_scratch(const ActivateBackwardMasks& op) const override;
  void do_run(Stream&, const ProductMoments& op) override;
  void do_run(Stream&, const ProductGradient& op) override;
  void do_run(Stream&, const ColumnSums& op) override;
  std::size_t do_scratch(const ColumnSums& op) const override;
  void do_run(Stream&, const Convert& op) override;
  void do_run(Stream&, const GatherRows& op) override;
  void do_run(Stream&, const ScatterRows& op) override;
  void do_run(Stream&, const Argmax& op) override;
  void do_run(Stream&, const CountCorrect& op) override;
  void do_run(Stream&, const LogSoftmaxNll& op) override;
  std::size_t do_scratch(const LogSoftmaxNll& op) const override;
  void do_run(Stream&, const BceWithLogits& op) override;
  std::size_t do_scratch(const BceWithLogits& op) const override;
  void do_run(Stream&, const BeginStep& op) override;
  void do_run(Stream&, const Adam& op) override;

  /// The halves of batch_norm_statistics, for ops that have a block of rows at hand: its means, deviations
  /// and their squares into its place in `parts` [blocks, 3, c], and the blocks of all n rows joined in
  /// order.
  void block_moments(ConstMat x, std::int64_t block, float* parts) const;
  void join_moments(std::int64_t n, std::int64_t c, const float* parts, Moments moments) const;

  int threads_;
  Isa isa_;
  const KernelTable& kernels_;
  std::atomic<std::size_t> allocated_{0};
  std::atomic<std::size_t> peak_{0};
};

}  // namespace weft::cpu
