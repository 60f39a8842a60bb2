#pragma once
// The backend whose kernels run on the host, in an order of blocks and threads.
#include <string>

#include "kernels/simt/order.hpp"
#include "kernels/simt/simt_backend.hpp"
#include "tests/support/backends.hpp"

namespace weft::testing {

/// `order` as parse_order takes it. It holds for all kernels until another case is made.
inline BackendCase simt_case(const std::string& name, const std::string& order) {
  return {"simt_" + name, [=] {
            simt::set_order(simt::parse_order(order));
            return make_simt_backend();
          }};
}

}  // namespace weft::testing
