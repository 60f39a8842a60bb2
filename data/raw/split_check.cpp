#include "data/raw/split_check.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/base/error.hpp"

namespace weft::data {
namespace {

/// Whether something has no label; only asked where there is one task.
bool is_unlabelled(const Column& labels, std::int64_t id) {
  return !labels.is_integer() && std::isnan(labels.reals[static_cast<std::size_t>(id)]);
}

}  // namespace

void note_parts(const SplitIds& split, const Column* labels, const std::string& where,
                const ConvertOptions& options) {
  for (const Part part : kParts) {
    const std::vector<std::int64_t>& ids = split[static_cast<std::size_t>(part)];
    if (ids.empty()) note(options, where, ": ", part_name(part), " is empty");
    if (labels == nullptr || labels->columns != 1 || !options.unlabelled) continue;
    const auto unlabelled = [&](std::int64_t id) { return is_unlabelled(*labels, id); };
    if (const auto count = std::count_if(ids.begin(), ids.end(), unlabelled); count > 0)
      note(options, where, ": ", count, " of ", part_name(part), "'s ", ids.size(),
           " have no label and do not count");
  }
}

void SplitCheck::add(Part part, std::int64_t id, const std::function<std::string()>& place) {
  std::uint8_t& other = part_of_[static_cast<std::size_t>(id)];
  if (other != kNowhere) {
    fail(ErrorCode::kBadData, place(), ": ", thing_, " ", id, " is already in ",
         part_name(static_cast<Part>(other)), "; a ", thing_, " may be in one part, once: correct the split");
  }
  if (labels_ != nullptr && labels_->columns == 1 && is_unlabelled(*labels_, id)) {
    fail(ErrorCode::kBadData, place(), ": ", thing_, " ", id,
         " has no label; take it out of the split or add its label");
  }
  other = static_cast<std::uint8_t>(part);
}

}  // namespace weft::data
