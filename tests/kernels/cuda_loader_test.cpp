// Finding and opening the CUDA library, and what crosses its border. A library of the same code over the host
// execution stands for it where there is no GPU.
#include <dlfcn.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "kernels/cuda_backend.hpp"
#include "kernels/cuda_plugin.hpp"
#include "tests/support/files.hpp"
#include "tests/support/within.hpp"

namespace weft::testing {
namespace {

/// WEFT_CUDA_LIBRARY until the end of the test.
class LibraryAt {
 public:
  explicit LibraryAt(const std::string& path) { setenv("WEFT_CUDA_LIBRARY", path.c_str(), 1); }
  LibraryAt(const LibraryAt&) = delete;
  LibraryAt& operator=(const LibraryAt&) = delete;
  ~LibraryAt() { unsetenv("WEFT_CUDA_LIBRARY"); }
};

std::string opening_error() {
  return error_of(ErrorCode::kUnsupported, [] { make_cuda_backend(); });
}

TEST(CudaLoader, SaysThatTheNamedLibraryIsNotThere) {
  const LibraryAt library("/nowhere/libweft_cuda.so");
  EXPECT_EQ(opening_error(), "WEFT_CUDA_LIBRARY names /nowhere/libweft_cuda.so, which does not exist");
  const CudaStatus status = cuda_status();
  EXPECT_FALSE(status.usable);
  EXPECT_EQ(status.library, "");
  EXPECT_EQ(status.problem, opening_error());
}

TEST(CudaLoader, SaysWhyALibraryCannotBeOpened) {
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "libweft_cuda.so").string();
  write_bytes(path, "no library at all");
  const LibraryAt library(path);
  const std::string message = opening_error();
  EXPECT_EQ(message.rfind(path + " cannot be opened: ", 0), 0u) << message;
  EXPECT_NE(message.find("; install the CUDA libraries that it needs"), std::string::npos) << message;
  EXPECT_EQ(cuda_status().library, path);
}

TEST(CudaLoader, TellsAnotherLibraryFromItsOwn) {
  Dl_info other;
  ASSERT_NE(dladdr(dlsym(RTLD_DEFAULT, "cos"), &other), 0);
  const LibraryAt library(other.dli_fname);
  EXPECT_EQ(opening_error(), std::string(other.dli_fname) +
                                 " is not Weft's CUDA library: it has no function weft_cuda_plugin");
}

TEST(CudaLoader, MakesABackendThatWorksAcrossTheBorder) {
  const LibraryAt library(WEFT_SIMT_PLUGIN);
  const auto backend = make_cuda_backend({0, MathMode::kTf32});
  EXPECT_STREQ(backend->name(), "simt");
  EXPECT_EQ(backend->description(), "host execution of CUDA kernels, 8.0 GiB, tf32 products");
  Stream stream;
  void* memory = backend->allocate(sizeof(double), "a number");
  const double sent = 0.5;
  double received = 0.0;
  backend->upload(stream, memory, &sent, sizeof(sent));
  backend->download(stream, &received, memory, sizeof(received));
  backend->release(memory);
  EXPECT_EQ(received, 0.5);
}

TEST(CudaLoader, CatchesWhatTheLibraryThrows) {
  const LibraryAt library(WEFT_SIMT_PLUGIN);
  const auto backend = make_cuda_backend();
  const std::string message =
      error_of(ErrorCode::kOutOfMemory, [&] { backend->allocate(std::size_t{1} << 50, "far too much"); });
  EXPECT_EQ(message.rfind("far too much needs 1125899906842624 bytes but ", 0), 0u) << message;
}

TEST(CudaLoader, DescribesADeviceThatCanBeUsed) {
  const LibraryAt library(WEFT_SIMT_PLUGIN);
  const CudaStatus status = cuda_status();
  EXPECT_TRUE(status.usable);
  EXPECT_EQ(status.problem, "");
  EXPECT_EQ(status.library, WEFT_SIMT_PLUGIN);
  EXPECT_EQ(status.description, "host execution of CUDA kernels, 8.0 GiB, fp32 products, no CUDA");
}

TEST(CudaLoader, PassesOnWhyThereIsNoDevice) {
  const LibraryAt library(WEFT_SIMT_PLUGIN);
  EXPECT_EQ(error_of(ErrorCode::kUnsupported,
                     [] {
                       make_cuda_backend({3, MathMode::kFp32});
                     }),
            "there is no device 3; the host execution has 1, counted from 0");
}

TEST(CudaLoader, FindsTheLibraryOfItsOwnBuild) {
  const CudaStatus status = cuda_status();
  // Where the build has one, a machine without a GPU says what it lacks.
  EXPECT_EQ(status.library, WEFT_BUILT_CUDA_LIBRARY);
  EXPECT_NE(status.usable, status.description.empty());
  EXPECT_NE(status.usable, !status.problem.empty());
  if (status.library.empty()) {
    EXPECT_EQ(status.problem.rfind("this build has no CUDA backend: ", 0), 0u) << status.problem;
  } else if (!status.usable) {
    EXPECT_NE(status.problem.find("NVIDIA driver"), std::string::npos) << status.problem;
  }
}

class CudaPluginTest : public ::testing::Test {
 protected:
  CudaPluginTest() : library_(dlopen(WEFT_SIMT_PLUGIN, RTLD_NOW | RTLD_LOCAL)) {
    plugin_ = reinterpret_cast<CudaPlugin*>(dlsym(library_, kCudaPluginName));
    call_.build = WEFT_BUILD_ID;
  }
  std::string refusal() {
    EXPECT_FALSE(plugin_(&call_));
    EXPECT_EQ(call_.backend, nullptr);
    EXPECT_EQ(call_.error, ErrorCode::kUnsupported);
    return call_.text;
  }

  void* library_;
  CudaPlugin* plugin_ = nullptr;
  CudaPluginCall call_;
};

TEST_F(CudaPluginTest, RefusesAnotherVersionOfTheBorder) {
  call_.version = 77;
  EXPECT_EQ(refusal(),
            "the library speaks version 1 of the border and the program version 77; build the program and "
            "the library together");
}

TEST_F(CudaPluginTest, RefusesAnotherStandardLibrary) {
  call_.standard_library = "pencil and paper";
  EXPECT_EQ(refusal(), std::string("the library was compiled with ") + kStandardLibrary +
                           " and the program with pencil and paper; build the program and the library "
                           "together");
}

TEST_F(CudaPluginTest, RefusesAnotherBuild) {
  call_.build = "0123456789ab";
  EXPECT_EQ(refusal(), "the library is of build " WEFT_BUILD_ID
                       " and the program of build 0123456789ab; build the program and the library together");
}

}  // namespace
}  // namespace weft::testing
