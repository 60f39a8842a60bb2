#pragma once
// NumPy's files in memory, without NumPy: .npy arrays of any type and order, and .npz archives of them.
//   write_bytes(path, npz({{"edge_index", npy(edges, {2, n})}, {"labels", npy(labels, {n})}}, true));
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "tests/support/zip_bytes.hpp"

namespace weft::testing {

using Shape = std::vector<std::int64_t>;

/// NumPy's code of T, "i8" or "f4".
template <class T>
std::string type_code() {
  const char kind = std::is_floating_point_v<T> ? 'f' : std::is_signed_v<T> ? 'i' : 'u';
  return kind + std::to_string(sizeof(T));
}

template <class T>
std::string raw_bytes(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

/// Row-major values of this shape in column-major (Fortran) order.
template <class T>
std::vector<T> column_order(const std::vector<T>& values, const Shape& shape) {
  std::vector<T> out(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::size_t rest = i, at = 0, below = values.size();
    for (std::size_t d = shape.size(); d-- > 0;) {
      const auto length = static_cast<std::size_t>(shape[d]);
      below /= length;
      at += rest % length * below;
      rest /= length;
    }
    out[at] = values[i];
  }
  return out;
}

struct NpyOptions {
  bool fortran = false;  // store in column-major order
  int version = 1;
  std::string descr = "";  // instead of T's: "|b1" for uint8_t, "<f2" for uint16_t, ...
};

/// The dict literal of a header; npy_bytes() fills it up.
inline std::string npy_literal(const std::string& descr, bool fortran, const Shape& shape) {
  std::string lengths;
  for (const std::int64_t length : shape) lengths += std::to_string(length) + ",";
  return "{'descr': '" + descr + "', 'fortran_order': " + (fortran ? "True" : "False") + ", 'shape': (" +
         lengths + "), }";
}

/// A file of this header, filled up to a multiple of 64 as NumPy does, and these values.
inline std::string npy_bytes(std::string literal, const std::string& values, int version = 1) {
  const int length_bytes = version == 1 ? 2 : 4;
  const std::size_t front = 8 + static_cast<std::size_t>(length_bytes);
  literal.append(63 - (front + literal.size()) % 64, ' ');
  literal += '\n';
  return "\x93NUMPY" + std::string{static_cast<char>(version), '\0'} +
         little_endian(literal.size(), length_bytes) + literal + values;
}

/// An array of row-major `values`.
template <class T>
std::string npy(const std::vector<T>& values, const Shape& shape, const NpyOptions& options = {}) {
  const std::string order = sizeof(T) == 1 ? "|" : "<";
  const std::string descr = options.descr.empty() ? order + type_code<T>() : options.descr;
  return npy_bytes(npy_literal(descr, options.fortran, shape),
                   raw_bytes(options.fortran ? column_order(values, shape) : values), options.version);
}

/// An archive of arrays by name, without their ".npy".
inline std::string npz(const std::vector<std::pair<std::string, std::string>>& arrays, bool deflated = false,
                       const ZipOptions& options = {}) {
  std::vector<ZipEntry> entries;
  for (const auto& [name, bytes] : arrays) {
    ZipEntry entry;
    entry.name = name + ".npy";
    entry.bytes = bytes;
    entry.deflated = deflated;
    entries.push_back(entry);
  }
  return zip_bytes(entries, options);
}

}  // namespace weft::testing
