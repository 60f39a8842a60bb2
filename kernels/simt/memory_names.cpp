#include "kernels/simt/memory_names.hpp"

#include "kernels/base/error.hpp"
#include "kernels/simt/shared_arena.hpp"

namespace weft::simt {
namespace {

using weft::detail::concat;

bool in_arena(std::uintptr_t address) {
  return address - reinterpret_cast<std::uintptr_t>(SharedArena::get().begin()) < SharedArena::bytes();
}

}  // namespace

std::string MemoryNames::of(std::uintptr_t address) const {
  return within(in_arena(address) ? shared_ : device_, address);
}

std::string MemoryNames::within(const Pieces& pieces, std::uintptr_t address) {
  const auto after = pieces.upper_bound(address);
  if (after == pieces.begin()) {
    if (after == pieces.end()) return "memory that is not in use";
    return concat(after->first - address, " bytes before the ", after->second.bytes, " bytes of ",
                  after->second.name);
  }
  const auto& [begin, piece] = *std::prev(after);
  const std::size_t offset = address - begin;
  if (offset < piece.bytes) return concat("byte ", offset, " of the ", piece.bytes, " bytes of ", piece.name);
  if (after != pieces.end() && after->first - address < offset - piece.bytes) {
    return concat(after->first - address, " bytes before the ", after->second.bytes, " bytes of ",
                  after->second.name);
  }
  return concat(offset - piece.bytes, " bytes behind the ", piece.bytes, " bytes of ", piece.name);
}

}  // namespace weft::simt
