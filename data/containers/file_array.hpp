#pragma once
// One array inside a file, whatever the container: a .npy file, a member of a .npz, an array or tensor in a
// .pt. Its type and shape are known; its values come in row-major order, in pieces, so that arrays far larger
// than memory can pass through.
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "data/dataset.hpp"

namespace weft::data {

/// Reads an array's values one after the other. Errors, here and in FileArray::open: kBadData (damaged, cut
/// off, a checksum that differs), kIo, each naming file and array.
class ArrayCursor {
 public:
  virtual ~ArrayCursor() = default;
  /// Writes up to `most` values of the array's type; fewer only at the end. A checksum over the whole array
  /// is compared by the cursor that started at 0 when it reaches the end.
  virtual std::int64_t read(void* out, std::int64_t most) = 0;
};

/// An array in memory; `owner` keeps it there. One that lies in a mapped file is aligned to its elements and
/// no more: what a zip file holds begins wherever it happens to.
struct LoadedArray {
  Array array;
  std::shared_ptr<const void> owner;
};

struct FileArray {
  std::string where;  // for messages: "raw/data.npz: edge_index"
  DType dtype = DType::kF32;
  std::vector<std::int64_t> shape;
  std::function<std::unique_ptr<ArrayCursor>(std::int64_t first)> open;  // at a value's row-major index
  LoadedArray in_place;  // a view of the mapped file where the values lie there ready to use, else no data
  std::function<void()> check_in_place;  // compares in_place with its container's checksum; none: empty

  std::shared_ptr<const FileArray>
      turned;  // of a matrix that is stored by columns: its transpose, which streams

  bool boolean = false;  // kU8 that stands for bools

  std::int64_t count() const;
  /// In place where possible, with its checksum compared; else read into memory of kAlignment.
  LoadedArray load() const;
};

}  // namespace weft::data
