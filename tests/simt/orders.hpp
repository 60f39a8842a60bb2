#pragma once
// A fixture whose tests run in three orders of threads and blocks.
#include <gtest/gtest.h>

#include <string>

#include "kernels/simt/order.hpp"

namespace weft::testing {

class InEachOrder : public ::testing::TestWithParam<const char*> {
 protected:
  InEachOrder() : before_(simt::current_order()) { simt::set_order(simt::parse_order(GetParam())); }
  ~InEachOrder() override { simt::set_order(before_); }

 private:
  simt::Order before_;
};

inline std::string order_test_name(const ::testing::TestParamInfo<const char*>& info) {
  const std::string text = info.param;
  return text.substr(0, text.find(':'));
}

#define WEFT_IN_EACH_ORDER(fixture)                                                              \
  INSTANTIATE_TEST_SUITE_P(Orders, fixture, ::testing::Values("forward", "reverse", "random:7"), \
                           ::weft::testing::order_test_name)

}  // namespace weft::testing
