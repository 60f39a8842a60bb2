#include "data/raw/raw_folder.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "data/base/file.hpp"
#include "data/csv/text_file.hpp"
#include "data/dataset.hpp"
#include "data/graph/edge_weights.hpp"
#include "kernels/base/error.hpp"

namespace weft::data {
namespace {

namespace fs = std::filesystem;

constexpr const char* kEndings[] = {".csv.gz", ".csv"};

/// "node_year.csv.gz" -> "node_year"; empty when it is no csv file.
std::string csv_stem(const std::string& file) {
  for (const std::string ending : kEndings) {
    if (file.size() > ending.size() && file.ends_with(ending))
      return file.substr(0, file.size() - ending.size());
  }
  return {};
}

/// Names of arrays that other files become.
constexpr std::pair<std::string_view, std::string_view> kTaken[] = {
    {"node_feat", "node-feat"}, {"edge_feat", "edge-feat"}, {"node_label", "node-label"}};

/// Errors: kBadData for a column by the name of what is read from a file of another name.
void check_free(const RawColumn& column) {
  for (const auto& [array, stem] : kTaken) {
    if (column.array != array) continue;
    fail(ErrorCode::kBadData, column.path.string(), ": is no further column, ", array, " is read from ", stem,
         ".csv; rename the file to that");
  }
}

bool is_data_file(const fs::path& path) {
  return !csv_stem(path.filename().string()).empty() || path.extension() == ".npz" ||
         path.extension() == ".pt";
}

/// `name` is relative to the folder.
SourceFile describe(const fs::path& folder, const std::string& name) {
  const fs::path path = folder / name;
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    fail(ErrorCode::kIo, path.string(), ": cannot be read: ", std::strerror(errno),
         "; check the file and its rights");
  }
  const auto nanoseconds = [](const timespec& t) {
    return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
  };
  return {name, static_cast<std::uint64_t>(status.st_size), nanoseconds(status.st_mtim), 0,
          nanoseconds(status.st_ctim)};
}

/// Names of columns and splits become names in the cache. Errors: kBadData.
std::string text_name(const fs::path& path, const std::string& name) {
  if (utf8_text(name) == name) return name;
  fail(ErrorCode::kBadData, path.string(), ": its name is not UTF-8; rename it");
}

void sort_by_name(std::vector<SourceFile>& files) {
  std::sort(files.begin(), files.end(),
            [](const SourceFile& a, const SourceFile& b) { return a.name < b.name; });
}

}  // namespace

bool RawFolder::has_raw() const { return is_folder(folder_ / "raw"); }

std::optional<fs::path> RawFolder::find_in(const fs::path& folder, const std::string& stem) const {
  std::optional<fs::path> found;
  for (const char* ending : kEndings) {
    fs::path path = folder / (stem + ending);
    if (!is_there(path)) continue;
    if (found) refuse_both(path, *found);
    found = std::move(path);
  }
  return found;
}

std::optional<fs::path> RawFolder::find(const std::string& stem) const {
  return find_in(folder_ / "raw", stem);
}

fs::path RawFolder::require(const std::string& stem, const std::string& advice) const {
  if (const auto path = find(stem)) return *path;
  fail(ErrorCode::kNotFound, (folder_ / "raw" / stem).string(), kEndings[0], ": no such file; ", advice);
}

std::vector<RawColumn> RawFolder::columns_named(const std::string& sub, const std::string& prefix) const {
  std::vector<RawColumn> columns;
  for (const fs::path& path : entries_of(folder_ / "raw" / sub)) {
    const std::string stem = csv_stem(path.filename().string());
    if (!stem.starts_with(prefix)) continue;
    if (!columns.empty() && columns.back().array == stem) refuse_both(columns.back().path, path);
    columns.push_back({text_name(path, stem), path});
    if (!find("graph-label")) check_free(columns.back());
  }
  return columns;
}

std::vector<RawColumn> RawFolder::node_columns(const std::string& sub) const {
  std::vector<RawColumn> columns = columns_named(sub, "node_");
  if (const auto species = find((fs::path(sub) / "species").string())) {
    for (const RawColumn& column : columns) {
      if (column.array == "node_species") refuse_both(column.path, *species);
    }
    columns.push_back({"node_species", *species});
  }
  return columns;
}

std::vector<RawColumn> RawFolder::edge_columns(const std::string& sub) const {
  std::vector<RawColumn> columns = columns_named(sub, "edge_");
  const std::optional<fs::path> dashed = find((fs::path(sub) / "edge-weight").string());
  if (!dashed) return columns;
  for (const RawColumn& column : columns) {
    if (column.array != kEdgeWeight) continue;
    fail(ErrorCode::kBadData, dashed->string(), ": is there beside ", column.path.filename().string(),
         ", which stands for the same; keep one");
  }
  columns.push_back({kEdgeWeight, *dashed});
  return columns;
}

bool RawFolder::has_features() const {
  if (find("node-feat")) return true;
  for (const fs::path& type : entries_of(folder_ / "raw" / "node-feat")) {
    if (find_in(type, "node-feat")) return true;
  }
  return false;
}

std::vector<std::string> RawFolder::splits() const {
  std::vector<std::string> names;
  for (const fs::path& path : entries_of(folder_ / "split")) {
    if (is_folder(path)) names.push_back(text_name(path, path.filename().string()));
  }
  return names;
}

fs::path RawFolder::split_file(const fs::path& folder, const std::string& part) const {
  if (const auto path = find_in(folder, part)) return *path;
  fail(ErrorCode::kNotFound, (folder / part).string(), kEndings[0],
       ": no such file; a split has train, valid and test: add it, or remove the folder");
}

std::optional<fs::path> RawFolder::split_dict(const fs::path& folder) const {
  const fs::path whole = folder / "split_dict.pt";
  if (!is_there(whole)) return std::nullopt;
  for (const Part part : kParts) {
    if (const auto csv = find_in(folder, part_name(part))) refuse_both(whole, *csv);
    const fs::path torch = folder / (std::string(part_name(part)) + ".pt");
    if (is_there(torch)) refuse_both(whole, torch);
  }
  return whole;
}

std::vector<SourceFile> RawFolder::sources(bool with_features) const {
  std::vector<SourceFile> files;
  const auto visit = [&](const auto& self, const fs::path& folder) -> void {
    for (const fs::path& path : entries_of(folder)) {
      const bool left_out = !with_features && csv_stem(path.filename().string()) == "node-feat";
      if (is_data_file(path) && !left_out) {
        files.push_back(describe(folder_, path.lexically_relative(folder_).string()));
      } else if (!fs::is_symlink(path)) {
        self(self, path);
      }
    }
  };
  for (const char* top : {"raw", "split"}) visit(visit, folder_ / top);
  sort_by_name(files);
  return files;
}

std::vector<SourceFile> RawFolder::existing(const std::vector<std::string>& names) const {
  std::vector<SourceFile> files;
  for (const std::string& name : names) {
    if (is_there(folder_ / name)) files.push_back(describe(folder_, name));
  }
  sort_by_name(files);
  return files;
}

void RawFolder::add_digest(SourceFile& file) const { file.digest = file_digest(folder_ / file.name); }

}  // namespace weft::data
