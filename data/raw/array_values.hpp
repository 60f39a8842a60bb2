#pragma once
// Arrays of numpy's and torch's files as what a dataset is made of: whole numbers, labels, features, edges.
// All that is wrong is told with file, array and position.
#include <string>
#include <vector>

#include "data/containers/file_array.hpp"
#include "data/raw/raw_dataset.hpp"
#include "data/raw/raw_reader.hpp"

namespace weft::data {

/// "raw/data.npz: edge_index: has the shape [5, 2] where [2, edges] is wanted".
[[noreturn]] void refuse_shape(const FileArray& array, const std::string& wanted);

/// Whole numbers in [low, high], of any shape. Errors: kBadData for the first other one, and for an array of
/// another kind of number.
std::vector<std::int64_t> read_integers(const FileArray& array, std::int64_t low, std::int64_t high,
                                        const std::string& wanted);

/// Ids in the order of the file.
struct Ids {
  std::vector<std::int64_t> ids;
  bool mask = false;  // they come from a mask, and ascend
};

/// Ids below `count` of things called `thing`, out of a list or a mask with a value per thing. A mask holds
/// bools, or has a name that ends in "_mask", or is `count` zeros and ones. Errors: kBadData; kUnsupported
/// for several masks in one array.
Ids read_ids(const FileArray& array, std::int64_t count, const char* thing);

/// A [rows] or [rows, columns] array on its way to the cache: whole numbers as they are, others as float32.
/// Errors: kBadData for another number of rows; in the stream, unless `allow_missing`, for what is not
/// finite.
ArraySource matrix(std::string name, const FileArray& array, const RowCount& count, bool allow_missing,
                   Codec codec);

/// Labels to be called `name`, see classify().
Labels labels_of(const FileArray& array, const std::string& name, const RowCount& count,
                 std::optional<std::int64_t> num_classes, const ConvertOptions& options);

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
  template <class T>
  void read_as(std::int64_t count, std::vector<T>& raw, std::vector<NodeId>& out);

  const FileArray& array_;
  std::unique_ptr<ArrayCursor> cursor_;
  std::int64_t position_;
  std::int64_t num_nodes_;
  std::vector<std::int64_t> wide_;  // values as the file has them, in one of the three
  std::vector<std::int32_t> as_they_are_;
  std::vector<std::uint8_t> narrow_;
};

}  // namespace weft::data
