#include "data/raw/raw_writer.hpp"

#include <algorithm>
#include <charconv>
#include <string>
#include <vector>

#include "data/base/file.hpp"
#include "data/base/gzip.hpp"
#include "data/base/parallel.hpp"
#include "kernels/base/error.hpp"

namespace weft::data {
namespace {

namespace fs = std::filesystem;

/// A .csv.gz file that grows by values. They wait until they are worth sharing among threads; each of fixed
/// numbers of rows then becomes a gzip member of its own.
template <class T>
class CsvFile {
 public:
  CsvFile(const fs::path& path, std::int64_t columns, int threads)
      : file_(path),
        columns_(columns),
        threads_(threads),
        piece_(std::max<std::int64_t>(1, kPieceValues / columns) * columns) {}

  /// Values in row-major order; rows may come in parts.
  void append(const T* values, std::int64_t count) {
    waiting_.insert(waiting_.end(), values, values + count);
    const std::int64_t pieces = static_cast<std::int64_t>(waiting_.size()) / piece_;
    if (pieces < kPiecesPerThread * threads_) return;
    write(pieces * piece_);
  }

  void commit() {
    write(static_cast<std::int64_t>(waiting_.size()));
    if (file_.size() == 0) file_.append(gzip_member("").data(), gzip_member("").size());
    file_.commit();
  }

 private:
  static constexpr std::int64_t kPieceValues = 1 << 16;
  static constexpr std::int64_t kPiecesPerThread = 4;
  static constexpr std::size_t kLongestValue = 24;

  void write(std::int64_t count) {
    const std::int64_t pieces = (count + piece_ - 1) / piece_;
    std::vector<std::string> members(static_cast<std::size_t>(pieces));
    parallel_for(pieces, threads_, [&](std::int64_t p) {
      members[static_cast<std::size_t>(p)] = gzip_member(text(p * piece_, std::min(count, (p + 1) * piece_)));
    });
    for (const std::string& member : members) file_.append(member.data(), member.size());
    waiting_.erase(waiting_.begin(), waiting_.begin() + count);
  }

  std::string text(std::int64_t begin, std::int64_t end) const {
    std::string lines(static_cast<std::size_t>(end - begin) * (kLongestValue + 1), '\0');
    char* to = lines.data();
    for (std::int64_t i = begin; i < end; ++i) {
      to = std::to_chars(to, to + kLongestValue, waiting_[static_cast<std::size_t>(i)]).ptr;
      *to++ = (i + 1) % columns_ == 0 ? '\n' : ',';
    }
    lines.resize(static_cast<std::size_t>(to - lines.data()));
    return lines;
  }

  AtomicFile file_;
  std::int64_t columns_;
  int threads_;
  std::int64_t piece_;  // values, whole rows
  std::vector<T> waiting_;
};

template <class T>
void write_values(const fs::path& path, const ArraySource& array, int threads) {
  CsvFile<T> file(path, Array{array.dtype, array.shape, nullptr}.cols(), threads);
  array.stream([&](const void* data, std::size_t bytes) {
    file.append(static_cast<const T*>(data), static_cast<std::int64_t>(bytes / sizeof(T)));
  });
  file.commit();
}

void write_array(const fs::path& path, const ArraySource& array, int threads) {
  WEFT_CHECK(array.dtype == DType::kF32 || array.dtype == DType::kI64, "write_raw: ", array.name, " holds ",
             dtype_name(array.dtype), ", not int64 or float32");
  array.dtype == DType::kF32 ? write_values<float>(path, array, threads)
                             : write_values<std::int64_t>(path, array, threads);
}

void write_count(const fs::path& path, std::int64_t count) {
  const std::string member = gzip_member(std::to_string(count) + "\n");
  AtomicFile file(path);
  file.append(member.data(), member.size());
  file.commit();
}

void write_edges(const fs::path& path, const EdgeSource& edges, int threads) {
  CsvFile<NodeId> file(path, 2, threads);
  std::vector<NodeId> pairs;
  edges.stream([&](const NodeId* source, const NodeId* target, std::int64_t count) {
    pairs.clear();
    for (std::int64_t i = 0; i < count; ++i) {
      pairs.push_back(source[i]);
      pairs.push_back(target[i]);
    }
    file.append(pairs.data(), 2 * count);
  });
  file.commit();
}

/// "node_feat" -> "node-feat": the arrays that OGB spells differently in file names.
std::string file_name(const std::string& array) {
  std::string name = array;
  if (array == "node_feat" || array == "node_label") std::replace(name.begin(), name.end(), '_', '-');
  return name + ".csv.gz";
}

}  // namespace

void write_raw(const fs::path& folder, const RawDataset& dataset, int threads) {
  WEFT_CHECK(dataset.tables.size() == 1 && dataset.relations.size() == 1 && dataset.arrays.empty(),
             "write_raw: writes graphs of one node type");
  const RawTable& nodes = dataset.tables.begin()->second;
  const RawRelation& edges = dataset.relations.front();
  make_folder(folder / "raw");
  write_count(folder / "raw/num-node-list.csv.gz", nodes.rows);
  write_count(folder / "raw/num-edge-list.csv.gz", edges.edges.count);
  write_edges(folder / "raw/edge.csv.gz", edges.edges, threads);
  for (const ArraySource& column : edges.columns)
    write_array(folder / "raw" / file_name(column.name), column, threads);
  for (const ArraySource& column : nodes.columns)
    write_array(folder / "raw" / file_name(column.name), column, threads);
  for (const auto& [name, parts] : dataset.splits) {
    make_folder(folder / "split" / name);
    for (const Part part : kParts) {
      const std::string file = std::string(part_name(part)) + ".csv.gz";
      write_array(folder / "split" / name / file, parts[static_cast<std::size_t>(part)].front(), threads);
    }
  }
}

}  // namespace weft::data
