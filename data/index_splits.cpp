// Splits of node and graph datasets: three disjoint sets of ids each.
#include <cmath>

#include "data/raw_reader.hpp"
#include "kernels/base/error.hpp"

namespace weft::data {
namespace {

namespace fs = std::filesystem;

constexpr std::uint8_t kNowhere = 0xff;

/// Whether something has no label; only asked where there is one task.
bool is_unlabelled(const Column& labels, std::int64_t id) {
  return !labels.is_integer() && std::isnan(labels.reals[static_cast<std::size_t>(id)]);
}

}  // namespace

std::map<std::string, SplitIds> RawReader::read_splits(std::int64_t count, const char* thing,
                                                       const Column* labels) const {
  std::map<std::string, SplitIds> splits;
  for (const std::string& name : raw_.splits()) {
    splits[name] = read_split(raw_.path() / "split" / name, count, thing, labels);
  }
  if (splits.empty()) {
    fail(ErrorCode::kNotFound, (raw_.path() / "split").string(),
         ": no split; add split/<name>/{train,valid,test}.csv.gz with one ", thing, " id per line");
  }
  return splits;
}

SplitIds RawReader::read_split(const fs::path& folder, std::int64_t count, const char* thing,
                               const Column* labels) const {
  SplitIds split;
  std::vector<std::uint8_t> part_of(static_cast<std::size_t>(count), kNowhere);
  for (const Part part : kParts) {
    const fs::path path = raw_.split_file(folder, part_name(part));
    CsvRules ids = rules(path, detail::concat("a ", thing, " id from 0 to ", count - 1));
    ids.columns = 1;
    ids.low = 0;
    ids.high = count - 1;
    const auto index = static_cast<std::size_t>(part);
    split[index] = read_csv<std::int64_t>(path, ids);
    for (std::size_t row = 0; row < split[index].size(); ++row) {
      const std::int64_t id = split[index][row];
      std::uint8_t& other = part_of[static_cast<std::size_t>(id)];
      const auto line = [&] { return csv_line_of_row(path, static_cast<std::int64_t>(row)); };
      if (other != kNowhere) {
        fail(ErrorCode::kBadData, path.string(), ": line ", line(), ": ", thing, " ", id, " is already in ",
             part_name(static_cast<Part>(other)), "; a ", thing,
             " may be in one part, once: correct the split");
      }
      if (labels != nullptr && labels->columns == 1 && is_unlabelled(*labels, id)) {
        fail(ErrorCode::kBadData, path.string(), ": line ", line(), ": ", thing, " ", id,
             " has no label; take it out of the split or add its label");
      }
      other = static_cast<std::uint8_t>(part);
    }
  }
  return split;
}

std::string RawReader::default_split() const {
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

void add_split(RawDataset& raw, const std::string& split, const std::string& type, SplitIds ids) {
  for (const Part part : kParts) {
    const auto index = static_cast<std::size_t>(part);
    const auto count = static_cast<std::int64_t>(ids[index].size());
    raw.splits[split][index].push_back(in_memory<std::int64_t>(type, {count}, std::move(ids[index])));
  }
}

}  // namespace weft::data
