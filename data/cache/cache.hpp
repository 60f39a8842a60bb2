#pragma once
// A Dataset as sections of a store: their names, and the JSON that says what there is.
//
//   dataset                                    JSON: facts, tables, relations, splits (written by describe())
//   sources                                    JSON: the raw files the cache was made from
//   options                                    JSON: what the conversion was asked for; only where it was
//   table/<node type>/<column>                 labels and additional columns zstd, others raw
//   relation/<source>/<name>/<target>/offsets  int64 [rows + 1], raw; row = target
//                                    /cols     int32 [edges], raw
//                                    /edge_ids int64 [edges], raw
//                                    /<column> edge columns, one row per raw edge: with inverse edges, edge
//                                              id k belongs to row k / 2
//   split/<split>/<part>/<name>                ids int64, others as they were; zstd
//   array/<name>                               Dataset::arrays; of a dataset whose nodes were reordered also
//                                              node_order
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "data/dataset.hpp"
#include "data/raw/conversion.hpp"
#include "data/raw/raw_folder.hpp"
#include "data/store/store.hpp"

namespace weft::data::cache {

inline constexpr const char* kDataset = "dataset";
inline constexpr const char* kSources = "sources";
inline constexpr const char* kOptions = "options";

std::string table_section(const std::string& type, const std::string& column);
std::string relation_section(const Relation& relation, const std::string& array);
std::string split_section(const std::string& split, Part part, const std::string& array);
std::string array_section(const std::string& array);

/// The text of the `dataset` section. Of the arrays only the names are used.
std::string describe(const Dataset& dataset);
std::string describe(const std::vector<SourceFile>& sources);
/// The text of the `options` section: what was asked for that decides the cache's contents and stands nowhere
/// else in it. Empty where nothing was.
std::string describe(const ConvertOptions& asked);

/// Views into the store, which they keep open. Errors: kBadData where sections and description disagree,
/// kStale for a description of another version.
Dataset read_dataset(const std::shared_ptr<Store>& store, const std::string& file);
std::vector<SourceFile> read_sources(const Store& store, const std::string& file);
/// Adds what the cache's conversion was asked for to what is not asked for now. Errors: kBadData.
void restore_options(const Store& store, const std::string& file, ConvertOptions& asked);
/// The name of the order of nodes that the cache was made with; none where it is older than such orders.
std::optional<std::string> read_node_order(const Store& store, const std::string& file);

/// Empty when the files `now` in the folder are those that `recorded` tells of, else what differs. A file
/// with another time but the same size and digest is the same file (a copy, a fresh checkout).
std::string difference(const RawFolder& raw, std::vector<SourceFile> now,
                       const std::vector<SourceFile>& recorded, SourceCheck check);

}  // namespace weft::data::cache
