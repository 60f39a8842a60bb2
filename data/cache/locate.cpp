// Where datasets and their caches lie.
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "data/base/checksum.hpp"
#include "data/base/file.hpp"
#include "data/cache/convert.hpp"
#include "data/registry.hpp"
#include "kernels/base/error.hpp"

namespace weft::data {
namespace {

namespace fs = std::filesystem;

constexpr const char* kEmbedded = "debian";

std::optional<fs::path> from_environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return fs::path(value);
}

bool is_path(const std::string& text) { return text.find_first_of("/.") != std::string::npos; }

bool has_raw(const fs::path& folder) { return is_folder(folder / "raw"); }

/// The folder that holds raw/: `folder`, or its one subfolder that does; `folder` itself when there is none.
/// Errors: kInvalidArgument when several subfolders do.
fs::path folder_of_raw(const fs::path& folder) {
  if (has_raw(folder)) return folder;
  std::vector<fs::path> found;
  for (const fs::path& inner : entries_of(folder)) {
    if (has_raw(inner)) found.push_back(inner);
  }
  if (found.size() > 1) {
    std::sort(found.begin(), found.end());
    fail(ErrorCode::kInvalidArgument, folder.string(),
         ": has no raw/, and several folders in it have one; name ", found[0].string(), ", ",
         found[1].string(), found.size() > 2 ? " or another" : "");
  }
  return found.empty() ? folder : found.front();
}

std::vector<fs::path> embedded_folders() {
  std::vector<fs::path> folders;
  if (const auto data = from_environment("WEFT_DATA")) return {*data / kEmbedded};
  std::error_code failed;
  const fs::path program = fs::read_symlink("/proc/self/exe", failed);
  if (!failed) folders.push_back(program.parent_path().parent_path() / "share/weft" / kEmbedded);
  folders.push_back(fs::path(WEFT_INSTALLED_DATA) / kEmbedded);
  folders.push_back(fs::path(WEFT_SOURCE_DATA) / kEmbedded);
  return folders;
}

fs::path find_embedded() {
  const std::vector<fs::path> folders = embedded_folders();
  std::string tried;
  for (const fs::path& folder : folders) {
    if (has_raw(folder)) return folder;
    tried += (tried.empty() ? "" : ", ") + folder.string();
  }
  fail(ErrorCode::kNotFound, kEmbedded, ": the embedded dataset is not at ", tried,
       "; set WEFT_DATA to the folder that has it");
}

/// Where caches go that cannot lie beside their raw files.
fs::path shared_cache_folder(const fs::path& folder) {
  if (const auto cache = from_environment("WEFT_CACHE")) return *cache;
  if (const auto cache = from_environment("XDG_CACHE_HOME")) return *cache / "weft";
  if (const auto home = from_environment("HOME")) return *home / ".cache" / "weft";
  fail(ErrorCode::kNotFound, folder.string(),
       ": cannot be written and there is no home folder; set WEFT_CACHE to a folder for caches");
}

/// `folder` without a trailing slash, dots or links, so that one folder has one name.
fs::path normal(const fs::path& folder) {
  std::error_code failed;
  const fs::path whole = fs::weakly_canonical(folder, failed);
  return failed || whole.empty() ? folder : whole;
}

std::string digest(const std::string& text) {
  char digits[8];
  const auto end = std::to_chars(digits, std::end(digits), crc32(0, text.data(), text.size()), 16).ptr;
  return {digits, end};
}

fs::path cache_path(const fs::path& folder, bool embedded) {
  const fs::path whole = normal(folder);
  const std::string name = whole.filename().string();
  const bool beside = !embedded && !from_environment("WEFT_CACHE") && ::access(whole.c_str(), W_OK) == 0;
  if (beside) return folder / (name + ".weft");
  return shared_cache_folder(folder) / (name + "-" + digest(whole.string()) + ".weft");
}

Location locate_file(const fs::path& file, const std::string& argument) {
  const fs::path whole = normal(file);
  const std::string name = whole.stem().string();
  const fs::path folder = whole.parent_path();
  const bool beside = !from_environment("WEFT_CACHE") && ::access(folder.c_str(), W_OK) == 0;
  const fs::path cache = beside
                             ? fs::path(file).replace_extension(".weft")
                             : shared_cache_folder(folder) / (name + "-" + digest(whole.string()) + ".weft");
  return {utf8_text(name), folder, cache, argument, file};
}

std::string kind_of(const fs::path& path) { return in_small_letters(path.extension().string()); }

[[noreturn]] void refuse_path(const fs::path& path) {
  if (is_there(path)) {
    fail(ErrorCode::kUnsupported, path.string(),
         ": is a file of a kind that Weft does not read; it reads a graph in a .npz file, a cache (.weft), "
         "and a folder with raw/ and split/ (data/README.md)");
  }
  const bool file = kind_of(path) == ".npz" || kind_of(path) == ".weft";
  fail(ErrorCode::kNotFound, path.string(),
       file ? ": no such file" : ": no such folder; give a dataset's name or a folder with raw/ and split/");
}

Location locate_folder(const fs::path& folder, const std::string& argument) {
  const std::string own_name = normal(folder).filename().string();
  const DatasetSpec* spec = find_dataset_by_folder(own_name);
  const bool embedded = normal(folder) == normal(fs::path(WEFT_SOURCE_DATA) / kEmbedded);
  return {spec != nullptr ? std::string(spec->name) : utf8_text(own_name), folder_of_raw(folder),
          cache_path(folder, embedded), argument};
}

[[noreturn]] void refuse_unknown(const std::string& name) {
  fail(ErrorCode::kNotFound, unknown_dataset_text(name),
       " (`weft datasets` lists all; a folder of your own is given with a '/', as ./", name, ")");
}

[[noreturn]] void refuse_absent(const DatasetSpec& spec, const fs::path& folder) {
  if (is_there(folder)) {
    fail(ErrorCode::kNotFound, spec.name, ": ", folder.string(),
         " is no folder; move it away, then fetch the dataset, or give the root of its folder with --root");
  }
  fail(ErrorCode::kNotFound, spec.name, ": no folder ", folder.string(), "; `weft fetch ", spec.name,
       "` downloads it, or give the root of its folder with --root");
}

}  // namespace

Location locate(const std::string& name_or_path, const fs::path& root) {
  if (is_path(name_or_path)) {
    const fs::path path(name_or_path);
    if (is_folder(path)) return locate_folder(path, name_or_path);
    if (is_there(path) && kind_of(path) == ".npz") return locate_file(path, name_or_path);
    if (!is_there(path) || kind_of(path) != ".weft") refuse_path(path);
    return {utf8_text(path.stem().string()), normal(path).parent_path(), path, name_or_path};
  }
  if (name_or_path == kEmbedded) {
    const fs::path folder = find_embedded();
    return {kEmbedded, folder, cache_path(folder, true), name_or_path};
  }
  const fs::path folder = root / folder_name(name_or_path);
  if (is_folder(folder)) return locate_folder(folder, name_or_path);
  if (const DatasetSpec* spec = find_dataset(name_or_path)) refuse_absent(*spec, folder);
  refuse_unknown(name_or_path);
}

}  // namespace weft::data
