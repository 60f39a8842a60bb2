#include "data/fetch/fetch.hpp"

#include <algorithm>
#include <ctime>
#include <nlohmann/json.hpp>

#include "data/base/file.hpp"
#include "data/cache/convert.hpp"
#include "data/fetch/unpack.hpp"
#include "kernels/base/error.hpp"

namespace weft::data {
namespace {

namespace fs = std::filesystem;

std::string marker(int version) { return "RELEASE_v" + std::to_string(version) + ".txt"; }

/// RELEASE_v*.txt in a folder, or empty.
std::string any_marker(const fs::path& folder) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.rfind("RELEASE_v", 0) == 0 && entry.path().extension() == ".txt") return name;
  }
  return "";
}

/// True where the dataset is there, false where nothing is. Errors: kExists for anything between.
bool is_there(const DatasetSpec& spec, const fs::path& root) {
  const fs::path folder = root / folder_name(spec.name);
  std::error_code ignored;
  if (!fs::exists(fs::symlink_status(folder, ignored))) return false;
  if (!fs::is_directory(folder, ignored)) {
    fail(ErrorCode::kExists, folder.native(),
         ": is in the way and no folder; move it away, then fetch again");
  }
  if (fs::is_empty(folder, ignored)) return false;
  const fs::path raw_folder = locate(std::string(spec.name), root).folder;  // as OGB's zips unpack, perhaps
  const std::string advice = "; move it away, then fetch again";
  if (!fs::is_directory(raw_folder / "raw", ignored)) {
    fail(ErrorCode::kExists, folder.native(), ": is there but has no raw/", advice);
  }
  if (fs::exists(raw_folder / marker(spec.version), ignored)) return true;
  const std::string other = any_marker(raw_folder);
  if (!other.empty()) {
    fail(ErrorCode::kExists, folder.native(), ": holds another version (", other,
         ") than OGB's current one (", marker(spec.version), ")", advice);
  }
  fail(ErrorCode::kExists, folder.native(), ": has a raw/ but no ", marker(spec.version),
       ", so that its version is not known; `weft convert` takes it as it is, or move it away and fetch "
       "again");
}

std::string zip_url(const DatasetSpec& spec, const std::string& mirror) {
  const bool slash = !mirror.empty() && mirror.back() == '/';
  return mirror + (slash ? "" : "/") + std::string(spec.download);
}

std::string now_in_utc() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[sizeof "2026-01-31T23:59:59Z"];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

void check_sha256(const Downloaded& zip, std::string_view expected) {
  if (expected.empty() || expected == zip.sha256) return;
  fail(ErrorCode::kBadData, zip.file.url, ": its SHA-256 is ", zip.sha256, " where ", expected,
       " is expected");
}

void write_file(const fs::path& path, const std::string& text) {
  AtomicFile file(path);
  file.append(text.data(), text.size());
  file.commit();
}

/// Another version than the registry's is refused. An archive that says nothing gets the marker, as OGB's own
/// loaders ask for it.
void check_version(const DatasetSpec& spec, const fs::path& folder, const std::string& url) {
  const std::string wanted = marker(spec.version);
  if (fs::exists(folder / wanted)) return;
  const std::string other = any_marker(folder);
  if (!other.empty()) fail(ErrorCode::kBadData, url, ": holds ", other, " where ", wanted, " is expected");
  write_file(folder / wanted, "Written by weft fetch: the archive had no release marker.\n");
}

/// The files without which no dataset of this kind can be read, below its folder and without endings.
std::vector<std::string> layout_of(const DatasetSpec& spec) {
  std::vector<std::string> stems;
  if (spec.binary) {
    stems = {"raw/data"};
  } else if (spec.is_hetero) {
    stems = {"raw/num-node-dict", "raw/triplet-type-list"};
  } else {
    stems = {"raw/edge", "raw/num-node-list", "raw/num-edge-list"};
    if (spec.has_node_attr) stems.push_back("raw/node-feat");
    if (spec.has_edge_attr) stems.push_back("raw/edge-feat");
  }
  const bool link = spec.task == "link";
  if (!link && !spec.is_hetero) stems.push_back(detail::concat("raw/", spec.task, "-label"));
  const std::string split = detail::concat("split/", spec.split, "/");
  if (!link && spec.is_hetero) {
    stems.push_back(split + "nodetype-has-split");
  } else {
    for (const Part part : kParts) stems.push_back(split + part_name(part));
  }
  return stems;
}

/// An archive whose names are not those of the dataset is another one, or was damaged.
void check_layout(const DatasetSpec& spec, const fs::path& folder, const std::string& url) {
  std::error_code ignored;
  const auto is_file = [&](const fs::path& path) { return fs::is_regular_file(path, ignored); };
  const bool whole_split = is_file(folder / "split" / spec.split / "split_dict.pt");
  for (const std::string& stem : layout_of(spec)) {
    const auto has = [&](const char* ending) { return is_file(beside(folder / stem, ending)); };
    if (has(".csv.gz") || has(".csv") || has(".npz") || has(".pt")) continue;
    if (whole_split && stem.starts_with("split/")) continue;
    fail(ErrorCode::kBadData, url, ": has no file ", stem, ", which ", spec.name, " has");
  }
}

void write_record(const DatasetSpec& spec, const Downloaded& zip, const fs::path& folder) {
  using Json = nlohmann::ordered_json;
  Json record;
  record["dataset"] = spec.name;
  record["url"] = zip.file.url;
  record["bytes"] = zip.file.bytes;
  record["sha256"] = zip.sha256;
  record["etag"] = zip.file.etag;
  record["last_modified"] = zip.file.last_modified;
  record["date"] = now_in_utc();
  const std::string text = record.dump(2, ' ', true, Json::error_handler_t::replace) + "\n";
  write_file(folder / "fetched.json", text);
}

/// The zip while it is on its way; its lock keeps a second process out.
class Fetch {
 public:
  Fetch(const DatasetSpec& spec, const FetchOptions& options)
      : spec_(spec),
        options_(options),
        folder_(options.root / folder_name(spec.name)),
        unpacking_(beside(folder_, ".unpacking")),
        partial_(beside(folder_, ".zip.partial"), LockedFile::IfLocked::kRefuse) {}
  /// What nobody can go on with is not left behind.
  ~Fetch() {
    std::error_code ignored;
    if (partial_.is_open() && fs::file_size(partial_.path(), ignored) == 0) throw_away();
  }
  Fetch(const Fetch&) = delete;
  Fetch& operator=(const Fetch&) = delete;

  Downloaded run() {
    if (options_.keep_zip && fs::exists(kept_zip())) {
      fail(ErrorCode::kExists, kept_zip().native(),
           ": is there already; move it away, or do not keep the zip");
    }
    const Downloaded zip = download(zip_url(spec_, options_.mirror), partial_, with_space_checked());
    try {
      check_sha256(zip, options_.sha256.empty() ? spec_.sha256 : options_.sha256);
      unpack_beside(zip);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kBadData) throw;
      throw_away();
      fail(ErrorCode::kBadData, error.what(), "; the zip was deleted: fetch again, or from another --mirror");
    }
    std::error_code failed;
    fs::rename(unpacking_, folder_, failed);
    if (failed) {
      fail(ErrorCode::kIo, unpacking_.native(), ": cannot be renamed to ", folder_.native(), ": ",
           failed.message());
    }
    if (options_.keep_zip) partial_.commit(kept_zip());
    throw_away();
    return zip;
  }

 private:
  fs::path kept_zip() const { return beside(folder_, ".zip"); }

  /// Most members are compressed files: what they unpack to is at least about as large as the zip.
  DownloadOptions with_space_checked() const {
    DownloadOptions download = options_.download;
    download.before = [this, ask = options_.download.before](std::uint64_t bytes) {
      const std::uint64_t here = std::min(bytes, partial_.size());
      check_free_space(partial_.path(), (bytes - here) + bytes, "give a --root with more");
      if (ask) ask(bytes);
    };
    return download;
  }

  void unpack_beside(const Downloaded& zip) const {
    std::error_code ignored;              // what cannot be removed is in unpack()'s way, which says so
    fs::remove_all(unpacking_, ignored);  // of a process that was killed; the lock is ours
    const Unpacked unpacked = unpack(partial_.path(), unpacking_, options_.download.watch);
    if (unpacked.left_out > 0) {
      options_.download.watch.say(detail::concat(zip.file.url, ": ", unpacked.left_out,
                                                 " members beside the dataset's folder were left out"));
    }
    try {
      check_version(spec_, unpacking_, zip.file.url);
      check_layout(spec_, unpacking_, zip.file.url);
      write_record(spec_, zip, unpacking_);
    } catch (...) {
      fs::remove_all(unpacking_, ignored);
      throw;
    }
  }

  void throw_away() {
    std::error_code ignored;
    fs::remove(facts_path(partial_), ignored);
    partial_.remove();
  }

  const DatasetSpec& spec_;
  const FetchOptions& options_;
  const fs::path folder_;
  const fs::path unpacking_;
  LockedFile partial_;
};

}  // namespace

const DatasetSpec& fetchable_dataset(std::string_view name) {
  const DatasetSpec* spec = find_dataset(name);
  if (spec == nullptr) {
    fail(ErrorCode::kNotFound, unknown_dataset_text(name), " (`weft datasets` lists all)");
  }
  if (spec->download.empty()) {
    fail(ErrorCode::kInvalidArgument, name, ": comes with Weft, so there is nothing to fetch; `weft train ",
         name, "` works as it is");
  }
  return *spec;
}

Fetched fetch(const DatasetSpec& spec, const FetchOptions& options) {
  return with_file_errors([&]() -> Fetched {
    const fs::path folder = options.root / folder_name(spec.name);
    if (is_there(spec, options.root)) return {folder, true, {}};
    make_folder(options.root);
    Fetch work(spec, options);
    if (is_there(spec, options.root)) return {folder, true, {}};  // another process was faster
    return {folder, false, work.run()};
  });
}

}  // namespace weft::data
