#pragma once
// The container under the cache: named, typed, aligned, checksummed sections in one file. data/STORE.md
// specifies it byte by byte.
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "data/dataset.hpp"

namespace weft::data {

enum class Codec : std::uint8_t { kRaw = 0, kZstd = 1 };

/// Writes a store to a temporary name beside `path`; commit() syncs and renames it into place. Without
/// commit() nothing is left behind. One writer per path: an advisory lock makes a second process wait.
class StoreWriter {
 public:
  /// Errors: kIo, kNoSpace (also when `expected_bytes` exceed the free space).
  StoreWriter(const std::filesystem::path& path, std::uint64_t expected_bytes);
  ~StoreWriter();
  StoreWriter(const StoreWriter&) = delete;
  StoreWriter& operator=(const StoreWriter&) = delete;

  /// A whole section. Errors: kIo, kNoSpace; kInvalidArgument for a repeated name.
  void add(const std::string& name, const Array& array, Codec codec);
  /// A section written piece by piece, in order; the pieces must add up to the shape before the next call.
  void begin(const std::string& name, DType dtype, std::vector<std::int64_t> shape, Codec codec);
  void append(const void* data, std::size_t bytes);
  /// A raw section whose place is kept while others follow: several grow side by side, each in order, and are
  /// full before commit(). Returns what append_to() knows it by.
  std::size_t reserve(const std::string& name, DType dtype, std::vector<std::int64_t> shape);
  void append_to(std::size_t section, const void* data, std::size_t bytes);
  /// A small text section (JSON).
  void add_text(const std::string& name, const std::string& text);
  /// Errors: kIo, kNoSpace; what was at the path before is then untouched.
  void commit();
  /// Whether another process was writing the same path when this one began: its file may serve.
  bool waited() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// A mapped store. Raw sections are views into the mapping; compressed ones are inflated at first use.
class Store {
 public:
  /// Checks header and section table, not the sections. Errors: kNotFound, kBadData, kStale (another
  /// version).
  static std::shared_ptr<Store> open(const std::filesystem::path& path);
  ~Store();

  bool has(const std::string& name) const;
  /// In the order of the file.
  std::vector<std::string> names() const;
  /// A view that lives as long as the store. Safe to call from several threads. Errors: kNotFound; kBadData
  /// when a compressed section does not inflate to its length or misses its checksum.
  Array array(const std::string& name) const;
  std::string text(const std::string& name) const;
  /// Compares every section's checksum, one thread per section. With `once`, the file's pages do not stay in
  /// memory: nobody is going to use them. Errors: kBadData naming file and section.
  void verify(int threads, bool once = false) const;
  std::uint64_t file_bytes() const;

 private:
  Store();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weft::data
