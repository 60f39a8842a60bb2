// Where a made dataset goes. A folder with a synth.json was made here; of it, what was made is written over,
// and nothing else ever is.
#include <nlohmann/json.hpp>

#include "data/convert.hpp"
#include "data/file.hpp"
#include "data/raw_folder.hpp"
#include "data/raw_writer.hpp"
#include "data/registry.hpp"
#include "data/reorder.hpp"
#include "data/synth.hpp"
#include "kernels/base/error.hpp"

namespace weft::data {
namespace {

namespace fs = std::filesystem;

std::string name_of(const fs::path& folder) {
  const fs::path whole = fs::absolute(folder).lexically_normal();
  return (whole.has_filename() ? whole : whole.parent_path()).filename().string();
}

void check_folder(const fs::path& folder, bool force) {
  const std::string name = name_of(folder);
  if (const DatasetSpec* known = find_dataset_by_folder(name); known != nullptr) {
    fail(ErrorCode::kInvalidArgument, folder.string(), ": is where ", known->name,
         " lies, and a made graph would pass for it; give another name");
  }
  std::error_code ignored;
  if (!fs::exists(fs::symlink_status(folder, ignored))) return;
  const bool is_folder = fs::is_directory(folder, ignored);
  if (is_folder && fs::is_empty(folder, ignored)) return;
  const bool made_here = is_folder && fs::exists(folder / kSynthMarker, ignored);
  if (made_here && force) return;
  fail(ErrorCode::kExists, folder.string(), ": is there already; ",
       made_here ? "give another name, or --force to write over the graph that was made there"
                 : "give another name, or move it away (it was not made by `weft synth`)");
}

/// `node_order`: the cache's, where one is made.
void write_marker(const fs::path& folder, const SynthSpec& spec, const std::string& node_order) {
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
  const std::string text = json.dump(2) + "\n";
  AtomicFile file(folder / kSynthMarker);
  file.append(text.data(), text.size());
  file.commit();
}

/// Removes what is made here from a folder, and nothing else.
void remove_made(const fs::path& folder, std::error_code& failed) {
  const std::string cache = name_of(folder) + ".weft";
  for (const std::string& name : {std::string("raw"), std::string("split"), cache, cache + ".partial"}) {
    if (!failed) fs::remove_all(folder / name, failed);
  }
}

/// Takes back what was made unless all went well. The marker comes first, so that what a killed run leaves
/// can be written over.
class NewFolder {
 public:
  NewFolder(const fs::path& folder, const SynthSpec& spec, const std::string& node_order) : folder_(folder) {
    std::error_code failed;
    existed_ = fs::exists(folder, failed);
    if (existed_) remove_made(folder, failed);
    if (!failed) fs::create_directories(folder, failed);
    if (failed) {
      fail(ErrorCode::kIo, folder.string(), ": cannot be made: ", failed.message(),
           "; check the place and its rights");
    }
    write_marker(folder, spec, node_order);
  }
  ~NewFolder() {
    if (kept_) return;
    std::error_code ignored;
    remove_made(folder_, ignored);
    fs::remove(folder_ / kSynthMarker, ignored);
    if (!existed_) fs::remove(folder_, ignored);  // only when nothing is left in it
  }
  NewFolder(const NewFolder&) = delete;
  NewFolder& operator=(const NewFolder&) = delete;
  void keep() { kept_ = true; }

 private:
  fs::path folder_;
  bool existed_ = false;
  bool kept_ = false;
};

}  // namespace

Location write_synthetic(const SynthSpec& spec, const SynthTarget& target, const SynthProgress& progress) {
  if (target.raw && target.reorder) {
    fail(ErrorCode::kInvalidArgument, target.folder.string(),
         ": raw files cannot be in an order of nodes, as they name them; leave --reorder out, and give it to "
         "`weft convert`");
  }
  check_folder(target.folder, target.force);
  RawDataset raw = synthesize(spec, name_of(target.folder), target.threads, progress);
  if (!target.raw) {
    const Reordering how{NodeOrder::kNone, target.threads, target.memory_bytes};
    raw = in_order(std::move(raw), target.reorder, how);
  }
  NewFolder folder(target.folder, spec, target.raw ? "" : raw.facts.node_order);
  const Location location = locate((target.folder / "").string(), "");
  if (target.raw) {
    write_raw(target.folder, raw, target.threads);
  } else {
    CacheWriting writing;
    writing.threads = target.threads;
    writing.memory_bytes = target.memory_bytes;
    writing.check_before_commit = [] {};  // nothing it is made from can change
    write_cache(location, raw, {}, writing);
  }
  folder.keep();
  return location;
}

}  // namespace weft::data
