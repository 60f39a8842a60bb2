#include "data/raw/raw_reader.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "data/graph/edge_weights.hpp"
#include "kernels/base/error.hpp"

namespace weft::data {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFiniteNumber = "a finite number";

/// Integers are stored in the smallest type that holds them all, anything else as float32.
DType smallest_dtype(const CsvSummary& summary) {
  if (!summary.integers) return DType::kF32;
  if (summary.low >= 0 && summary.high <= std::numeric_limits<std::uint8_t>::max()) return DType::kU8;
  const bool fits = summary.low >= std::numeric_limits<std::int32_t>::min() &&
                    summary.high <= std::numeric_limits<std::int32_t>::max();
  return fits ? DType::kI32 : DType::kI64;
}

/// A file's values on their way to the cache. The reader outlives what it hands out.
template <class T>
void stream_values(const RawReader& reader, const fs::path& path, const CsvRules& rules,
                   const RowCount& count, const ByteSink& sink) {
  std::int64_t rows = 0;
  read_csv<T>(path, rules, [&](const T* values, std::int64_t more, std::int64_t columns) {
    rows += more;
    if (rows > count.rows) reader.check_rows(path, csv_row_count(path), count);
    sink(values, static_cast<std::size_t>(more * columns) * sizeof(T));
  });
  reader.check_rows(path, rows, count);
}

/// Rows of a file whose blank lines are rows without a value, because there are too few others; else 0.
std::int64_t rows_with_blanks(const CsvSummary& summary, const RowCount& count) {
  const std::int64_t most = summary.rows + summary.blank_lines;
  const bool fits = count.rows <= most && count.rows >= most - summary.trailing_blank_lines;
  return summary.columns == 1 && summary.rows < count.rows && fits ? count.rows : 0;
}

/// Of files that have no rows because there is nothing they could be of.
ArraySource no_rows(const std::string& name, std::int64_t columns) {
  return {name, DType::kI64, {0, columns}, Codec::kZstd, [](const ByteSink&) {}};
}

/// For files whose two columns have different ranges; `row` counts from 0, `column` from 1.
[[noreturn]] void refuse_id(const fs::path& path, std::int64_t row, int column, NodeId id, std::int64_t end) {
  fail(ErrorCode::kBadData, path.string(), ": line ", csv_line_of_row(path, row), ", column ", column, ": '",
       id, "' is out of range; wanted a node id from 0 to ", end - 1, "; correct the row");
}

}  // namespace

RawReader::RawReader(const Location& location, const DatasetSpec* spec, const ConvertOptions& options)
    : name_(location.name), raw_(location.folder), spec_(spec), options_(options) {
  if (raw_.has_raw()) return;
  std::error_code ignored;
  if (std::filesystem::exists(raw_.path() / kSynthMarker, ignored)) {
    fail(ErrorCode::kNotFound, raw_.path().string(),
         ": was made by `weft synth`, as a cache without raw files; make it again with --force and, for "
         "another "
         "order of nodes, --reorder");
  }
  fail(ErrorCode::kNotFound, raw_.path().string(),
       ": has no folder raw/; give the folder that holds raw/ and split/");
}

Facts RawReader::facts() const {
  Facts facts;
  facts.name = name_;
  facts.task = spec_ != nullptr ? spec_->task : "node";
  facts.task_type = spec_ != nullptr ? spec_->task_type : "multiclass classification";
  facts.metric = spec_ != nullptr ? spec_->metric : "acc";
  facts.add_inverse_edge = options_.add_inverse_edge.value_or(spec_ != nullptr && spec_->add_inverse_edge);
  facts.without_features = options_.without_features;
  return facts;
}

CsvRules RawReader::rules(const fs::path& path, const std::string& wanted) const {
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

void RawReader::check_rows(const fs::path& path, std::int64_t rows, const RowCount& wanted) const {
  if (rows == wanted.rows) return;
  fail(ErrorCode::kBadData, path.string(), ": has ", rows, " rows where ", wanted.said_by, " says ",
       wanted.rows, " ", wanted.what, "; the files do not belong together: correct one of them");
}

std::vector<std::int64_t> RawReader::read_counts(const fs::path& path, std::int64_t low, std::int64_t high,
                                                 const char* what) const {
  CsvRules counts = rules(path, detail::concat("a number of ", what, " from ", low, " to ", high));
  counts.columns = 1;
  counts.low = low;
  counts.high = high;
  return read_csv<std::int64_t>(path, counts);
}

void RawReader::check_plausible(const fs::path& path, std::int64_t nodes, std::int64_t edges) const {
  if (are_plausible(nodes, edges)) return;
  fail(
      ErrorCode::kBadData, path.string(), ": ", nodes, " nodes for ", edges,
      " edges, and nothing has a row per node; correct the number, or add a column of nodes such as node_id");
}

EdgeSource RawReader::edges(const fs::path& path, const RowCount& count, std::int64_t sources,
                            std::int64_t targets) const {
  // The count is only believed as far as the file can bear it out: deflate shrinks at most 1032 times, and an
  // edge is at least 4 bytes of text.
  const std::int64_t most = static_cast<std::int64_t>(fs::file_size(path)) * (1032 / 4);
  if (count.rows == 0 || count.rows > most) check_rows(path, csv_row_count(path), count);
  if (count.rows == 0) return {0, [](const EdgeSink&) {}};

  const std::int64_t most_nodes = std::max(sources, targets);
  CsvRules pairs = rules(path, detail::concat("a node id from 0 to ", most_nodes - 1));
  pairs.columns = 2;
  pairs.low = 0;
  pairs.high = most_nodes - 1;
  return {count.rows, [this, path, count, pairs, sources, targets](const EdgeSink& sink) {
            std::vector<NodeId> source, target;
            std::int64_t row = 0;
            const auto split_pairs = [&](const NodeId* ids, std::int64_t more, std::int64_t) {
              source.resize(static_cast<std::size_t>(more));
              target.resize(static_cast<std::size_t>(more));
              for (std::size_t k = 0; k < source.size(); ++k, ++row) {
                source[k] = ids[2 * k];
                target[k] = ids[2 * k + 1];
                if (source[k] >= sources) refuse_id(path, row, 1, source[k], sources);
                if (target[k] >= targets) refuse_id(path, row, 2, target[k], targets);
              }
              sink(source.data(), target.data(), more);
            };
            check_rows(path, read_csv<NodeId>(path, pairs, split_pairs), count);
          }};
}

Labels RawReader::read_labels(const RawColumn& file, const RowCount& count) const {
  CsvRules labels = rules(file.path, "a class number");
  labels.allow_missing = true;
  labels.columns = spec_ != nullptr ? spec_->num_tasks : 0;
  const CsvSummary summary = scan_csv(file.path, labels, false);
  labels.blank_rows = rows_with_blanks(summary, count);
  if (labels.blank_rows == 0) check_rows(file.path, summary.rows, count);
  const std::int64_t tasks = summary.columns;
  const auto place = [path = file.path, tasks, blanks = labels.blank_rows > 0](std::int64_t index) {
    const std::int64_t line = blanks ? index + 1 : csv_line_of_row(path, index / tasks);
    const std::int64_t column = index % tasks + 1;
    return detail::concat(path.string(), ": line ", line, ", column ", column, ": '",
                          csv_field_text(path, line, column), "'");
  };
  std::optional<std::int64_t> classes = options_.num_classes;
  if (!classes && spec_ != nullptr) classes = spec_->num_classes;
  return classify(
      {file.array, file.path.string(), count.rows, tasks, read_csv<double>(file.path, labels), place},
      classes, options_);
}

ArraySource RawReader::column(const RawColumn& file, const RowCount& count) const {
  if (count.rows == 0) {
    check_rows(file.path, csv_row_count(file.path), count);
    return no_rows(file.array, 1);
  }
  CsvRules any = rules(file.path, "a number");
  any.allow_missing = file.array != kEdgeWeight;
  const CsvSummary summary = scan_csv(file.path, any, false);
  any.blank_rows = any.allow_missing ? rows_with_blanks(summary, count) : 0;
  if (any.blank_rows == 0) check_rows(file.path, summary.rows, count);
  any.columns = summary.columns;
  ArraySource source{file.array, DType::kF32, {count.rows, summary.columns}, Codec::kZstd, {}};
  source.stream = [this, path = file.path, any, count](const ByteSink& sink) {
    stream_values<float>(*this, path, any, count, sink);
  };
  if (summary.integers && any.blank_rows == 0) {
    source.dtype = DType::kI64;
    source.stream = [this, path = file.path, any, count](const ByteSink& sink) {
      stream_values<std::int64_t>(*this, path, any, count, sink);
    };
  }
  return source;
}

ArraySource RawReader::features(const RawColumn& file, const RowCount& count) const {
  if (count.rows == 0) {
    check_rows(file.path, csv_row_count(file.path), count);
    return no_rows(file.array, 0);
  }
  const CsvSummary summary = scan_csv(file.path, rules(file.path, kFiniteNumber), true);
  CsvRules all = rules(file.path, kFiniteNumber);
  all.columns = summary.columns;
  const auto values = [this, path = file.path, all, count](auto type) {
    return [this, path, all, count](const ByteSink& sink) {
      stream_values<decltype(type)>(*this, path, all, count, sink);
    };
  };
  ArraySource source{file.array, smallest_dtype(summary), {count.rows, summary.columns}, Codec::kRaw, {}};
  switch (source.dtype) {
    case DType::kU8:
      source.stream = values(std::uint8_t{});
      break;
    case DType::kI32:
      source.stream = values(std::int32_t{});
      break;
    case DType::kI64:
      source.stream = values(std::int64_t{});
      break;
    default:
      source.stream = values(float{});
  }
  return source;
}

bool are_plausible(std::int64_t nodes, std::int64_t edges) {
  constexpr std::int64_t kFree = 1 << 20, kPerEdge = 64;
  return nodes <= kFree || (nodes - kFree) / kPerEdge <= edges;
}

void note_unlabelled(Facts& facts, const std::string& what, const ConvertOptions& options) {
  facts.num_tasks = 0;
  facts.num_classes = 0;
  note(options, what, ": the graph can be predicted, and not trained on");
}

void set_label_facts(Facts& facts, const Labels& labels, const DatasetSpec* spec) {
  facts.num_tasks = labels.num_tasks;
  facts.num_classes = labels.num_classes;
  if (spec != nullptr || labels.num_classes >= 0) return;
  facts.task_type = "regression";
  facts.metric = "rmse";
}

}  // namespace weft::data
