#pragma once
// What findings call a byte: how far it lies in which piece of memory in use, or from the nearest one.
#include <cstdint>
#include <map>
#include <string>

namespace weft::simt {

class MemoryNames {
 public:
  struct Piece {
    std::size_t bytes;
    std::string name;
  };
  using Pieces = std::map<std::uintptr_t, Piece>;  // by address

  void shared(std::uintptr_t address, std::size_t bytes, const char* name) {
    shared_[address] = {bytes, name};
  }
  void forget_shared() { shared_.clear(); }
  const Pieces& shared_pieces() const { return shared_; }
  void device(std::uintptr_t address, std::size_t bytes) { device_[address] = {bytes, "device memory"}; }
  void forget_device(std::uintptr_t address) { device_.erase(address); }

  /// "byte 12 of the 64 bytes of tile", "4 bytes behind the 64 bytes of tile"
  std::string of(std::uintptr_t address) const;

 private:
  static std::string within(const Pieces& pieces, std::uintptr_t address);

  Pieces shared_, device_;
};

}  // namespace weft::simt
