#pragma once
// A dataset as the reader of a raw layout finds it: facts and shapes are known and checked, values come as
// streams. write_cache() turns it into a cache file.
#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "data/containers/file_array.hpp"
#include "data/dataset.hpp"
#include "data/raw/raw_column.hpp"
#include "data/store/store.hpp"

namespace weft::data {

using ByteSink = std::function<void(const void* data, std::size_t bytes)>;

/// An array on its way into the cache. `stream` hands on all its values in row-major order; what it finds
/// wrong in the file it reads, it reports as the readers do.
struct ArraySource {
  std::string name;
  DType dtype = DType::kF32;
  std::vector<std::int64_t> shape;
  Codec codec = Codec::kZstd;
  std::function<void(const ByteSink& sink)> stream;
  bool drawn = false;  // made up as it streams: it may do so beside other work

  std::uint64_t bytes() const;
};

/// Of values in memory, which the result keeps.
ArraySource in_memory(Column column);
template <class T>
ArraySource in_memory(std::string name, std::vector<std::int64_t> shape, std::vector<T> values);

/// Of an array in a file, in pieces.
ArraySource from_file(std::string name, FileArray array, Codec codec);

using EdgeSink = std::function<void(const NodeId* source, const NodeId* target, std::int64_t count)>;

struct EdgeEnds {
  std::vector<NodeId> source, target;  // [e]

  Vec<const NodeId> sources() const { return {source.data(), static_cast<std::int64_t>(source.size())}; }
  Vec<const NodeId> targets() const { return {target.data(), static_cast<std::int64_t>(target.size())}; }
};

/// The raw edges of a relation, in the order of the file, ids in range. `count` has been found plausible for
/// the file's size, so memory for as many may be reserved.
struct EdgeSource {
  EdgeId count = 0;
  std::function<void(const EdgeSink& sink)> stream;
  std::shared_ptr<const EdgeEnds> held = nullptr;  // the same edges, where they are in memory anyway
};

/// Of edges in memory, which the result keeps.
EdgeSource in_memory(EdgeEnds ends);
/// All edges in memory; a copy of those that are held.
EdgeEnds read_edges(const EdgeSource& edges);

struct RawTable {
  std::int64_t rows = 0;
  std::vector<ArraySource> columns;
};

struct RawRelation {
  std::string source;  // node types, which have tables
  std::string name;
  std::string target;
  EdgeSource edges;
  std::vector<ArraySource> columns;  // a row per raw edge
};

struct RawDataset {
  Facts facts;
  std::map<std::string, RawTable> tables;
  std::vector<RawRelation> relations;
  std::map<std::string, std::array<std::vector<ArraySource>, 3>> splits;
  std::vector<ArraySource> arrays;  // Dataset::arrays
};

template <class T>
ArraySource in_memory(std::string name, std::vector<std::int64_t> shape, std::vector<T> values) {
  return {std::move(name), DTypeOf<T>::value, std::move(shape), Codec::kZstd,
          [values = std::make_shared<const std::vector<T>>(std::move(values))](const ByteSink& sink) {
            sink(values->data(), values->size() * sizeof(T));
          }};
}

}  // namespace weft::data
