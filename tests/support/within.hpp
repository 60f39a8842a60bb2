#pragma once
// Comparison with a reference that knows its own error.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "kernels/base/error.hpp"
#include "tests/reference/expected.hpp"

namespace weft::testing {

/// Each got[i] is within bound[i] of value[i]. NaN is a failure, also where the bound is NaN.
template <class T>
void expect_within(const std::vector<T>& got, const reference::Expected& expected) {
  ASSERT_EQ(got.size(), expected.value.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double error = std::abs(static_cast<double>(got[i]) - expected.value[i]);
    if (error <= expected.bound[i]) continue;
    FAIL() << "element " << i << " of " << got.size() << " is " << got[i] << " but the reference says "
           << expected.value[i] << " within " << expected.bound[i];
  }
}

/// The message of the Error that `call` throws; its code must be `code`.
template <class Call>
std::string error_of(ErrorCode code, const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "no error was thrown";
  return "";
}

}  // namespace weft::testing
