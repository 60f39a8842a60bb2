#pragma once
// .npz files of arrays as Dataset holds them.
#include <string>
#include <utility>
#include <vector>

#include "data/dataset.hpp"
#include "tests/support/npy_bytes.hpp"

namespace weft::testing {

class NpzBytes {
 public:
  explicit NpzBytes(bool deflated = false) : deflated_(deflated) {}

  NpzBytes& add(const std::string& name, const data::Array& array) {
    const std::string values(static_cast<const char*>(array.data), array.bytes());
    arrays_.emplace_back(name, npy_bytes(npy_literal(code(array.dtype), false, array.shape), values));
    return *this;
  }
  std::string bytes() const { return npz(arrays_, deflated_); }

 private:
  static const char* code(DType dtype) {
    switch (dtype) {
      case DType::kF32:
        return "<f4";
      case DType::kF64:
        return "<f8";
      case DType::kI64:
        return "<i8";
      case DType::kI32:
        return "<i4";
      default:
        return "|u1";
    }
  }

  bool deflated_;
  std::vector<std::pair<std::string, std::string>> arrays_;
};

}  // namespace weft::testing
