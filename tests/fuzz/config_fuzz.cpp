// Any text as a TOML configuration: it is refused with an Error of one line, or what it sets can be written
// and read back to the same values.
#include <cstdint>
#include <string>

#include "engine/config/config.hpp"
#include "kernels/base/error.hpp"

namespace {

void require(bool holds) {
  if (!holds) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weft;
  const std::string text(reinterpret_cast<const char*>(data), size);
  engine::TrainConfig config;
  try {
    engine::apply_toml(config, text, "input");
  } catch (const Error& error) {
    require(std::string(error.what()).find('\n') == std::string::npos);
    return 0;
  }
  const std::string written = engine::to_toml(config);
  engine::TrainConfig again;
  engine::apply_toml(again, written, "written");
  require(engine::to_toml(again) == written);
  return 0;
}
