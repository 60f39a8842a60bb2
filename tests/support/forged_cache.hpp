#pragma once
// Caches as an enemy writes them: sections and description are whatever a test wants, and every checksum
// fits.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "data/base/aligned.hpp"
#include "data/base/checksum.hpp"
#include "data/cache/cache.hpp"
#include "data/store/store_format.hpp"

namespace weft::testing {

struct ForgedSection {
  std::string name;
  DType dtype;
  std::vector<std::int64_t> shape;
  std::string bytes;
};

/// A section of these values.
template <class T>
ForgedSection section(std::string name, std::vector<std::int64_t> shape, const std::vector<T>& values) {
  const auto* bytes = reinterpret_cast<const char*>(values.data());
  return {std::move(name), DTypeOf<T>::value, std::move(shape), {bytes, values.size() * sizeof(T)}};
}

struct ForgedCache {
  std::vector<ForgedSection> sections;

  ForgedSection& at(const std::string& name) {
    for (ForgedSection& section : sections) {
      if (section.name == name) return section;
    }
    throw std::out_of_range("no section " + name);
  }
  /// Value `index` of a section of T.
  template <class T>
  void set(const std::string& name, std::size_t index, T value) {
    std::memcpy(&at(name).bytes.at(index * sizeof(T)), &value, sizeof(T));
  }
  void set_text(const std::string& name, const std::string& text) {
    at(name) = {name, DType::kU8, {static_cast<std::int64_t>(text.size())}, text};
  }
  /// Puts `to` in place of `from` in the description.
  void describe(const std::string& from, const std::string& to) {
    std::string text = at(data::cache::kDataset).bytes;
    text.replace(text.find(from), from.size(), to);
    set_text(data::cache::kDataset, text);
  }

  /// The whole file, with shapes as they are said and lengths as they are.
  std::string file() const {
    std::string out(data::kStoreHeaderBytes, '\0');
    std::vector<data::Section> table;
    for (const ForgedSection& section : sections) {
      data::Section entry;
      entry.name = section.name;
      entry.dtype = section.dtype;
      entry.shape = section.shape;
      entry.offset = out.size();
      entry.stored_bytes = entry.raw_bytes = section.bytes.size();
      entry.checksum = data::crc32(0, section.bytes.data(), section.bytes.size());
      table.push_back(entry);
      out += section.bytes;
      out.resize(data::align_up(out.size()), '\0');
    }
    const std::string entries = data::encode_table(table);
    return data::encode_header(table.size(), out.size(), entries).append(out, data::kStoreHeaderBytes) +
           entries;
  }
};

/// The sections of a cache that is there.
inline ForgedCache forged(const std::filesystem::path& cache) {
  const auto store = data::Store::open(cache);
  ForgedCache copy;
  for (const std::string& name : store->names()) {
    const data::Array array = store->array(name);
    copy.sections.push_back(
        {name, array.dtype, array.shape, {static_cast<const char*>(array.data), array.bytes()}});
  }
  return copy;
}

/// Something of everything that code follows, sound: 4 nodes in 2 graphs with 4 edges, their labels, features
/// dense and sparse, tokens, an order of nodes, and splits of nodes and of links.
inline ForgedCache small_cache() {
  ForgedCache all;
  const auto add = [&](ForgedSection one) { all.sections.push_back(std::move(one)); };
  add(section<EdgeId>("relation/node/edge/node/offsets", {5}, {0, 2, 2, 3, 4}));
  add(section<NodeId>("relation/node/edge/node/cols", {4}, {1, 3, 0, 2}));
  add(section<EdgeId>("relation/node/edge/node/edge_ids", {4}, {0, 2, 1, 3}));
  add(section<float>("relation/node/edge/node/edge_weight", {4, 1}, {1, 2, 3, 4}));
  add(section<std::int64_t>("table/node/node_label", {4, 1}, {0, 1, 2, 0}));
  add(section<float>("table/node/node_feat", {4, 2}, {1, 0, 0, 2, 3, 1, 0, 1}));
  add(section<float>("table/graph/graph_label", {2, 1}, {1, 0}));
  add(section<std::int64_t>("split/own/train/node", {2}, {0, 2}));
  add(section<std::int64_t>("split/own/valid/node", {1}, {1}));
  add(section<std::int64_t>("split/own/test/node", {1}, {3}));
  for (const std::string part : {"train", "valid", "test"}) {
    add(section<std::int64_t>("split/links/" + part + "/edge", {2, 2}, {0, 1, 2, 3}));
    add(section<std::int64_t>("split/links/" + part + "/edge_neg", {1, 2}, {3, 0}));
  }
  add(section<std::int64_t>("array/graph_offsets", {3}, {0, 3, 4}));
  add(section<std::int64_t>("array/label_offsets", {3}, {0, 1, 3}));
  add(section<std::int32_t>("array/label_tokens", {3}, {1, 0, 1}));
  add(section<std::uint8_t>("array/label_vocabulary", {4}, {'a', '\n', 'b', '\n'}));
  add(section<std::int64_t>("array/node_feat_offsets", {5}, {0, 1, 1, 2, 2}));
  add(section<NodeId>("array/node_feat_columns", {2}, {6, 3}));
  add(section<float>("array/node_feat_values", {2}, {0.5f, 1}));
  add(section<NodeId>("array/node_order", {4}, {2, 0, 3, 1}));
  add({data::cache::kDataset, DType::kU8, {0}, ""});
  add({data::cache::kSources, DType::kU8, {0}, ""});
  all.set_text(data::cache::kDataset, R"({"version": 3, "facts": {"name": "small", "task": "node",
"task_type": "multiclass classification", "metric": "acc", "num_tasks": 1, "num_classes": 3,
"default_split": "own", "add_inverse_edge": false, "without_features": false, "sparse_columns": 7},
"tables": {"node": {"rows": 4, "arrays": ["node_label", "node_feat"]},
           "graph": {"rows": 2, "arrays": ["graph_label"]}},
"relations": [{"source": "node", "name": "edge", "target": "node", "rows": 4, "columns": 4, "edges": 4,
               "arrays": ["edge_weight"]}],
"splits": {"own": {"train": ["node"], "valid": ["node"], "test": ["node"]}},
"arrays": ["graph_offsets", "label_offsets", "label_tokens", "label_vocabulary", "node_feat_offsets",
           "node_feat_columns", "node_feat_values", "node_order"],
"node_order": "rcm"})");
  all.set_text(data::cache::kSources, "[]");
  return all;
}

/// The same as a dataset for link prediction.
inline ForgedCache small_link_cache() {
  ForgedCache links = small_cache();
  links.describe("\"task\": \"node\"", "\"task\": \"link\"");
  links.describe(R"(,
           "graph": {"rows": 2, "arrays": ["graph_label"]})",
                 "");
  links.describe("\"graph_offsets\", \"label_offsets\", \"label_tokens\", \"label_vocabulary\", ", "");
  links.describe(R"("own": {"train": ["node"], "valid": ["node"], "test": ["node"]})",
                 R"("links": {"train": ["edge", "edge_neg"], "valid": ["edge", "edge_neg"],
"test": ["edge", "edge_neg"]})");
  return links;
}

}  // namespace weft::testing
