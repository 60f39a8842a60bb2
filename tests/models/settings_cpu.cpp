// Models on the CPU: hidden outputs and masks made again or kept, waiting for every op or queueing them.
#include "kernels/cpu_backend.hpp"
#include "tests/support/model_settings.hpp"
#include "tests/support/queued_backend.hpp"

namespace weft::testing {

std::vector<ModelSetting> model_settings() {
  const auto cpu = [] { return make_cpu_backend({}); };
  const auto queued = [] { return std::make_unique<QueuedBackend>(); };
  return {{"cpu", cpu, {}},
          {"cpu_kept", cpu, {true}},
          {"cpu_masks", cpu, {.keep_masks = true}},
          {"cpu_kept_masks", cpu, {true, DType::kF32, true}},
          {"queued", queued, {true}}};
}

}  // namespace weft::testing
