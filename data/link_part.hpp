#pragma once
// One part of a link split out of a .pt file, by OGB's keys.
#include <string>
#include <vector>

#include "data/raw_reader.hpp"
#include "data/torch_file.hpp"

namespace weft::data {

/// `contents`: the dictionary of the part. `where`: for messages. Errors: see read_link_splits.
std::vector<ArraySource> link_part(const RawReader& reader, const RawDataset& raw, const TorchFile& file,
                                   const PickleValue& contents, Part part, const std::string& where);

}  // namespace weft::data
