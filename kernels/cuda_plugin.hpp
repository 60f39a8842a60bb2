#pragma once
// The border between the program and libweft_cuda.so: one C function, and what it compares before a C++
// object crosses. Class Backend is the interface behind it, so both sides must come from one build.
#include <cstdint>

#include "kernels/cuda_backend.hpp"

namespace weft {

/// Of CudaPluginCall.
constexpr std::uint32_t kCudaPluginVersion = 1;

// Standard types cross the border, so both sides need the same binary form of them. Releases of one library
// share it; which of its two strings is used, and debugging containers, do not show in a release.
#if defined(_LIBCPP_ABI_VERSION)
constexpr const char* kStandardLibrary = "libc++";
#elif defined(_GLIBCXX_DEBUG)
constexpr const char* kStandardLibrary = "libstdc++ with debugging containers";
#elif defined(_GLIBCXX_USE_CXX11_ABI) && _GLIBCXX_USE_CXX11_ABI
constexpr const char* kStandardLibrary = "libstdc++ with C++11 strings";
#else
constexpr const char* kStandardLibrary = "libstdc++ with old strings";
#endif

/// One call: the caller says what it is and what it wants, the library answers in the same structure.
struct CudaPluginCall {
  std::uint32_t version = kCudaPluginVersion;  // first, so that it can be read whatever follows
  const char* standard_library = kStandardLibrary;
  const char* build = "";  // digest of the headers that the border is made of
  CudaOptions options = {};
  bool make_backend = true;  // or only open the device and describe it

  Backend* backend = nullptr;  // the caller's to delete
  ErrorCode error = ErrorCode::kUnsupported;
  char text[1024] = "";  // the error, or what the device is
};

/// Returns whether it did what was asked.
using CudaPlugin = bool(CudaPluginCall*);
constexpr const char* kCudaPluginName = "weft_cuda_plugin";

}  // namespace weft
