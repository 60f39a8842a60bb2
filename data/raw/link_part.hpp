#pragma once
// One part of a link split out of a .pt file, by OGB's keys.
#include <string>
#include <vector>

#include "data/containers/torch_file.hpp"
#include "data/raw/raw_reader.hpp"

namespace weft::data {

/// `contents`: the dictionary of the part. `where`: for messages. Errors: see read_link_splits.
std::vector<ArraySource> link_part(const RawReader& reader, const RawDataset& raw, const TorchFile& file,
                                   const PickleValue& contents, Part part, const std::string& where);

/// What link_part() made, as it comes out of a cache: shapes agree and every id is one. `where`: for
/// messages, to which an array's name is added. Errors: kBadData.
void check_link_part(const Arrays& part, const std::map<std::string, Table>& tables,
                     const std::string& where);

}  // namespace weft::data
