#pragma once
// Which bytes of device memory a launch has read and written, by the names of ranges.
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "kernels/simt/counters.hpp"

namespace weft::simt {

/// Named ranges that do not overlap.
class RangeNames {
 public:
  void name(std::uintptr_t begin, std::uintptr_t end, const std::string& name);
  void clear() { ranges_.clear(); }

  struct Piece {
    std::uintptr_t end;  // where the next range begins or this one ends
    std::string name;    // empty: no range
  };
  /// From the address on.
  Piece at(std::uintptr_t address) const;

 private:
  struct Range {
    std::uintptr_t end;
    std::string name;
  };
  void cut(std::uintptr_t address);

  std::map<std::uintptr_t, Range> ranges_;  // by where they begin
};

class TrafficMap {
 public:
  void read(std::uintptr_t address, std::size_t bytes) { mark(address, bytes, &Page::read); }
  void write(std::uintptr_t address, std::size_t bytes) { mark(address, bytes, &Page::written); }
  /// Per name, those with traffic; names in ascending order.
  std::vector<NamedTraffic> totals(const RangeNames& names) const;
  void clear();

 private:
  static constexpr std::size_t kWordBytes = 64;  // a bit per byte
  static constexpr std::size_t kWords = 16;
  static constexpr std::size_t kBytes = kWordBytes * kWords;
  using Bits = std::array<std::uint64_t, kWords>;
  struct Page {
    Bits read{};
    Bits written{};
  };
  struct Recent {
    std::uintptr_t number = 0;
    Page* page = nullptr;
  };

  void mark(std::uintptr_t address, std::size_t bytes, Bits Page::*bits);
  Page& page(std::uintptr_t number);

  std::unordered_map<std::uintptr_t, std::unique_ptr<Page>> pages_;  // by address / kBytes
  std::array<Recent, 1024> recent_{};
};

}  // namespace weft::simt
