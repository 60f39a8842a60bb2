#pragma once
// Python's pickles as far as datasets need them: protocols 2 to 4, plain values, NumPy arrays and PyTorch
// tensors. A pickle is a program for a stack machine; this one has no instruction that could run anything.
// Source: CPython, Lib/pickletools.py (opcodes); PEP 307, PEP 3154 (protocols 2 and 4).
#include <cstddef>
#include <memory>

#include "data/base/file.hpp"
#include "data/containers/pickle_value.hpp"

namespace weft::data {

struct Pickle {
  PickleValue root;      // slices point into the bytes that were read
  std::size_t size = 0;  // bytes it took up
  std::shared_ptr<const PickleArena> arena;
};

/// Reads one pickle from byte `begin`; others may follow. Memory is a small multiple of the pickle's bytes
/// without its texts and arrays, which stay where they are. Errors: kBadData naming the byte (cut off, a
/// stack that does not fit, more than tree_problem() lets pass); kUnsupported naming the opcode, function or
/// class that is not read here.
Pickle read_pickle(const FileBytes& file, std::size_t begin);

}  // namespace weft::data
