#pragma once
// Labels that are sequences of tokens: ogbg-code2's method names, split at single spaces.
#include <vector>

#include "data/raw/raw_reader.hpp"

namespace weft::data {

/// One label per row of a one-column csv file of text, as pandas reads it: quotes around a field and doubled
/// ones within, blank lines skipped, and what it takes for missing (an empty field, "null", "nan", "NA", ...)
/// is the token "nan". Gives label_offsets, label_tokens and label_vocabulary (Dataset::arrays), words in the
/// order of their first appearance. Errors: kBadData for a second column, quotes that do not close, another
/// number of rows than `count`.
std::vector<ArraySource> read_token_labels(const RawReader& reader, const std::filesystem::path& path,
                                           const RowCount& count);

}  // namespace weft::data
