// runtime.hpp by CUDA's runtime: the only file that names cudaMalloc and its like. Everything is queued on
// the queue it is given, so the device's default stream stays out of the way.
#include "kernels/cuda/runtime.hpp"

#include <cstdlib>
#include <cstring>
#include <utility>

namespace weft::cuda {
namespace {

cudaStream_t stream_of(Queue queue) { return static_cast<cudaStream_t>(queue); }

/// Whether the error may be one of work queued earlier, which the next call reports, whatever it is.
bool may_be_earlier(cudaError_t status) {
  switch (status) {
    case cudaErrorIllegalAddress:
    case cudaErrorMisalignedAddress:
    case cudaErrorIllegalInstruction:
    case cudaErrorInvalidAddressSpace:
    case cudaErrorInvalidPc:
    case cudaErrorHardwareStackError:
    case cudaErrorLaunchFailure:
    case cudaErrorLaunchTimeout:
      return true;
    default:
      return false;
  }
}

[[noreturn]] void fail_call(cudaError_t status, const char* call) {
  const auto code = status == cudaErrorMemoryAllocation ? ErrorCode::kOutOfMemory : ErrorCode::kUnsupported;
  const char* hint = may_be_earlier(status) && !launches_are_synchronous()
                         ? "; an earlier kernel may be at fault: WEFT_SYNC=1 in the environment names it"
                         : "";
  fail(code, call, ": ", cudaGetErrorString(status), " (", cudaGetErrorName(status), ")", hint);
}

void check(cudaError_t status, const char* call) {
  if (status != cudaSuccess) fail_call(status, call);
}

/// Memory that there is not enough of is no error here; the runtime must not report it a second time.
void* null_when_exhausted(cudaError_t status, void* memory, const char* call) {
  if (status == cudaSuccess) return memory;
  (void)cudaGetLastError();
  if (status == cudaErrorMemoryAllocation) return nullptr;
  fail_call(status, call);
}

std::string version_text(int version) {
  return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

int driver_version() {
  int version = 0;
  if (cudaDriverGetVersion(&version) != cudaSuccess) return 0;
  return version;  // 0 without a driver
}

[[noreturn]] void fail_without_device(cudaError_t status) {
  const int driver = driver_version();
  if (status == cudaErrorInsufficientDriver && driver == 0) {
    fail(ErrorCode::kUnsupported, "no NVIDIA driver is installed; install one that knows CUDA ",
         version_text(CUDART_VERSION), ", or use the CPU");
  }
  if (status == cudaErrorInsufficientDriver) {
    fail(ErrorCode::kUnsupported, "the NVIDIA driver knows CUDA ", version_text(driver),
         " but this build needs ", version_text(CUDART_VERSION),
         "; update the driver, or build with an older toolkit");
  }
  if (status == cudaErrorNoDevice) {
    fail(ErrorCode::kUnsupported,
         "the NVIDIA driver finds no device; see nvidia-smi and CUDA_VISIBLE_DEVICES, or use the CPU");
  }
  fail_call(status, "cudaGetDeviceCount");
}

/// Asked for its attributes only: fails on a device that this build has no code for.
__global__ void probe_kernel() {}

void check_code_for(const DeviceFacts& facts) {
  cudaFuncAttributes attributes;
  const cudaError_t status = cudaFuncGetAttributes(&attributes, probe_kernel);
  if (status == cudaErrorNoKernelImageForDevice || status == cudaErrorInvalidDeviceFunction) {
    (void)cudaGetLastError();
    const std::string capability = std::to_string(facts.compute_major) + std::to_string(facts.compute_minor);
    fail(ErrorCode::kUnsupported, "this build has no kernels for ", facts.name, " (sm_", capability,
         "); build with -D CMAKE_CUDA_ARCHITECTURES=", capability);
  }
  check(status, "cudaFuncGetAttributes");
}

class CudaEvent final : public Event {
 public:
  explicit CudaEvent(Queue queue) : queue_(queue) { check(cudaEventCreate(&event_), "cudaEventCreate"); }
  ~CudaEvent() override { (void)cudaEventDestroy(event_); }
  CudaEvent(const CudaEvent&) = delete;
  CudaEvent& operator=(const CudaEvent&) = delete;

  void record(Stream& stream) override {
    Queue queue = stream.queue != nullptr ? stream.queue : queue_;
    check(cudaEventRecord(event_, stream_of(queue)), "cudaEventRecord");
  }
  void wait() override { check(cudaEventSynchronize(event_), "cudaEventSynchronize"); }
  double seconds_since(Event& earlier) override {
    auto& from = static_cast<CudaEvent&>(earlier);
    from.wait();
    wait();
    float milliseconds = 0.0f;
    check(cudaEventElapsedTime(&milliseconds, from.event_, event_), "cudaEventElapsedTime");
    return static_cast<double>(milliseconds) * 1e-3;
  }

 private:
  Queue queue_;
  cudaEvent_t event_ = nullptr;
};

/// While it lives, what this thread queues is recorded instead of run.
class Capture {
 public:
  explicit Capture(cudaStream_t stream) : stream_(stream) {
    check(cudaStreamBeginCapture(stream_, cudaStreamCaptureModeThreadLocal), "cudaStreamBeginCapture");
  }
  /// Without finish(), because an exception passes: forgets what was recorded, and that it failed.
  ~Capture() {
    if (finished_) return;
    (void)cudaStreamEndCapture(stream_, &graph_);
    if (graph_ != nullptr) (void)cudaGraphDestroy(graph_);
    (void)cudaGetLastError();
  }
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;

  /// The caller's to destroy.
  cudaGraph_t finish() {
    finished_ = true;
    check(cudaStreamEndCapture(stream_, &graph_), "cudaStreamEndCapture");
    return graph_;
  }

 private:
  cudaStream_t stream_;
  cudaGraph_t graph_ = nullptr;
  bool finished_ = false;
};

class CudaReplay final : public Replay {
 public:
  CudaReplay(Queue queue, cudaGraph_t graph) : queue_(queue) {
    const cudaError_t status = cudaGraphInstantiateWithFlags(&graph_, graph, 0);
    (void)cudaGraphDestroy(graph);
    check(status, "cudaGraphInstantiateWithFlags");
  }
  ~CudaReplay() override { (void)cudaGraphExecDestroy(graph_); }
  CudaReplay(const CudaReplay&) = delete;
  CudaReplay& operator=(const CudaReplay&) = delete;

  void run(Stream& stream) override {
    Queue queue = stream.queue != nullptr ? stream.queue : queue_;
    check(cudaGraphLaunch(graph_, stream_of(queue)), "cudaGraphLaunch");
    if (launches_are_synchronous()) wait_queue(queue);
  }

 private:
  Queue queue_;
  cudaGraphExec_t graph_ = nullptr;
};

}  // namespace

const char* const kRuntimeName = "cuda";

bool launches_are_synchronous() {
  static const bool synchronous = [] {
    const char* value = std::getenv("WEFT_SYNC");
    return value != nullptr && std::strcmp(value, "1") == 0;
  }();
  return synchronous;
}

void check_launch(cudaError_t status, const char* kernel) { check(status, kernel); }

DeviceFacts open_device(int device) {
  int count = 0;
  const cudaError_t status = cudaGetDeviceCount(&count);
  if (status != cudaSuccess) fail_without_device(status);
  if (device < 0 || device >= count) {
    fail(ErrorCode::kUnsupported, "there is no CUDA device ", device, "; this machine has ", count,
         ", counted from 0");
  }
  check(cudaSetDevice(device), "cudaSetDevice");
  cudaDeviceProp properties;
  check(cudaGetDeviceProperties(&properties, device), "cudaGetDeviceProperties");
  const DeviceFacts facts{properties.name, properties.major, properties.minor, properties.multiProcessorCount,
                          properties.totalGlobalMem};
  check_code_for(facts);
  return facts;
}

std::string runtime_versions() {
  return "CUDA driver " + version_text(driver_version()) + ", runtime " + version_text(CUDART_VERSION);
}

Queue make_queue() {
  cudaStream_t stream = nullptr;
  check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "cudaStreamCreateWithFlags");
  return stream;
}

void destroy_queue(Queue queue) noexcept { (void)cudaStreamDestroy(stream_of(queue)); }

void wait_queue(Queue queue) { check(cudaStreamSynchronize(stream_of(queue)), "cudaStreamSynchronize"); }

void* device_malloc(std::size_t bytes) {
  void* memory = nullptr;
  const cudaError_t status = cudaMalloc(&memory, bytes);
  return null_when_exhausted(status, memory, "cudaMalloc");
}

void device_free(void* memory) noexcept { (void)cudaFree(memory); }

std::size_t device_memory_free() {
  std::size_t available = 0;
  std::size_t total = 0;
  check(cudaMemGetInfo(&available, &total), "cudaMemGetInfo");
  return available;
}

void* host_malloc(std::size_t bytes) {
  void* memory = nullptr;
  const cudaError_t status = cudaHostAlloc(&memory, bytes, cudaHostAllocDefault);
  return null_when_exhausted(status, memory, "cudaHostAlloc");
}

void host_free(void* memory) noexcept { (void)cudaFreeHost(memory); }

void note_in_use(void*, std::size_t) {}

void note_unused(void*) noexcept {}

void copy_to_device(Queue queue, void* device, const void* host, std::size_t bytes) {
  check(cudaMemcpyAsync(device, host, bytes, cudaMemcpyHostToDevice, stream_of(queue)),
        "cudaMemcpyAsync to the device");
  wait_queue(queue);  // pinned memory is read as late as its turn comes
}

void copy_to_host(Queue queue, void* host, const void* device, std::size_t bytes) {
  copy_to_host_later(queue, host, device, bytes);
  wait_queue(queue);
}

void copy_to_host_later(Queue queue, void* host, const void* device, std::size_t bytes) {
  check(cudaMemcpyAsync(host, device, bytes, cudaMemcpyDeviceToHost, stream_of(queue)),
        "cudaMemcpyAsync to the host");
}

void copy_on_device(Queue queue, void* to, const void* from, std::size_t bytes) {
  check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, stream_of(queue)),
        "cudaMemcpyAsync on the device");
}

void fill_device(Queue queue, void* memory, int byte, std::size_t bytes) {
  check(cudaMemsetAsync(memory, byte, bytes, stream_of(queue)), "cudaMemsetAsync");
}

std::unique_ptr<Event> make_event(Queue queue) { return std::make_unique<CudaEvent>(queue); }

std::unique_ptr<Replay> record_replay(Queue queue, const std::function<void()>& work) {
  if (launches_are_synchronous()) return nullptr;  // a wait cannot be recorded
  Capture capture(stream_of(queue));
  work();
  return std::make_unique<CudaReplay>(queue, capture.finish());
}

}  // namespace weft::cuda
