// Finds libweft_cuda.so and opens it. It stays loaded for good: backends and exceptions made by its code may
// live as long as the program. Every way this fails ends in one line that says what is missing and what to
// do.
#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "kernels/cuda_backend.hpp"
#include "kernels/cuda_plugin.hpp"

namespace weft {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLibrary = "libweft_cuda.so";
constexpr const char* kOverride = "WEFT_CUDA_LIBRARY";
/// Folders above the program's whose library folder is looked at: the prefix it is installed in, or the root
/// of a build for programs that lie deeper in it.
constexpr int kLevelsUp = 3;

bool file_exists(const fs::path& path) {
  std::error_code unreadable;
  return fs::exists(path, unreadable);
}

/// Beside the program, or in the library folder of a prefix that the program is in; empty when in neither.
std::string find_near_program() {
  std::error_code no_proc;
  fs::path folder = fs::read_symlink("/proc/self/exe", no_proc).parent_path();
  if (folder.empty()) return "";
  if (file_exists(folder / kLibrary)) return folder / kLibrary;
  for (int level = 0; level < kLevelsUp && folder.has_relative_path(); ++level) {
    folder = folder.parent_path();
    const fs::path path = folder / WEFT_LIBRARY_FOLDER / kLibrary;
    if (file_exists(path)) return path;
  }
  return "";
}

/// A file that exists, or the bare name, which the system looks for.
std::string find_library() {
  const char* named = std::getenv(kOverride);
  if (named == nullptr || *named == '\0') {
    const std::string near = find_near_program();
    return near.empty() ? kLibrary : near;
  }
  if (!file_exists(named)) {
    fail(ErrorCode::kUnsupported, kOverride, " names ", named, ", which does not exist");
  }
  return fs::absolute(named);
}

[[noreturn]] void fail_opening(const std::string& path, const std::string& error) {
  if (error.rfind(std::string(kLibrary) + ": ", 0) == 0) {
    fail(ErrorCode::kUnsupported, "this build has no CUDA backend: ", kLibrary,
         " lies neither beside the program nor where the system looks for libraries; build it with a CUDA "
         "toolkit (-D WEFT_CUDA=ON), or name it in ",
         kOverride);
  }
  fail(ErrorCode::kUnsupported, path, " cannot be opened: ", error,
       "; install the CUDA libraries that it needs, or put their folder into LD_LIBRARY_PATH");
}

CudaPlugin* open_library(const std::string& path) {
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) fail_opening(path, dlerror());
  void* function = dlsym(library, kCudaPluginName);
  if (function == nullptr) {
    fail(ErrorCode::kUnsupported, path, " is not Weft's CUDA library: it has no function ", kCudaPluginName);
  }
  return reinterpret_cast<CudaPlugin*>(function);
}

/// Where the system found the library that the function is in.
std::string path_of(CudaPlugin* plugin) {
  Dl_info info;
  return dladdr(reinterpret_cast<void*>(plugin), &info) != 0 ? info.dli_fname : kLibrary;
}

CudaPluginCall call_plugin(CudaPlugin* plugin, const CudaOptions& options, bool make_backend) {
  CudaPluginCall call;
  call.build = WEFT_BUILD_ID;
  call.options = options;
  call.make_backend = make_backend;
  if (!plugin(&call)) fail(call.error, call.text);
  return call;
}

}  // namespace

std::unique_ptr<Backend> make_cuda_backend(const CudaOptions& options) {
  CudaPlugin* plugin = open_library(find_library());
  return std::unique_ptr<Backend>(call_plugin(plugin, options, true).backend);
}

CudaStatus cuda_status() {
  CudaStatus status;
  try {
    const std::string path = find_library();
    if (file_exists(path)) status.library = path;
    CudaPlugin* plugin = open_library(path);
    status.library = path_of(plugin);
    status.description = call_plugin(plugin, {}, false).text;
    status.usable = true;
  } catch (const Error& error) {
    status.problem = error.what();
  }
  return status;
}

}  // namespace weft
