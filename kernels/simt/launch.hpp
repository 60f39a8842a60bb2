#pragma once
// Launching a kernel: checked as a driver would, and done when launch returns.
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

#include "kernels/simt/vector_types.hpp"

namespace weft::simt {

/// A stream as the Backend contract carries it. Nothing is queued: launches run at once.
using Queue = void*;

template <class... Parameters>
struct Kernel {
  const char* name;
  void (*function)(Parameters...);
};

template <class... Parameters>
Kernel<Parameters...> named_kernel(const char* name, void (*function)(Parameters...)) {
  return {name, function};
}

/// One launch as the runtime sees it: `call(arguments)` is the kernel as one thread runs it.
struct Launch {
  const char* kernel = "";
  dim3 grid;
  dim3 block;
  std::size_t shared_bytes = 0;
  void (*call)(const void* arguments) = nullptr;
  const void* arguments = nullptr;
  std::size_t argument_bytes = 0;
};

/// Runs every thread of every block. Errors: kUnsupported naming the kernel when no GPU would take it.
void run(const Launch& launch);

/// Runs the kernel. Arguments are converted to the kernel's parameter types, as in a call.
/// Errors: kUnsupported naming the kernel.
template <class... Parameters, class... Arguments>
void launch(const Kernel<Parameters...>& kernel, dim3 grid, dim3 block, std::size_t shared_bytes, Queue,
            Arguments&&... arguments) {
  static_assert(sizeof...(Parameters) == sizeof...(Arguments),
                "as many arguments as the kernel has parameters");
  static_assert((std::is_trivially_copyable<Parameters>::value && ...),
                "parameters travel to the device as bytes");
  struct Call {
    void (*function)(Parameters...);
    std::tuple<Parameters...> arguments;
  };
  const Call call{kernel.function, {static_cast<Parameters>(std::forward<Arguments>(arguments))...}};
  const auto run_thread = [](const void* bytes) {
    const auto& made = *static_cast<const Call*>(bytes);
    std::apply(made.function, made.arguments);
  };
  run({kernel.name, grid, block, shared_bytes, run_thread, &call, sizeof(call)});
}

}  // namespace weft::simt
