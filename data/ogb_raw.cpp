#include "data/ogb_raw.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/base/error.hpp"

namespace weft::data {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kMaxNodes = std::numeric_limits<NodeId>::max();
constexpr const char* kFetch = "unpack the dataset again";

}  // namespace

Array Column::array() const {
  const void* data = is_integer() ? static_cast<const void*>(integers.data()) : reals.data();
  return {is_integer() ? DType::kI64 : DType::kF32, {rows, columns}, data};
}

OgbReader::OgbReader(const Location& location, const DatasetSpec* spec, const ConvertOptions& options)
    : name_(location.name), raw_(location.folder), spec_(spec), options_(options) {
  check_supported();
}

void OgbReader::check_supported() const {
  constexpr const char* kSupported =
      "; this version converts node datasets with one node type in csv form: ogbn-arxiv, ogbn-products, "
      "ogbn-proteins, debian, and folders of your own in that layout";
  if (spec_ != nullptr && (spec_->task != "node" || spec_->is_hetero || spec_->binary)) {
    const char* form = spec_->is_hetero ? " with several node types" : spec_->binary ? " in npz form" : "";
    fail(ErrorCode::kUnsupported, name_, ": is a ", spec_->task, " prediction dataset", form, kSupported);
  }
  if (!raw_.has_raw()) {
    fail(ErrorCode::kNotFound, raw_.path().string(), ": has no folder raw/; ", kFetch,
         ", or give the folder that holds raw/ and split/");
  }
  std::error_code ignored;
  for (const char* other :
       {"triplet-type-list.csv.gz", "data.npz", "edge_index_dict.npz", "graph-label.csv.gz"}) {
    if (!fs::exists(raw_.path() / "raw" / other, ignored)) continue;
    fail(ErrorCode::kUnsupported, (raw_.path() / "raw" / other).string(),
         ": belongs to another kind of dataset", kSupported);
  }
}

CsvRules OgbReader::rules(const fs::path& path, const std::string& wanted) const {
  CsvRules rules;
  rules.threads = options_.threads;
  rules.wanted = wanted;
  if (options_.progress) {
    rules.progress = [report = options_.progress, file = path.filename().string()](double fraction) {
      report(file, fraction);
    };
  }
  return rules;
}

std::int64_t OgbReader::read_count(const std::string& stem, std::int64_t low, std::int64_t high,
                                   const char* what) const {
  const fs::path path = raw_.require(stem, kFetch);
  CsvRules one = rules(path, detail::concat("a number of ", what, " from ", low, " to ", high));
  one.columns = 1;
  one.low = low;
  one.high = high;
  const std::vector<std::int64_t> counts = read_csv<std::int64_t>(path, one);
  if (counts.size() != 1) {
    fail(ErrorCode::kUnsupported, path.string(), ": has ", counts.size(),
         " rows, one per graph, where a node dataset is one graph");
  }
  return counts[0];
}

void OgbReader::read_counts() {
  num_nodes_ = read_count("num-node-list", 1, kMaxNodes, "nodes");
  num_edges_ = read_count("num-edge-list", 0, std::numeric_limits<std::int64_t>::max() / 2, "edges");
}

void OgbReader::check_rows(const fs::path& path, std::int64_t rows, bool of_edges) const {
  const std::int64_t wanted = of_edges ? num_edges_ : num_nodes_;
  if (rows == wanted) return;
  const fs::path counts = raw_.require(of_edges ? "num-edge-list" : "num-node-list", kFetch);
  fail(ErrorCode::kBadData, path.string(), ": has ", rows, " rows where ", counts.filename().string(),
       " says ", wanted, of_edges ? " edges" : " nodes", "; the files do not belong together: ", kFetch);
}

EdgeList OgbReader::read_edges() const {
  EdgeList edges;
  const fs::path path = raw_.require("edge", kFetch);
  if (num_edges_ == 0) {
    check_rows(path, csv_row_count(path), true);
    return edges;
  }
  CsvRules pairs = rules(path, detail::concat("a node id from 0 to ", num_nodes_ - 1));
  pairs.columns = 2;
  pairs.low = 0;
  pairs.high = num_nodes_ - 1;
  // The count is only believed as far as the file can bear it out: deflate shrinks at most 1032 times, and
  // an edge is at least 4 bytes of text.
  const std::int64_t most = static_cast<std::int64_t>(fs::file_size(path)) * (1032 / 4);
  edges.source.reserve(static_cast<std::size_t>(std::min(num_edges_, most)));
  edges.target.reserve(edges.source.capacity());
  const std::int64_t rows =
      read_csv<NodeId>(path, pairs, [&](const NodeId* ids, std::int64_t count, std::int64_t) {
        for (std::int64_t k = 0; k < count; ++k) {
          edges.source.push_back(ids[2 * k]);
          edges.target.push_back(ids[2 * k + 1]);
        }
      });
  check_rows(path, rows, true);
  return edges;
}

Column OgbReader::read_values(const RawColumn& file, const CsvRules& file_rules,
                              const CsvSummary& summary) const {
  Column column{file.array, summary.rows, summary.columns, {}, {}};
  if (summary.whole && !summary.missing) {
    column.integers = read_csv<std::int64_t>(file.path, file_rules);
  } else {
    column.reals = read_csv<float>(file.path, file_rules);
  }
  return column;
}

Column OgbReader::read_labels() {
  const RawColumn file{"node_label", raw_.require("node-label", kFetch)};
  CsvRules labels = rules(file.path, "a class number");
  labels.allow_missing = true;
  labels.columns = spec_ != nullptr ? spec_->num_tasks : 0;
  const CsvSummary summary = scan_csv(file.path, labels, false);
  check_rows(file.path, summary.rows, false);
  num_tasks_ = summary.columns;
  const std::int64_t seen = std::clamp<std::int64_t>(summary.high, 0, kMaxNodes) + 1;
  num_classes_ = options_.num_classes.value_or(spec_ != nullptr ? spec_->num_classes : seen);
  labels.low = 0;
  labels.high = num_classes_ - 1;
  labels.wanted = detail::concat("a class from 0 to ", num_classes_ - 1);
  CsvSummary stored = summary;
  stored.whole = true;  // where it is not, the first number that is no class is refused below
  Column column = read_values(file, labels, stored);
  if (!column.is_integer()) check_labels(file.path, column);
  return column;
}

/// Labels with missing ones among them are read as float, which the csv reader does not check against a
/// range.
void OgbReader::check_labels(const fs::path& path, const Column& labels) const {
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(labels.reals.size()); ++i) {
    const float label = labels.reals[static_cast<std::size_t>(i)];
    const bool fits = label == std::floor(label) && label >= 0 && label < static_cast<float>(num_classes_);
    if (std::isnan(label) || fits) continue;
    fail(ErrorCode::kBadData, path.string(), ": line ", csv_line_of_row(path, i / labels.columns),
         ", column ", i % labels.columns + 1, ": ", label, " is out of range; wanted a class from 0 to ",
         num_classes_ - 1, "; correct the row or fetch the file again");
  }
}

Column OgbReader::read_column(const RawColumn& file, bool of_edges) const {
  CsvRules any = rules(file.path, "a number");
  any.allow_missing = true;
  CsvSummary summary = scan_csv(file.path, any, false);
  check_rows(file.path, summary.rows, of_edges);
  summary.whole = summary.integers;
  return read_values(file, any, summary);
}

std::vector<Column> OgbReader::read_node_columns() const {
  const std::vector<RawColumn> files = raw_.node_columns();
  std::string wanted(spec_ != nullptr ? spec_->node_files : "");
  const auto is_wanted = [&](const RawColumn& file) { return file.array == wanted; };
  if (!wanted.empty() && std::none_of(files.begin(), files.end(), is_wanted)) raw_.require(wanted, kFetch);
  std::vector<Column> columns;
  for (const RawColumn& file : files) columns.push_back(read_column(file, false));
  return columns;
}

std::vector<Column> OgbReader::read_edge_columns() const {
  std::vector<Column> columns;
  for (const RawColumn& file : raw_.edge_columns()) columns.push_back(read_column(file, true));
  return columns;
}

std::optional<fs::path> OgbReader::node_features() const {
  if (options_.without_features) return std::nullopt;
  if (spec_ == nullptr || !spec_->has_node_attr) return raw_.find("node-feat");
  return raw_.require("node-feat", detail::concat(kFetch, ", or convert the rest with --without-features"));
}

std::optional<fs::path> OgbReader::edge_features() const {
  if (spec_ == nullptr || !spec_->has_edge_attr) return raw_.find("edge-feat");
  return raw_.require("edge-feat", kFetch);
}

}  // namespace weft::data
