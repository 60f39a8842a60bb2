#include "data/raw/link_splits.hpp"

#include <algorithm>
#include <cstring>
#include <optional>

#include "data/base/file.hpp"
#include "data/containers/torch_file.hpp"
#include "data/csv/csv_text.hpp"
#include "data/raw/link_part.hpp"
#include "kernels/base/error.hpp"

namespace weft::data {
namespace {

namespace fs = std::filesystem;

fs::path torch_part(const fs::path& folder, Part part) {
  return folder / (std::string(part_name(part)) + ".pt");
}

/// One split folder, whatever form it has.
class LinkSplit {
 public:
  LinkSplit(const RawReader& reader, const RawDataset& raw, fs::path folder)
      : reader_(reader), raw_(raw), folder_(std::move(folder)) {}

  std::vector<ArraySource> read(Part part) {
    if (reader_.raw().split_dict(folder_)) return read_from_dict(part);
    const fs::path torch = torch_part(folder_, part);
    if (is_there(torch)) {
      if (const auto csv = reader_.raw().find_in(folder_, part_name(part))) refuse_both(torch, *csv);
    }
    if (reader_.spec() != nullptr || is_there(torch_part(folder_, Part::kTrain))) return read_torch(part);
    return read_csv_part(part);
  }

 private:
  std::vector<ArraySource> read_from_dict(Part part) {
    const fs::path path = *reader_.raw().split_dict(folder_);
    if (!whole_) whole_.emplace(path);
    return link_part(reader_, raw_, *whole_, whole_->at(part_name(part)), part, path.string());
  }

  std::vector<ArraySource> read_torch(Part part) const {
    const fs::path path = torch_part(folder_, part);
    const TorchFile file(path);
    return link_part(reader_, raw_, file, file.root(), part, path.string());
  }

  std::vector<ArraySource> read_csv_part(Part part) const {
    if (raw_.tables.size() > 1) {
      fail(ErrorCode::kUnsupported, folder_.string(),
           ": splits in csv form do not say which types their ends have; with ", raw_.tables.size(),
           " node types they must be .pt files with head_type and tail_type");
    }
    const std::string name = part_name(part);
    std::vector<ArraySource> arrays;
    arrays.push_back(pairs("edge", reader_.raw().split_file(folder_, name)));
    if (const auto negatives = reader_.raw().find_in(folder_, name + "_neg"))
      arrays.push_back(pairs("edge_neg", *negatives));
    return arrays;
  }

  ArraySource pairs(std::string key, const fs::path& path) const {
    const std::int64_t nodes = raw_.tables.begin()->second.rows;
    CsvRules ids = reader_.rules(path, detail::concat("a node id from 0 to ", nodes - 1));
    ids.columns = 2;
    ids.low = 0;
    ids.high = nodes - 1;
    ids.may_be_empty = true;
    std::vector<std::int64_t> values = read_csv<std::int64_t>(path, ids);
    const auto rows = static_cast<std::int64_t>(values.size() / 2);
    return in_memory<std::int64_t>(std::move(key), {rows, 2}, std::move(values));
  }

  const RawReader& reader_;
  const RawDataset& raw_;
  fs::path folder_;
  std::optional<TorchFile> whole_;
};

void set_own_facts(RawDataset& raw) {
  const auto& train = raw.splits.begin()->second.front();
  const bool pairs =
      std::any_of(train.begin(), train.end(), [](const ArraySource& array) { return array.name == "edge"; });
  raw.facts.task = kLinkTask;
  raw.facts.task_type = "link prediction";
  raw.facts.metric = pairs ? "hits@50" : "mrr";
}

}  // namespace

bool has_link_splits(const RawFolder& raw) {
  for (const std::string& name : raw.splits()) {
    const fs::path folder = raw.path() / "split" / name;
    if (raw.split_dict(folder) || is_there(torch_part(folder, Part::kTrain))) return true;
    const auto train = raw.find_in(folder, part_name(Part::kTrain));
    if (train && csv_first_columns(*train) == 2) return true;
  }
  return false;
}

void read_link_splits(const RawReader& reader, RawDataset& raw) {
  const std::vector<std::string> names = reader.raw().splits();
  if (names.empty()) {
    fail(ErrorCode::kNotFound, (reader.raw().path() / "split").string(),
         ": no split; add split/<name>/{train,valid,test}.csv.gz with the two ends of an edge per line");
  }
  for (const std::string& name : names) {
    LinkSplit split(reader, raw, reader.raw().path() / "split" / name);
    for (const Part part : kParts) {
      const auto& arrays = raw.splits[name][static_cast<std::size_t>(part)] = split.read(part);
      const auto empty = [](const ArraySource& array) {
        return array.shape.front() == 0 && !array.name.ends_with("_neg");
      };
      if (std::any_of(arrays.begin(), arrays.end(), empty))
        note(reader.options(), "split ", name, ": ", part_name(part), " has no edges");
    }
  }
  raw.facts.num_tasks = 0;
  raw.facts.num_classes = 0;
  if (reader.spec() == nullptr) set_own_facts(raw);
}

}  // namespace weft::data
