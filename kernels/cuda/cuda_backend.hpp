#pragma once
// The CUDA backend: memory and the class; each op's do_run and do_scratch are in the file of the op's name.
// Compiled twice: by nvcc into libweft_cuda.so, and by the host compiler for the tests, where kernels run on
// fibers.
#include <memory>
#include <string>

#include "kernels/cuda/memory_pool.hpp"
#include "kernels/cuda/runtime.hpp"
#include "kernels/cuda_backend.hpp"
#include "kernels/unfused_backend.hpp"

namespace weft::WEFT_DEVICE_NS {

class Products;  // products.hpp
class Cusparse;  // spmm_cusparse.hpp

/// The pointer a kernel takes for an optional argument.
template <class T>
T* or_null(Vec<T> vec) {
  return vec.empty() ? nullptr : vec.data;
}

/// Owns a queue.
class OwnQueue {
 public:
  OwnQueue() : queue_(make_queue()) {}
  ~OwnQueue() { destroy_queue(queue_); }
  OwnQueue(const OwnQueue&) = delete;
  OwnQueue& operator=(const OwnQueue&) = delete;
  operator Queue() const { return queue_; }

 private:
  Queue queue_;
};

/// Ops are queued on one stream and may be unfinished when they return. `Stream::queue` is not used: every
/// stream is the backend's own.
class CudaBackend final : public UnfusedBackend {
 public:
  /// Errors: kUnsupported when the device cannot be opened.
  explicit CudaBackend(const CudaOptions& options);
  ~CudaBackend() override;

  const char* name() const override;
  std::string description() const override;
  std::size_t available_memory() const override;
  std::size_t peak_memory() const override;
  bool reads_host_memory() const override { return false; }
  /// cuBLAS multiplies bfloat16 from compute capability 8.0 on; the host execution has none.
  bool stores_bf16() const override { return facts_.compute_major == 0 || facts_.compute_major >= 8; }
  void synchronize(Stream&) override;
  bool asynchronous() const override { return true; }
  std::unique_ptr<Event> make_event() override;
  std::unique_ptr<Replay> record(Stream&, const std::function<void()>& work) override;
  std::vector<SpmmMethod> spmm_methods() const override;
  bool takes_transposed() const override { return true; }

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
  std::size_t do_scratch(const Transpose& op) const override;
  void do_run(Stream&, const DropValues& op) override;
  void do_run(Stream&, const SpmmTn& op) override;
  void do_run(Stream&, const Gemm& op) override;
  std::size_t do_scratch(const Gemm& op) const override;
  void do_run(Stream&, const GemmTn& op) override;
  std::size_t do_scratch(const GemmTn& op) const override;
  void do_run(Stream&, const GemmNt& op) override;
  std::size_t do_scratch(const GemmNt& op) const override;
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

  // The queue goes last but for the facts: giving memory back waits for its work.
  const DeviceFacts facts_;
  const MathMode math_;
  OwnQueue queue_;
  MemoryPool pool_;
  std::unique_ptr<Products> products_;
  std::shared_ptr<Cusparse> cusparse_;
};

}  // namespace weft::WEFT_DEVICE_NS
