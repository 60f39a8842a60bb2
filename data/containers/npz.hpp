#pragma once
// NumPy's files: .npy (one array) and .npz (a zip of them), as numpy.lib.format and numpy.savez write them.
#include <filesystem>
#include <string>
#include <vector>

#include "data/base/file.hpp"
#include "data/containers/file_array.hpp"
#include "data/containers/zip_directory.hpp"

namespace weft::data {

/// Value types are handed on as the nearest one Weft has: int64, int32, uint8, float32 and float64 as they
/// are; bool as uint8; int8, int16 and uint16 as int32; uint32 and uint64 as int64 (a value above 2^63 - 1 is
/// refused when it is read); float16 as float32. Byte order and Fortran order are undone.
/// Errors: kNotFound, kIo; kBadData (not a .npy, cut off, a length that does not fit the shape, damaged zip);
/// kUnsupported naming the type of arrays of objects, texts and records: no pickle is ever run.
FileArray open_npy(const std::filesystem::path& path);
/// The same for a file in memory.
FileArray open_npy(FileBytes file);

class NpzFile {
 public:
  /// Reads the zip's directory. Errors: as open_npy.
  explicit NpzFile(const std::filesystem::path& path);
  explicit NpzFile(FileBytes file);

  /// Names without ".npy", in the archive's order; other members are passed over.
  std::vector<std::string> names() const;
  bool has(const std::string& name) const;
  /// The array's header is read here, its values later. Errors: kNotFound listing the names there are; as
  /// open_npy.
  FileArray array(const std::string& name) const;

 private:
  ZipDirectory zip_;
};

}  // namespace weft::data
