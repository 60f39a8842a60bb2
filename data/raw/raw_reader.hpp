#pragma once
// What the readers of all raw layouts share: csv files into checked arrays, counts, labels, and splits of
// ids.
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "data/csv/csv_reader.hpp"
#include "data/raw/conversion.hpp"
#include "data/raw/label_classes.hpp"
#include "data/raw/raw_dataset.hpp"
#include "data/raw/split_check.hpp"
#include "data/registry.hpp"

namespace weft::data {

/// How many rows a file must have, and who says so: {169343, "num-node-list.csv.gz", "nodes"}.
struct RowCount {
  std::int64_t rows = 0;
  std::string said_by;
  const char* what = "";
};

class RawReader {
 public:
  /// `spec` is null for a folder that is not OGB's. Errors: kNotFound without a folder raw/.
  RawReader(const Location& location, const DatasetSpec* spec, const ConvertOptions& options);

  const RawFolder& raw() const { return raw_; }
  const DatasetSpec* spec() const { return spec_; }
  const ConvertOptions& options() const { return options_; }
  /// The facts that name, registry and options give.
  Facts facts() const;

  CsvRules rules(const std::filesystem::path& path, const std::string& wanted) const;
  /// Errors: kBadData naming both files and both counts.
  void check_rows(const std::filesystem::path& path, std::int64_t rows, const RowCount& wanted) const;

  /// One whole number per line, each in [low, high].
  std::vector<std::int64_t> read_counts(const std::filesystem::path& path, std::int64_t low,
                                        std::int64_t high, const char* what) const;
  /// An additional column, looked at now and streamed later: integers stay int64, anything else (missing
  /// values are NaN) becomes float32.
  ArraySource column(const RawColumn& file, const RowCount& count) const;
  /// A feature matrix, looked at once now and streamed later: integers in the smallest type that holds them
  /// all, anything else as float32. Errors: kBadData for what is not a finite number.
  ArraySource features(const RawColumn& file, const RowCount& count) const;
  /// Where no file has a row per node, memory for a number of nodes is taken on one line's word: it has to be
  /// in proportion to the edges. Errors: kBadData.
  void check_plausible(const std::filesystem::path& path, std::int64_t nodes, std::int64_t edges) const;
  /// Pairs of a source id below `sources` and a target id below `targets`.
  EdgeSource edges(const std::filesystem::path& path, const RowCount& count, std::int64_t sources,
                   std::int64_t targets) const;
  /// As classify() reads them; the number of classes is the options', else the registry's. A blank line of a
  /// file with one column is a row without a label where there would be too few rows otherwise.
  Labels read_labels(const RawColumn& file, const RowCount& count) const;

  /// Every split folder as ids below `count.rows` of things called `thing` ("node", "graph"). Within one
  /// split nothing is in two parts, or twice in one, and, where there is one task, nothing is without label.
  /// `labels` may be null. Errors: kNotFound when there is no split.
  std::map<std::string, SplitIds> read_splits(std::int64_t count, const char* thing,
                                              const Column* labels) const;
  SplitIds read_split(const std::filesystem::path& folder, std::int64_t count, const char* thing,
                      const Column* labels) const;
  /// Of the splits in the folder. Errors: kNotFound.
  std::string default_split() const;

 private:
  std::string name_;
  RawFolder raw_;
  const DatasetSpec* spec_;
  const ConvertOptions& options_;
};

/// Whether so many nodes may be there for so many edges where nothing has a row per node.
bool are_plausible(std::int64_t nodes, std::int64_t edges);

/// The facts that labels bring; without a spec, what is no classification is regression, scored by rmse.
void set_label_facts(Facts& facts, const Labels& labels, const DatasetSpec* spec);

/// The facts of nodes without labels; says so, after `what`.
void note_unlabelled(Facts& facts, const std::string& what, const ConvertOptions& options);

/// Adds a split of ids under the name of what they are ids of.
void add_split(RawDataset& raw, const std::string& split, const std::string& type, SplitIds ids);

}  // namespace weft::data
