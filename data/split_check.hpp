#pragma once
// What every split of ids must hold, wherever its ids come from.
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "data/dataset.hpp"
#include "data/raw_column.hpp"

namespace weft::data {

/// Within one split nothing is in two parts, or twice in one, and, where there is one task, nothing is
/// without label. `labels` may be null.
class SplitCheck {
 public:
  SplitCheck(std::int64_t count, const char* thing, const Column* labels)
      : thing_(thing), labels_(labels), part_of_(static_cast<std::size_t>(count), kNowhere) {}

  /// `id` is in range; `place` says where it stands: "train.csv: line 7". Errors: kBadData.
  void add(Part part, std::int64_t id, const std::function<std::string()>& place);

 private:
  static constexpr std::uint8_t kNowhere = 0xff;

  const char* thing_;
  const Column* labels_;
  std::vector<std::uint8_t> part_of_;
};

}  // namespace weft::data
