#include "engine/devices.hpp"

#include <filesystem>
#include <string_view>

#include "kernels/base/error.hpp"
#include "kernels/cpu_backend.hpp"

namespace weft::engine {
namespace {

namespace fs = std::filesystem;

bool multiplies_as_asked(const Backend& backend, const ComputeOptions& options) {
  return options.math != "tf32" || backend.name() != std::string_view("cpu");
}

bool stores_as_asked(const Backend& backend, const ComputeOptions& options) {
  return options.precision != "bf16" || backend.stores_bf16();
}

}  // namespace

int thread_count(int wanted) {
  WEFT_CHECK(wanted >= 0, "threads is ", wanted, "; give 0 (all) or more");
  return wanted == 0 ? usable_cpus() : wanted;
}

BackendRequest backend_request(const std::string& device, int threads, const std::string& math) {
  return {device, threads, math == "tf32" ? MathMode::kTf32 : MathMode::kFp32};
}

bool gpu_seems_present() {
  std::error_code unreadable;
  if (fs::exists("/dev/dxg", unreadable)) return true;  // Windows' GPU, seen from its Linux
  for (const auto& entry : fs::directory_iterator("/dev", unreadable)) {
    if (entry.path().filename().string().rfind("nvidia", 0) == 0) return true;
  }
  return false;
}

std::unique_ptr<Backend> make_backend(const BackendRequest& request, const Note& note) {
  if (request.device == "cuda") return make_cuda_backend({0, request.math});
  if (request.device == "auto") {
    std::string why = "no GPU here";
    if (gpu_seems_present()) {
      try {
        return make_cuda_backend({0, request.math});
      } catch (const Error& error) {
        if (error.code() != ErrorCode::kUnsupported) throw;
        why = error.what();
      }
    }
    if (note) note(why + "; going on with the CPU");
  }
  const int processors = usable_cpus();
  if (note && request.threads > processors) {
    note(detail::concat(request.threads, " threads were asked for, but this process may use ", processors,
                        processors == 1 ? " processor" : " processors",
                        "; no more than that work at a time"));
  }
  return make_cpu_backend({request.threads, Isa::kAuto});
}

bool can_compute(const Backend& backend, const ComputeOptions& options) {
  return stores_as_asked(backend, options) && multiplies_as_asked(backend, options);
}

void require_arithmetic(const Backend& backend, const ComputeOptions& options) {
  if (!stores_as_asked(backend, options)) {
    fail(ErrorCode::kUnsupported, "the ", backend.name(),
         " backend stores no bfloat16 here; use a GPU of compute capability 8.0 or later, or give "
         "--precision fp32");
  }
  if (!multiplies_as_asked(backend, options)) {
    fail(ErrorCode::kUnsupported, "the ", backend.name(),
         " backend multiplies in float32 only; give --device cuda, or --math fp32");
  }
}

}  // namespace weft::engine
