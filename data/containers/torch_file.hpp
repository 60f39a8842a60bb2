#pragma once
// What torch.save writes: a tree of plain values with NumPy arrays and tensors in it. Both layouts are read:
// the zip file of PyTorch 1.6 and later, and the older stream of pickles and storages.
#include <filesystem>
#include <memory>
#include <string>

#include "data/base/file.hpp"
#include "data/containers/file_array.hpp"
#include "data/containers/pickle_value.hpp"

namespace weft::data {

/// Everything but the arrays' values is read when it is opened; values stay in the mapped file. Checksums,
/// which the zip layout has, are compared at once. What root() leads to lives as long as the TorchFile;
/// FileArrays keep the file themselves.
class TorchFile {
 public:
  /// Errors: kNotFound, kIo; kBadData (damaged, cut off, not a .pt); kUnsupported (classes and functions that
  /// data has no need of, each by its name, big-endian storages).
  explicit TorchFile(const std::filesystem::path& path);
  explicit TorchFile(FileBytes file);

  const std::string& file_name() const;
  const PickleValue& root() const;

  /// A value of the dictionary that the file is. Errors: kBadData when it is none; kNotFound with its keys.
  const PickleValue& at(const std::string& key) const;
  /// An array or tensor of the tree; `name` is for messages. Types are those of npz.hpp, and bfloat16.
  /// Arrays in Fortran order that a pickle of protocol 2 holds are decoded into memory by their first cursor;
  /// all others are read where they lie. Errors: kBadData when it is something else.
  FileArray array(const PickleValue& value, const std::string& name) const;
  FileArray array(const std::string& key) const { return array(at(key), key); }

 private:
  struct Impl;
  std::shared_ptr<const Impl> impl_;
};

}  // namespace weft::data
