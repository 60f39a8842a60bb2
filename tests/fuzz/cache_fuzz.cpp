// Any text as the description in a cache file whose sections are sound: the dataset opens, and all it
// promises is there, or it is refused with an Error.
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "data/cache.hpp"
#include "tests/fuzz/touch.hpp"

namespace {

using namespace weft;

template <class T>
void add(data::StoreWriter& writer, const char* name, std::vector<std::int64_t> shape,
         const std::vector<T>& values) {
  writer.add(name, {DTypeOf<T>::value, std::move(shape), values.data()}, data::Codec::kRaw);
}

void write_cache(const std::filesystem::path& path, const std::string& description) {
  data::StoreWriter writer(path, 0);
  add<std::int64_t>(writer, "table/node/node_label", {4, 1}, {0, 1, 2, 0});
  add<std::int64_t>(writer, "table/graph/graph_label", {2, 1}, {1, 0});
  add<EdgeId>(writer, "relation/node/edge/node/offsets", {5}, {0, 2, 2, 3, 3});
  add<NodeId>(writer, "relation/node/edge/node/cols", {3}, {1, 3, 0});
  add<EdgeId>(writer, "relation/node/edge/node/edge_ids", {3}, {0, 2, 1});
  add<float>(writer, "relation/node/edge/node/edge_feat", {3, 2}, {1, 2, 3, 4, 5, 6});
  for (const char* part : {"split/own/train/node", "split/own/valid/node", "split/own/test/node"})
    add<std::int64_t>(writer, part, {1}, {2});
  add<std::int64_t>(writer, "array/graph_offsets", {3}, {0, 3, 4});
  add<std::int64_t>(writer, "array/label_offsets", {3}, {0, 1, 3});
  add<std::int32_t>(writer, "array/label_tokens", {3}, {1, 0, 1});
  add<std::uint8_t>(writer, "array/label_vocabulary", {4}, {'a', '\n', 'b', '\n'});
  add<std::int64_t>(writer, "array/node_feat_offsets", {5}, {0, 1, 1, 2, 2});
  add<NodeId>(writer, "array/node_feat_columns", {2}, {6, 3});
  add<float>(writer, "array/node_feat_values", {2}, {0.5f, 1});
  writer.add_text(data::cache::kDataset, description);
  writer.commit();
}

void touch(const data::Arrays& arrays) {
  for (const auto& [name, array] : arrays) fuzz::touch(array);
}

void touch(const CsrView& csr) {
  for (NodeId row = 0; row < csr.num_rows; ++row) {
    for (EdgeId e = csr.offsets[row]; e < csr.offsets[row + 1]; ++e) {
      if (csr.cols[e] < 0 || csr.cols[e] >= csr.num_cols) __builtin_trap();
    }
  }
}

void touch(const data::Dataset& dataset) {
  for (const auto& [type, table] : dataset.tables) touch(table.columns);
  for (const data::Relation& relation : dataset.relations) {
    touch(relation.csr);
    touch(relation.edge_columns);
  }
  for (const auto& [name, split] : dataset.splits) {
    for (const data::Part part : data::kParts) touch(split[part]);
  }
  touch(dataset.arrays);
  if (const auto features = dataset.sparse_features()) touch(*features);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto path =
      std::filesystem::temp_directory_path() / ("weft-fuzz-cache-" + std::to_string(::getpid()) + ".weft");
  write_cache(path, std::string(reinterpret_cast<const char*>(data), size));
  try {
    touch(data::cache::read_dataset(data::Store::open(path), "input"));
  } catch (const Error&) {
  }
  std::filesystem::remove(path);
  return 0;
}
