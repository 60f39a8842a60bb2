#pragma once
// On what, and how stored, the tests of whole models run. They are compiled once; each program that links
// them defines model_settings() in its tests/models/settings_*.cpp.
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "models/recorder.hpp"

namespace weft::testing {

struct ModelSetting {
  std::string name;  // letters, digits and _: part of the test's name
  std::function<std::unique_ptr<Backend>()> make;
  models::Storage storage;
};

inline void PrintTo(const ModelSetting& setting, std::ostream* out) { *out << setting.name; }

/// Float32, in all ways that must give the same numbers. None where the program's device is missing.
std::vector<ModelSetting> model_settings();

}  // namespace weft::testing
