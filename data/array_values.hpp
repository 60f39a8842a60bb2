#pragma once
// Arrays of numpy's and torch's files as what a dataset is made of: whole numbers, labels, features, edges.
// All that is wrong is told with file, array and position.
#include <string>
#include <vector>

#include "data/file_array.hpp"
#include "data/raw_dataset.hpp"
#include "data/raw_reader.hpp"

namespace weft::data {

/// "raw/data.npz: edge_index: has the shape [5, 2] where [2, edges] is wanted".
[[noreturn]] void refuse_shape(const FileArray& array, const std::string& wanted);

/// Whole numbers in [low, high], of any shape. Errors: kBadData for the first other one, and for an array of
/// another kind of number.
std::vector<std::int64_t> read_integers(const FileArray& array, std::int64_t low, std::int64_t high,
                                        const std::string& wanted);

/// A [rows] or [rows, columns] array on its way to the cache: whole numbers as they are, others as float32.
/// Errors: kBadData for another number of rows; in the stream, unless `allow_missing`, for what is not
/// finite.
ArraySource matrix(std::string name, const FileArray& array, const RowCount& count, bool allow_missing,
                   Codec codec);

/// As RawReader::read_labels; `num_classes` is what the registry or the options say, if anything.
Labels labels_of(const FileArray& array, const RowCount& count, std::optional<std::int64_t> num_classes);

/// Node ids of [2, edges] pairs, in [0, num_nodes): two cursors go through the rows side by side, or one
/// through an array that is stored by columns.
EdgeSource edge_pairs(const FileArray& pairs, std::int64_t num_nodes);

/// Ids as a source of edges hands them on, checked. Errors: kBadData with the position.
class IdCursor {
 public:
  IdCursor(const FileArray& array, std::int64_t first, std::int64_t num_nodes);
  /// The next `count` ids.
  void read(std::int64_t count, std::vector<NodeId>& out);

 private:
  const FileArray& array_;
  std::unique_ptr<ArrayCursor> cursor_;
  std::int64_t position_;
  std::int64_t num_nodes_;
  std::vector<std::int64_t> wide_;
};

}  // namespace weft::data
