#include "kernels/cuda/cuda_backend.hpp"

#include <cstdio>

#include "kernels/cuda/products.hpp"
#include "kernels/cuda/spmm_cusparse.hpp"

namespace weft::WEFT_DEVICE_NS {
namespace {

std::string gibibytes(std::size_t bytes) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.1f GiB", static_cast<double>(bytes) * 0x1.0p-30);
  return text;
}

}  // namespace

CudaBackend::CudaBackend(const CudaOptions& options)
    : facts_(open_device(options.device)),
      math_(options.math),
      pool_(facts_.name, facts_.memory_bytes),
      products_(make_products(queue_, math_)) {}

CudaBackend::~CudaBackend() = default;

const char* CudaBackend::name() const { return kRuntimeName; }

std::string CudaBackend::description() const {
  std::string text = facts_.name;
  if (facts_.compute_major > 0) {
    text += ", sm_" + std::to_string(facts_.compute_major) + std::to_string(facts_.compute_minor);
  }
  return text + ", " + gibibytes(facts_.memory_bytes) + ", " + math_mode_name(math_) + " products";
}

std::size_t CudaBackend::available_memory() const { return pool_.available(); }

std::size_t CudaBackend::peak_memory() const { return pool_.peak(); }

void CudaBackend::synchronize(Stream&) { wait_queue(queue_); }

std::unique_ptr<Event> CudaBackend::make_event() { return WEFT_DEVICE_NS::make_event(queue_); }

std::unique_ptr<Replay> CudaBackend::record(Stream&, const std::function<void()>& work) {
  return record_replay(queue_, work);
}

void* CudaBackend::do_allocate(std::size_t bytes, const char* what) { return pool_.allocate(bytes, what); }

void CudaBackend::do_release(void* memory) noexcept {
  if (cusparse_ != nullptr) cusparse_->forget();
  pool_.release(memory);
}

void CudaBackend::do_upload(Stream&, void* device, const void* host, std::size_t bytes) {
  copy_to_device(queue_, device, host, bytes);
}

void CudaBackend::do_download(Stream&, void* host, const void* device, std::size_t bytes) {
  copy_to_host(queue_, host, device, bytes);
}

void CudaBackend::do_copy(Stream&, void* to, const void* from, std::size_t bytes) {
  copy_on_device(queue_, to, from, bytes);
}

void CudaBackend::do_fill_zero(Stream&, void* device, std::size_t bytes) {
  fill_device(queue_, device, 0, bytes);
}

void* CudaBackend::do_allocate_host(std::size_t bytes) {
  void* memory = host_malloc(bytes);
  if (memory != nullptr) return memory;
  fail(ErrorCode::kOutOfMemory, "copies to the host need ", bytes,
       " bytes of pinned memory, which this machine does not have left; free memory there");
}

void CudaBackend::do_release_host(void* memory) noexcept { host_free(memory); }

void CudaBackend::do_download_later(Stream&, void* host, const void* device, std::size_t bytes) {
  copy_to_host_later(queue_, host, device, bytes);
}

}  // namespace weft::WEFT_DEVICE_NS
