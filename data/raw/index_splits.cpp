// Splits of node and graph datasets: three disjoint sets of ids each.
#include "data/containers/torch_file.hpp"
#include "data/raw/array_values.hpp"
#include "data/raw/raw_reader.hpp"
#include "data/raw/split_check.hpp"
#include "kernels/base/error.hpp"

namespace weft::data {
namespace {

namespace fs = std::filesystem;

/// The ids of one part, and how to name a row of the file they are from.
struct IdFile {
  fs::path path;
  std::vector<std::int64_t> ids;
  std::function<std::string(std::int64_t row)> place;
};

IdFile ids_of_csv(const RawReader& reader, const fs::path& path, std::int64_t count, const char* thing) {
  CsvRules ids = reader.rules(path, detail::concat("a ", thing, " id from 0 to ", count - 1));
  ids.columns = 1;
  ids.low = 0;
  ids.high = count - 1;
  ids.may_be_empty = true;
  return {path, read_csv<std::int64_t>(path, ids),
          [path](std::int64_t row) { return detail::concat("line ", csv_line_of_row(path, row)); }};
}

/// One part of split_dict.pt.
IdFile ids_of_torch(const fs::path& path, Part part, std::int64_t count, const char* thing) {
  Ids found = read_ids(TorchFile(path).array(part_name(part)), count, thing);
  const auto place = [part, mask = found.mask, ids = found.ids](std::int64_t row) {
    return detail::concat(part_name(part), mask ? ", position " : ", row ",
                          mask ? ids[static_cast<std::size_t>(row)] : row);
  };
  return {path, std::move(found.ids), place};
}

IdFile part_ids(const RawReader& reader, const fs::path& folder, Part part, std::int64_t count,
                const char* thing) {
  if (const auto whole = reader.raw().split_dict(folder)) return ids_of_torch(*whole, part, count, thing);
  return ids_of_csv(reader, reader.raw().split_file(folder, part_name(part)), count, thing);
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
  SplitCheck check(count, thing, labels, options_);
  for (const Part part : kParts) {
    IdFile file = part_ids(*this, folder, part, count, thing);
    for (std::size_t row = 0; row < file.ids.size(); ++row) {
      check.add(part, file.ids[row], [&] {
        return detail::concat(file.path.string(), ": ", file.place(static_cast<std::int64_t>(row)));
      });
    }
    split[static_cast<std::size_t>(part)] = std::move(file.ids);
  }
  note_parts(split, labels, folder.string(), options_);
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
  const bool asked = options_.default_split.has_value();
  fail(asked ? ErrorCode::kInvalidArgument : ErrorCode::kNotFound, (raw_.path() / "split" / wanted).string(),
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
