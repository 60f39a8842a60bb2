// The suite on the CPU: every set of hot loops this machine can run is a backend of its own.
#include "tests/support/backends.hpp"
#include "tests/support/isas.hpp"

namespace weft::testing {
namespace {

BackendCase cpu_case(Isa isa, int threads) {
  return {std::string("cpu_") + isa_name(isa) + "_" + std::to_string(threads),
          [=] {
            return make_cpu_backend({threads, isa});
          },
          true};
}

}  // namespace

/// Every set of loops, on two threads.
std::vector<BackendCase> all_backends() {
  std::vector<BackendCase> cases;
  for (const Isa isa : supported_isas()) cases.push_back(cpu_case(isa, 2));
  return cases;
}

std::vector<BackendCase> equal_backends() {
  std::vector<BackendCase> cases;
  for (const Isa isa : supported_isas()) {
    for (const int threads : {1, 2, 3, 7}) cases.push_back(cpu_case(isa, threads));
  }
  return cases;
}

}  // namespace weft::testing
