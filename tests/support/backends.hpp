#pragma once
// The backends that the suite of tests/kernels runs on. The suite is compiled once; each program that links
// it defines all_backends() and equal_backends() in its tests/kernels/backends_*.cpp.
#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "kernels/backend.hpp"

namespace weft::testing {

struct BackendCase {
  std::string name;  // letters, digits and _: part of the test's name
  std::function<std::unique_ptr<Backend>()> make;
  bool takes_host_memory = false;  // ops may be given memory that the backend did not allocate
};

/// What GoogleTest prints for a parameter.
inline void PrintTo(const BackendCase& backend, std::ostream* out) { *out << backend.name; }

inline std::string backend_name(const ::testing::TestParamInfo<BackendCase>& info) { return info.param.name; }

/// For tests of values. None where the program's device is missing.
std::vector<BackendCase> all_backends();

/// For tests of bits: all of these must give what the first one gives, byte for byte. One at a time is in
/// use.
std::vector<BackendCase> equal_backends();

/// A test of values on each of all_backends(); its suite is declared with WEFT_ON_ALL_BACKENDS.
class BackendTest : public ::testing::TestWithParam<BackendCase> {
 protected:
  std::unique_ptr<Backend> backend_ = GetParam().make();
};

#define WEFT_ON_ALL_BACKENDS(Suite)                     \
  GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Suite); \
  INSTANTIATE_TEST_SUITE_P(Backends, Suite, ::testing::ValuesIn(all_backends()), backend_name)

/// The bytes of all vectors, one after the other.
template <class... T>
std::vector<unsigned char> bytes_of(const std::vector<T>&... vectors) {
  std::vector<unsigned char> all;
  const auto append = [&](const void* data, std::size_t size) {
    const auto* bytes = static_cast<const unsigned char*>(data);
    all.insert(all.end(), bytes, bytes + size);
  };
  (append(vectors.data(), vectors.size() * sizeof(T)), ...);
  return all;
}

/// run(backend), the bytes of what ops gave, is the same on all of equal_backends().
template <class Run>
void expect_same_bits(const Run& run) {
  const std::vector<BackendCase> cases = equal_backends();
  if (cases.empty()) GTEST_SKIP() << "this program's device is missing";
  ASSERT_GE(cases.size(), 2u) << "one backend alone proves nothing";
  std::vector<unsigned char> first;
  for (const BackendCase& which : cases) {
    SCOPED_TRACE(which.name);
    const auto got = run(*which.make());
    ASSERT_FALSE(got.empty());
    if (first.empty()) first = got;
    ASSERT_EQ(got.size(), first.size());
    EXPECT_EQ(std::memcmp(got.data(), first.data(), got.size()), 0);
  }
}

}  // namespace weft::testing
