#pragma once
// The few functions and classes that a pickle may name, and what stands for calling them: nothing of Python
// or of a library runs, the arguments are looked at and become a value.
#include <string>
#include <string_view>

#include "data/containers/pickle_value.hpp"
#include "kernels/base/error.hpp"

namespace weft::data {

/// The opcode at work, for messages.
struct PicklePlace {
  const std::string& file;
  std::size_t opcode_at;

  /// Throws kBadData.
  template <class... Parts>
  [[noreturn]] void damaged(const Parts&... parts) const {
    fail(ErrorCode::kBadData, file, ": damaged pickle, byte ", opcode_at, ": ", parts...,
         "; use another copy");
  }
  /// Throws kUnsupported.
  template <class... Parts>
  [[noreturn]] void refuse(const Parts&... parts) const {
    fail(ErrorCode::kUnsupported, file, ": pickle, byte ", opcode_at, ": ", parts...,
         "; only dictionaries, lists, texts, numbers, NumPy arrays and tensors are read");
  }
};

/// A function or class of the white list. Errors: kUnsupported naming any other.
PickleValue find_global(std::string_view module, std::string_view name, const PicklePlace& place);

/// What calling it gives. Errors, here and below: kUnsupported (types of values that are not read, tensors
/// that repeat values), kBadData (arguments that do not belong to it, shapes that the bytes do not fill).
PickleValue call_global(const PickleValue& callee, const PickleValue& arguments, PickleArena& arena,
                        const PicklePlace& place);
/// Gives an array or a type its state.
void set_state(const PickleValue& object, const PickleValue& state, const PicklePlace& place);
/// The storage that a persistent id names.
PickleValue find_storage(const PickleValue& id, PickleArena& arena, const PicklePlace& place);

}  // namespace weft::data
