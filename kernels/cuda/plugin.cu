// The one function that the library shows. No exception passes it: what went wrong becomes a text.
#include "kernels/cuda_plugin.hpp"

#include <algorithm>
#include <cstring>

#include "kernels/cuda/cuda_backend.hpp"

namespace weft::WEFT_DEVICE_NS {
namespace {

void answer(CudaPluginCall& call, const std::string& text) {
  const std::size_t length = std::min(text.size(), sizeof(call.text) - 1);
  std::memcpy(call.text, text.data(), length);
  call.text[length] = '\0';
}

/// The version is compared before anything else is read.
void check_same_build(const CudaPluginCall& call) {
  const char* advice = "; build the program and the library together";
  if (call.version != kCudaPluginVersion) {
    fail(ErrorCode::kUnsupported, "the library speaks version ", kCudaPluginVersion,
         " of the border and the program version ", call.version, advice);
  }
  if (std::strcmp(call.standard_library, kStandardLibrary) != 0) {
    fail(ErrorCode::kUnsupported, "the library was compiled with ", kStandardLibrary,
         " and the program with ", call.standard_library, advice);
  }
  if (std::strcmp(call.build, WEFT_BUILD_ID) != 0) {
    fail(ErrorCode::kUnsupported, "the library is of build ", WEFT_BUILD_ID, " and the program of build ",
         call.build, advice);
  }
}

void serve(CudaPluginCall& call) {
  auto backend = std::make_unique<CudaBackend>(call.options);
  answer(call, backend->description() + ", " + runtime_versions());
  if (call.make_backend) call.backend = backend.release();
}

bool guarded(CudaPluginCall& call) {
  try {
    check_same_build(call);
    serve(call);
    return true;
  } catch (const Error& error) {
    call.error = error.code();
    answer(call, error.what());
  } catch (const std::exception& error) {
    answer(call, error.what());
  }
  return false;
}

}  // namespace
}  // namespace weft::WEFT_DEVICE_NS

extern "C" __attribute__((visibility("default"))) bool weft_cuda_plugin(weft::CudaPluginCall* call) {
  return weft::WEFT_DEVICE_NS::guarded(*call);
}
