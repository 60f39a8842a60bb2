// Where a made dataset goes. A folder with a synth.json was made here; of it, what was made is written over,
// and nothing else ever is. synth.json is the first file and the last: it is open, locked and unnamed while a
// graph is made beside the old one, and gets its name when the new graph has taken the old one's place.
#include <nlohmann/json.hpp>

#include "data/base/file.hpp"
#include "data/base/json_text.hpp"
#include "data/cache/cache_writer.hpp"
#include "data/cache/convert.hpp"
#include "data/cache/reorder.hpp"
#include "data/raw/raw_folder.hpp"
#include "data/raw/raw_writer.hpp"
#include "data/registry.hpp"
#include "data/synth/synth.hpp"
#include "kernels/base/error.hpp"

namespace weft::data {
namespace {

namespace fs = std::filesystem;

std::string name_of(const fs::path& folder) {
  const fs::path whole = fs::absolute(folder).lexically_normal();
  return (whole.has_filename() ? whole : whole.parent_path()).filename().string();
}

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(fs::symlink_status(path, ignored));
}

/// A killed process left it: no graph was there, or it had begun to take the graph away that was.
bool is_unfinished(const fs::path& folder) {
  return !is_there(folder / kSynthMarker) && is_there(beside(folder / kSynthMarker, kPartial));
}

void check_name(const fs::path& folder) {
  const std::string name = name_of(folder);
  if (const DatasetSpec* known = find_dataset_by_folder(name); known != nullptr) {
    fail(ErrorCode::kInvalidArgument, folder.string(), ": is where ", known->name,
         " lies, and a made graph would pass for it; give another name");
  }
}

void check_folder(const fs::path& folder, bool force) {
  std::error_code ignored;
  if (!is_there(folder)) return;
  const bool is_folder = fs::is_directory(folder, ignored);
  if (is_folder && (fs::is_empty(folder, ignored) || is_unfinished(folder))) return;
  const bool made_here = is_folder && is_there(folder / kSynthMarker);
  if (made_here && force) return;
  fail(ErrorCode::kExists, folder.string(), ": is there already; ",
       made_here ? "give another name, or --force to write over the graph that was made there"
                 : "give another name, or move it away (it was not made by `weft synth`)");
}

/// `node_order`: the cache's, where one is made.
std::string marker_text(const SynthSpec& spec, const std::string& node_order) {
  nlohmann::ordered_json json{{"nodes", spec.nodes},
                              {"edges", spec.edges},
                              {"directed", spec.directed},
                              {"classes", spec.classes},
                              {"features", spec.features},
                              {"communities", *spec.communities},
                              {"degree_exponent", spec.degree_exponent},
                              {"homophily", spec.homophily},
                              {"mixing", *spec.mixing},
                              {"train_fraction", spec.train_fraction},
                              {"valid_fraction", spec.valid_fraction},
                              {"feature_noise", spec.feature_noise},
                              {"seed", spec.seed}};
  if (spec.edge_weights) json["edge_weights"] = {spec.edge_weights->first, spec.edge_weights->second};
  if (!node_order.empty()) json["node_order"] = node_order;
  return json_text(std::move(json), 2) + "\n";
}

void take_away(const fs::path& path) {
  std::error_code failed;
  fs::remove_all(path, failed);
  if (failed) fail(ErrorCode::kIo, path.string(), ": cannot be removed: ", failed.message());
}

void move_to(const fs::path& from, const fs::path& to) {
  std::error_code failed;
  fs::rename(from, to, failed);
  if (failed) {
    fail(ErrorCode::kIo, from.string(), ": cannot be renamed to ", to.string(), ": ", failed.message());
  }
}

/// A folder that goes again if it was made here and nothing is in it in the end.
class Folder {
 public:
  explicit Folder(const fs::path& path) : path_(path), existed_(is_there(path)) { make_folder(path); }
  ~Folder() {
    std::error_code not_empty;
    if (!existed_) fs::remove(path_, not_empty);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  fs::path operator/(const char* name) const { return path_ / name; }

 private:
  fs::path path_;
  bool existed_;
};

/// A folder in which one process makes a graph. What lies there stays until replace(); without it
/// nothing that was made here is left behind.
class NewFolder {
 public:
  NewFolder(const fs::path& folder, bool force)
      : folder_(folder),
        marker_(folder_ / kSynthMarker, LockedFile::IfLocked::kRefuse),
        cache_within_(folder / (name_of(folder) + ".weft")) {
    check_folder(folder, force);  // again: another process may have been faster
    finished_ = is_there(folder / kSynthMarker);
    at_ = locate((folder / "").string(), "");
    remove_staged();
  }
  ~NewFolder() {
    if (kept_) return;
    try {
      remove_staged();
      if (finished_) return;
      take_away(folder_ / kSynthMarker);  // it has its name where the disk refused only the last word
      remove_made();
    } catch (const Error&) {
      // The first error is the one to tell.
    }
  }
  NewFolder(const NewFolder&) = delete;
  NewFolder& operator=(const NewFolder&) = delete;

  const Location& location() const { return at_; }
  /// Where raw files are made.
  fs::path staged_files() const { return folder_ / "making"; }
  /// Where a cache is made: on the file system of the one it replaces.
  Location staged_cache() const {
    Location staged = at_;
    staged.cache = beside(at_.cache, ".making");
    return staged;
  }

  /// What was there goes, what was made takes its place, and `marker` tells what it is.
  void replace(const std::string& marker) {
    marker_.append(marker.data(), marker.size());
    finished_ = false;
    take_away(folder_ / kSynthMarker);
    const bool raw = is_there(staged_files());
    remove_made();
    if (raw) {
      move_to(staged_files() / "split", folder_ / "split");
      move_to(staged_files() / "raw", folder_ / "raw");  // the last: without it there is no dataset
    } else {
      move_to(staged_cache().cache, at_.cache);
    }
    take_away(staged_files());
    marker_.commit();
    kept_ = true;
  }

 private:
  void remove_staged() const {
    take_away(staged_files());
    take_away(staged_cache().cache);
    take_away(beside(staged_cache().cache, kPartial));
  }
  /// The cache also where an earlier call, without WEFT_CACHE, has put it.
  void remove_made() const {
    for (const fs::path& made : {folder_ / "raw", folder_ / "split", cache_within_, at_.cache})
      take_away(made);
  }

  Folder folder_;
  AtomicFile marker_;
  fs::path cache_within_;
  Location at_;
  bool finished_ = false;  // a finished graph is there
  bool kept_ = false;
};

void write_graph(const NewFolder& folder, const RawDataset& raw, const SynthTarget& target,
                 const SynthProgress& progress) {
  if (target.raw) {
    make_folder(folder.staged_files());
    write_raw(folder.staged_files(), raw, target.threads);
    return;
  }
  CacheWriting writing;
  writing.threads = target.threads;
  writing.memory_bytes = target.memory_bytes;
  writing.progress = progress;
  writing.check_before_commit = [] {};  // nothing it is made from can change
  write_cache(folder.staged_cache(), raw, {}, writing);
}

}  // namespace

Location write_synthetic(const SynthSpec& spec, const SynthTarget& target, const SynthProgress& progress) {
  if (target.raw && target.reorder) {
    fail(ErrorCode::kInvalidArgument, target.folder.string(),
         ": raw files cannot be in an order of nodes, as they name them; leave --reorder out, and give it to "
         "`weft convert`");
  }
  check_name(target.folder);
  check_folder(target.folder, target.force);
  NewFolder folder(target.folder, target.force);
  RawDataset raw = synthesize(spec, utf8_text(name_of(target.folder)), target.threads, progress);
  if (!target.raw) {
    const Reordering how{NodeOrder::kNone, target.threads, target.memory_bytes, progress};
    raw = in_order(std::move(raw), target.reorder, how);
  }
  write_graph(folder, raw, target, progress);
  progress("written", 1.0);  // the last moment to stop
  folder.replace(marker_text(spec, target.raw ? "" : raw.facts.node_order));
  return folder.location();
}

}  // namespace weft::data
