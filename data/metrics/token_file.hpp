#pragma once
// Token lists in a .json file: {"seq_ref": [["get", "name"], ...], "seq_pred": [["get"], ...]}.
#include <filesystem>
#include <optional>

#include "data/metrics/metrics_tokens.hpp"

namespace weft::data {

struct TokenFile {
  std::optional<TokenLists> seq_ref, seq_pred;  // none where the file has no such key
};

/// Parsed as it is read, so that memory stays near the size of the texts.
/// Errors: kNotFound, kIo; kBadData naming the place: not JSON, another shape, a key that is unknown or there
/// twice.
TokenFile read_token_file(const std::filesystem::path& path);

}  // namespace weft::data
