#include "data/raw_folder.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "data/dataset.hpp"
#include "data/edge_weights.hpp"
#include "data/text_file.hpp"
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

void sort_by_name(std::vector<SourceFile>& files) {
  std::sort(files.begin(), files.end(),
            [](const SourceFile& a, const SourceFile& b) { return a.name < b.name; });
}

}  // namespace

bool RawFolder::has_raw() const {
  std::error_code ignored;
  return fs::is_directory(folder_ / "raw", ignored);
}

std::optional<fs::path> RawFolder::find_in(const fs::path& folder, const std::string& stem) const {
  std::error_code ignored;
  for (const char* ending : kEndings) {
    fs::path path = folder / (stem + ending);
    if (fs::exists(path, ignored)) return path;
  }
  return std::nullopt;
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
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder_ / "raw" / sub, ignored)) {
    const std::string stem = csv_stem(entry.path().filename().string());
    if (stem.starts_with(prefix)) columns.push_back({stem, entry.path()});
  }
  std::sort(columns.begin(), columns.end(),
            [](const RawColumn& a, const RawColumn& b) { return a.path < b.path; });
  // Where a file is there zipped and unzipped, the zipped one (sorted last) counts, as in find().
  const auto same = [](const RawColumn& a, const RawColumn& b) { return a.array == b.array; };
  std::reverse(columns.begin(), columns.end());
  columns.erase(std::unique(columns.begin(), columns.end(), same), columns.end());
  std::reverse(columns.begin(), columns.end());
  return columns;
}

std::vector<RawColumn> RawFolder::node_columns(const std::string& sub) const {
  std::vector<RawColumn> columns = columns_named(sub, "node_");
  const auto is_species = [](const RawColumn& column) { return column.array == "node_species"; };
  if (const auto species = find((fs::path(sub) / "species").string());
      species && std::none_of(columns.begin(), columns.end(), is_species)) {
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
         ", which says the same; keep one");
  }
  columns.push_back({kEdgeWeight, *dashed});
  return columns;
}

bool RawFolder::has_features() const {
  if (find("node-feat")) return true;
  std::error_code ignored;
  for (const auto& type : fs::directory_iterator(folder_ / "raw" / "node-feat", ignored)) {
    if (find_in(type.path(), "node-feat")) return true;
  }
  return false;
}

std::vector<std::string> RawFolder::splits() const {
  std::vector<std::string> names;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder_ / "split", ignored)) {
    if (entry.is_directory()) names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

fs::path RawFolder::split_file(const fs::path& folder, const std::string& part) const {
  if (const auto path = find_in(folder, part)) return *path;
  fail(ErrorCode::kNotFound, (folder / part).string(), kEndings[0],
       ": no such file; a split has train, valid and test: add it, or remove the folder");
}

std::vector<SourceFile> RawFolder::sources(bool with_features) const {
  std::vector<SourceFile> files;
  std::error_code ignored;
  for (const char* top : {"raw", "split"}) {
    for (const auto& entry : fs::recursive_directory_iterator(folder_ / top, ignored)) {
      const fs::path& path = entry.path();
      const bool left_out = !with_features && csv_stem(path.filename().string()) == "node-feat";
      if (is_data_file(path) && !left_out)
        files.push_back(describe(folder_, path.lexically_relative(folder_).string()));
    }
  }
  sort_by_name(files);
  return files;
}

std::vector<SourceFile> RawFolder::existing(const std::vector<std::string>& names) const {
  std::vector<SourceFile> files;
  std::error_code ignored;
  for (const std::string& name : names) {
    if (fs::exists(folder_ / name, ignored)) files.push_back(describe(folder_, name));
  }
  sort_by_name(files);
  return files;
}

void RawFolder::add_digest(SourceFile& file) const { file.digest = file_digest(folder_ / file.name); }

}  // namespace weft::data
