#pragma once
// The files of a dataset in OGB's csv layout, by what they are, before anything is read.
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace weft::data {

/// The file in a folder that `weft synth` made (data/synth/synth.hpp), which says what it was made from.
inline constexpr const char* kSynthMarker = "synth.json";

/// A raw file as it was when the cache was made.
struct SourceFile {
  std::string name;  // relative to the folder: "raw/edge.csv.gz"
  std::uint64_t bytes = 0;
  std::int64_t modified = 0;  // nanoseconds since 1970
  std::uint64_t digest = 0;   // of the bytes on disk
  std::int64_t changed = 0;   // when bytes, name or rights last did, which no program can set; 0: not known
};

/// By what a raw file is told from another one, besides its name and size. A file that differs in it is read,
/// and its digest decides.
enum class SourceCheck : std::uint8_t {
  kTimes,    // when it was written
  kChanges,  // and when it was changed: also notices what was given its old time back
  kBytes,    // nothing: every file is read
};

/// One csv file and the array it becomes.
struct RawColumn {
  std::string array;  // "node_feat", "node_year", "edge_weight"
  std::filesystem::path path;
};

class RawFolder {
 public:
  explicit RawFolder(std::filesystem::path folder) : folder_(std::move(folder)) {}

  const std::filesystem::path& path() const { return folder_; }
  bool has_raw() const;

  /// raw/<stem>.csv.gz or raw/<stem>.csv. Errors: kNotFound (require) naming the file, then `advice`;
  /// kBadData where both are there; kIo.
  std::optional<std::filesystem::path> find(const std::string& stem) const;
  std::filesystem::path require(const std::string& stem, const std::string& advice = kLayout) const;

  /// <folder>/<stem>.csv.gz or .csv, wherever the folder is. Errors: as find().
  std::optional<std::filesystem::path> find_in(const std::filesystem::path& folder,
                                               const std::string& stem) const;

  /// raw/<sub>/node_*.csv.gz, as node columns by their stems; `species` counts as `node_species`, as OGB has
  /// it.
  std::vector<RawColumn> node_columns(const std::string& sub = "") const;
  /// raw/<sub>/edge_*.csv.gz; `edge-weight` counts as `edge_weight`. Errors: kBadData when both are there.
  std::vector<RawColumn> edge_columns(const std::string& sub = "") const;
  /// Whether there is a raw/node-feat, or one of a node type in raw/node-feat/<type>/.
  bool has_features() const;
  /// Names of the folders in split/, sorted.
  std::vector<std::string> splits() const;
  /// <folder>/<part>.csv.gz or .csv. Errors: kNotFound; as find().
  std::filesystem::path split_file(const std::filesystem::path& folder, const std::string& part) const;

  /// <folder>/split_dict.pt. Errors: kBadData where a part has a file of its own beside it; kIo.
  std::optional<std::filesystem::path> split_dict(const std::filesystem::path& folder) const;

  /// Every file below raw/ and split/ that a conversion may read, sorted by name, without digests.
  std::vector<SourceFile> sources(bool with_features) const;
  /// Those of these files, relative to the folder, that are there; sorted, without digests.
  std::vector<SourceFile> existing(const std::vector<std::string>& names) const;
  /// Fills in the digest, for which the whole file is read.
  void add_digest(SourceFile& file) const;

 private:
  static constexpr const char* kLayout = "data/README.md lists the files that a dataset has";

  std::vector<RawColumn> columns_named(const std::string& sub, const std::string& prefix) const;

  std::filesystem::path folder_;
};

}  // namespace weft::data
