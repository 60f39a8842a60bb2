#pragma once
// Which backend computes: what was asked for, what the machine has, and a plain word where they differ.
#include <functional>
#include <memory>
#include <string>

#include "engine/config/option_groups.hpp"
#include "kernels/cuda_backend.hpp"

namespace weft::engine {

struct BackendRequest {
  std::string device = "auto";  // "auto", "cpu" or "cuda"
  int threads = 1;              // of the CPU
  MathMode math = MathMode::kFp32;
};

/// Threads for `wanted`, where 0 is every CPU the process may use. Errors: kInvalidArgument below 0.
int thread_count(int wanted);

BackendRequest backend_request(const std::string& device, int threads, const std::string& math);

using Note = std::function<void(const std::string&)>;

/// "auto" is the GPU where one can be used and else the CPU; `note`, which may be empty, is then told why.
/// Errors: kUnsupported with one line when "cuda" cannot be had.
std::unique_ptr<Backend> make_backend(const BackendRequest& request, const Note& note);

/// Whether the system shows a GPU, without opening a library: asking CUDA costs a machine without one a fifth
/// of a second.
bool gpu_seems_present();

/// Whether the backend can store activations and multiply as `options` say.
bool can_compute(const Backend& backend, const ComputeOptions& options);
/// Errors: kUnsupported naming the option to change.
void require_arithmetic(const Backend& backend, const ComputeOptions& options);

}  // namespace weft::engine
