#pragma once
// What every split of ids must hold, wherever its ids come from.
#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "data/dataset.hpp"
#include "data/raw/conversion.hpp"
#include "data/raw/raw_column.hpp"

namespace weft::data {

/// A split's ids: train, valid, test.
using SplitIds = std::array<std::vector<std::int64_t>, 3>;

/// Says in a line which parts of a split have nothing in them, and, where a label stands for none, how many
/// of a part have no label. `labels` may be null.
void note_parts(const SplitIds& split, const Column* labels, const std::string& where,
                const ConvertOptions& options);

/// Within one split nothing is in two parts, or twice in one, and, where there is one task, nothing is
/// without label, unless the options know a label that stands for none. `labels` may be null.
class SplitCheck {
 public:
  SplitCheck(std::int64_t count, const char* thing, const Column* labels, const ConvertOptions& options)
      : thing_(thing),
        labels_(options.unlabelled ? nullptr : labels),
        part_of_(static_cast<std::size_t>(count), kNowhere) {}

  /// `id` is in range; `place` says where it stands: "train.csv: line 7". Errors: kBadData.
  void add(Part part, std::int64_t id, const std::function<std::string()>& place);

 private:
  static constexpr std::uint8_t kNowhere = 0xff;

  const char* thing_;
  const Column* labels_;
  std::vector<std::uint8_t> part_of_;
};

}  // namespace weft::data
