#pragma once
// The backends a kernel test runs on. Every set of hot loops this machine can run is a backend of its own.
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "kernels/cpu_backend.hpp"

namespace weft::testing {

struct BackendCase {
  std::string name;  // letters, digits and _: part of the test's name
  std::function<std::unique_ptr<Backend>()> make;
};

/// What GoogleTest prints for a parameter.
inline void PrintTo(const BackendCase& backend, std::ostream* out) { *out << backend.name; }

inline std::string backend_name(const ::testing::TestParamInfo<BackendCase>& info) { return info.param.name; }

inline BackendCase cpu_case(Isa isa, int threads) {
  return {std::string("cpu_") + isa_name(isa) + "_" + std::to_string(threads), [=] {
            return make_cpu_backend({threads, isa});
          }};
}

inline std::vector<Isa> supported_isas() {
  std::vector<Isa> isas;
  for (const Isa isa : {Isa::kPortable, Isa::kAvx2, Isa::kAvx512}) {
    if (isa_supported(isa)) isas.push_back(isa);
  }
  return isas;
}

/// For tests of values: every set of loops, on two threads.
inline std::vector<BackendCase> all_backends() {
  std::vector<BackendCase> cases;
  for (const Isa isa : supported_isas()) cases.push_back(cpu_case(isa, 2));
  return cases;
}

/// For tests of bits: all of these must give what the first one gives, byte for byte.
inline std::vector<BackendCase> equal_backends() {
  std::vector<BackendCase> cases;
  for (const Isa isa : supported_isas()) {
    for (const int threads : {1, 2, 3, 7}) cases.push_back(cpu_case(isa, threads));
  }
  return cases;
}

}  // namespace weft::testing
