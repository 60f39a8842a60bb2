// Splits of node and graph datasets: three disjoint sets of ids each.
#include <cmath>

#include "data/raw_reader.hpp"
#include "data/torch_file.hpp"
#include "kernels/base/error.hpp"

namespace weft::data {
namespace {

namespace fs = std::filesystem;

constexpr std::uint8_t kNowhere = 0xff;

/// Whether something has no label; only asked where there is one task.
bool is_unlabelled(const Column& labels, std::int64_t id) {
  return !labels.is_integer() && std::isnan(labels.reals[static_cast<std::size_t>(id)]);
}

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
  return {path, read_csv<std::int64_t>(path, ids),
          [path](std::int64_t row) { return detail::concat("line ", csv_line_of_row(path, row)); }};
}

/// One part of split_dict.pt.
IdFile ids_of_torch(const fs::path& path, Part part, std::int64_t count, const char* thing) {
  const FileArray stored = TorchFile(path).array(part_name(part));
  const LoadedArray loaded = stored.load();
  const auto refuse = [&](const auto&... what) {
    fail(ErrorCode::kBadData, stored.where, ": ", what..., "; fetch the file again");
  };
  IdFile file{path, {}, [part](std::int64_t row) { return detail::concat(part_name(part), ", row ", row); }};
  if (stored.shape.size() != 1 || (stored.dtype != DType::kI64 && stored.dtype != DType::kI32))
    refuse("is no list of whole numbers, one ", thing, " id each");
  const auto take = [&](const auto& ids) {
    for (const std::int64_t id : ids) {
      if (id < 0 || id >= count)
        refuse("row ", file.ids.size(), ": ", id, " is out of range; wanted a ", thing, " id from 0 to ",
               count - 1);
      file.ids.push_back(id);
    }
  };
  if (stored.dtype == DType::kI64) {
    take(loaded.array.as<std::int64_t>());
  } else {
    take(loaded.array.as<std::int32_t>());
  }
  return file;
}

IdFile read_ids(const RawReader& reader, const fs::path& folder, Part part, std::int64_t count,
                const char* thing) {
  std::error_code ignored;
  const fs::path whole = folder / "split_dict.pt";
  if (fs::exists(whole, ignored)) return ids_of_torch(whole, part, count, thing);
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
  std::vector<std::uint8_t> part_of(static_cast<std::size_t>(count), kNowhere);
  for (const Part part : kParts) {
    IdFile file = read_ids(*this, folder, part, count, thing);
    const auto refuse = [&](std::size_t row, const auto&... what) {
      fail(ErrorCode::kBadData, file.path.string(), ": ", file.place(static_cast<std::int64_t>(row)), ": ",
           thing, " ", file.ids[row], what...);
    };
    for (std::size_t row = 0; row < file.ids.size(); ++row) {
      const std::int64_t id = file.ids[row];
      std::uint8_t& other = part_of[static_cast<std::size_t>(id)];
      if (other != kNowhere) {
        refuse(row, " is already in ", part_name(static_cast<Part>(other)), "; a ", thing,
               " may be in one part, once: correct the split");
      }
      if (labels != nullptr && labels->columns == 1 && is_unlabelled(*labels, id))
        refuse(row, " has no label; take it out of the split or add its label");
      other = static_cast<std::uint8_t>(part);
    }
    split[static_cast<std::size_t>(part)] = std::move(file.ids);
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
