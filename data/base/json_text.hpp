#pragma once
// JSON as text, whatever bytes the names of files have.
#include <string>

#include "kernels/base/error.hpp"

namespace weft::data {

/// `json` as text, its texts made UTF-8 by utf8_text(); dump() alone throws at the first other byte. Keys are
/// UTF-8 already. `indent` as dump() has it.
template <class Json>
std::string json_text(Json json, int indent = -1) {
  const auto make_utf8 = [](const auto& self, Json& value) -> void {
    if (value.is_string()) value = utf8_text(value.template get_ref<const std::string&>());
    if (!value.is_structured()) return;
    for (Json& item : value) self(self, item);
  };
  make_utf8(make_utf8, json);
  return json.dump(indent);
}

}  // namespace weft::data
