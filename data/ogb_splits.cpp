// Splits of node datasets: three disjoint sets of node ids each.
#include <cmath>

#include "data/ogb_raw.hpp"
#include "kernels/base/error.hpp"

namespace weft::data {
namespace {

namespace fs = std::filesystem;

constexpr std::uint8_t kNowhere = 0xff;

/// Whether a node has no label; only asked where there is one task.
bool is_unlabelled(const Column& labels, std::int64_t node) {
  return !labels.is_integer() && std::isnan(labels.reals[static_cast<std::size_t>(node)]);
}

}  // namespace

std::map<std::string, SplitIds> OgbReader::read_splits(const Column& labels) const {
  std::map<std::string, SplitIds> splits;
  for (const std::string& name : raw_.splits()) splits[name] = read_split(name, labels);
  if (splits.empty()) {
    fail(ErrorCode::kNotFound, (raw_.path() / "split").string(),
         ": no split; add split/<name>/{train,valid,test}.csv.gz with one node id per line");
  }
  return splits;
}

SplitIds OgbReader::read_split(const std::string& name, const Column& labels) const {
  SplitIds split;
  std::vector<std::uint8_t> part_of(static_cast<std::size_t>(num_nodes_), kNowhere);
  for (const Part part : kParts) {
    const fs::path path = raw_.split_file(name, part_name(part));
    CsvRules ids = rules(path, detail::concat("a node id from 0 to ", num_nodes_ - 1));
    ids.columns = 1;
    ids.low = 0;
    ids.high = num_nodes_ - 1;
    const auto index = static_cast<std::size_t>(part);
    split[index] = read_csv<std::int64_t>(path, ids);
    for (std::size_t row = 0; row < split[index].size(); ++row) {
      const std::int64_t node = split[index][row];
      std::uint8_t& other = part_of[static_cast<std::size_t>(node)];
      const auto line = [&] { return csv_line_of_row(path, static_cast<std::int64_t>(row)); };
      if (other != kNowhere) {
        fail(ErrorCode::kBadData, path.string(), ": line ", line(), ": node ", node, " is already in ",
             part_name(static_cast<Part>(other)), "; a node may be in one part, once: correct the split");
      }
      if (labels.columns == 1 && is_unlabelled(labels, node)) {
        fail(ErrorCode::kBadData, path.string(), ": line ", line(), ": node ", node,
             " has no label; take it out of the split or add its label");
      }
      other = static_cast<std::uint8_t>(part);
    }
  }
  return split;
}

std::string OgbReader::default_split() const {
  const std::vector<std::string> names = raw_.splits();
  if (!options_.default_split && spec_ == nullptr) return names.size() == 1 ? names.front() : "";
  std::string wanted = options_.default_split.value_or(spec_ != nullptr ? std::string(spec_->split) : "");
  for (const std::string& name : names) {
    if (name == wanted) return wanted;
  }
  std::string known;
  for (const std::string& name : names) known += (known.empty() ? "" : ", ") + name;
  fail(ErrorCode::kNotFound, (raw_.path() / "split" / wanted).string(),
       ": no such split; there are: ", known.empty() ? "none" : known);
}

}  // namespace weft::data
