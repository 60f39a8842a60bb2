#pragma once
// Splits of link datasets: edges, or heads, relations and tails, with the negatives they are ranked among.
#include "data/raw/raw_reader.hpp"

namespace weft::data {

/// Whether the splits of a folder without labels are of edges: .pt files, or csv files of two columns.
bool has_link_splits(const RawFolder& raw);

/// Adds every folder in split/ to `raw`, whose tables say which ids there are. In each, split_dict.pt, else
/// train.pt, valid.pt and test.pt, with OGB's keys (Dataset's Split), else <part>.csv.gz with the two ends of
/// an edge per line and <part>_neg.csv.gz with those of pairs that are none. Keys that OGB does not use are
/// noted and left out. Values keep their type; arrays above kStayMapped bytes stay uncompressed in the cache.
/// Errors: kNotFound (no split, a part that is missing); kBadData naming file, key and what is wrong with it:
/// a key that has to be there, a shape that does not fit, an id out of range (found when it is streamed), a
/// type that is no node type. Sets the facts that follow: no tasks, no classes, and for one's own data the
/// metric, mrr where every positive has negatives of its own, else hits@50.
void read_link_splits(const RawReader& reader, RawDataset& raw);

inline constexpr std::uint64_t kStayMapped = 64 << 20;
inline constexpr const char* kLinkTask = "link";  // Facts::task

}  // namespace weft::data
