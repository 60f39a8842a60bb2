// A graph of one's own in one .npz file; data/README.md lists the arrays' names.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <set>

#include "data/containers/npz.hpp"
#include "data/graph/edge_weights.hpp"
#include "data/raw/array_values.hpp"
#include "data/raw/layouts.hpp"
#include "data/raw/split_check.hpp"
#include "kernels/base/error.hpp"

namespace weft::data {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kMaxNodes = std::numeric_limits<NodeId>::max();
constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
constexpr const char* kSplit = "own";
// Features stay sparse where a dense matrix would take both this many times their bytes and this many bytes.
constexpr std::uint64_t kDenseRatio = 4;
constexpr std::uint64_t kDenseBytes = 64 << 20;

using Names = std::vector<const char*>;
const Names kLabelNames{"labels", "y", "node_label"}, kFeatureNames{"node_feat", "x"};
const std::array<Names, 3> kPartNames{
    {{"train", "train_mask"}, {"valid", "val", "valid_mask", "val_mask"}, {"test", "test_mask"}}};

std::string either(const Names& names) {
  std::string text;
  for (const char* name : names) text += (text.empty() ? "" : " or ") + std::string(name);
  return text;
}

/// The array that has one of these names. Errors: kBadData when there are two.
std::optional<FileArray> find(const NpzFile& file, const Names& names) {
  std::optional<FileArray> found;
  for (const char* name : names) {
    if (!file.has(name)) continue;
    FileArray array = file.array(name);
    if (found) {
      fail(ErrorCode::kBadData, array.where, ": is there beside ", found->where,
           ", which stands for the same; keep one");
    }
    found = std::move(array);
  }
  return found;
}

/// A scipy matrix: "<prefix>_indptr", "_indices", and perhaps "_data" and "_shape".
struct ScipyCsr {
  std::vector<std::int64_t> indptr;
  FileArray indices;
  std::optional<FileArray> data;
  std::int64_t rows = 0;
  std::int64_t cols = 0;
};

void expect_length(const FileArray& array, std::int64_t length) {
  if (array.shape != std::vector<std::int64_t>{length}) refuse_shape(array, detail::concat("[", length, "]"));
}

std::optional<ScipyCsr> find_csr(const NpzFile& file, const std::string& prefix) {
  if (!file.has(prefix + "_indptr")) return std::nullopt;
  ScipyCsr csr;
  const FileArray indptr = file.array(prefix + "_indptr");
  csr.indices = file.array(prefix + "_indices");
  if (indptr.shape.size() != 1 || indptr.shape[0] < 2)
    refuse_shape(indptr, "[rows + 1], for at least a row,");
  if (csr.indices.shape.size() != 1) refuse_shape(csr.indices, "[entries]");
  csr.indptr = read_integers(indptr, 0, csr.indices.count(), "an offset into the indices");
  csr.rows = indptr.count() - 1;
  csr.cols = csr.rows;
  if (csr.indptr.front() != 0 || csr.indptr.back() != csr.indices.count() ||
      !std::is_sorted(csr.indptr.begin(), csr.indptr.end())) {
    fail(ErrorCode::kBadData, indptr.where, ": does not rise from 0 to the ", csr.indices.count(),
         " entries of the indices; save the matrix as scipy's CSR");
  }
  if (file.has(prefix + "_data")) {
    csr.data = file.array(prefix + "_data");
    expect_length(*csr.data, csr.indices.count());
  }
  if (file.has(prefix + "_shape")) {
    const FileArray shape = file.array(prefix + "_shape");
    expect_length(shape, 2);
    const std::vector<std::int64_t> lengths = read_integers(shape, 0, kMaxNodes, "a matrix's length");
    if (lengths[0] != csr.rows) {
      fail(ErrorCode::kBadData, shape.where, ": says ", lengths[0], " rows where ", indptr.where, " has ",
           csr.rows, "; the arrays do not belong together");
    }
    csr.cols = lengths[1];
  }
  return csr;
}

/// scipy's row is where an edge begins; edges come in the order of the matrix.
EdgeSource edges_of(const ScipyCsr& csr) {
  return {csr.indices.count(), [csr](const EdgeSink& sink) {
            constexpr std::int64_t kPiece = 1 << 16;
            IdCursor targets(csr.indices, 0, csr.cols);
            std::vector<NodeId> source, target;
            NodeId row = 0;
            for (EdgeId at = 0; at < csr.indices.count(); at += kPiece) {
              targets.read(std::min<EdgeId>(kPiece, csr.indices.count() - at), target);
              source.resize(target.size());
              for (std::size_t k = 0; k < source.size(); ++k) {
                while (at + static_cast<EdgeId>(k) >= csr.indptr[static_cast<std::size_t>(row) + 1]) ++row;
                source[k] = row;
              }
              sink(source.data(), target.data(), static_cast<std::int64_t>(target.size()));
            }
          }};
}

/// A feature matrix whose rows are mostly zeros, in memory: columns ascend within a row.
struct SparseRows {
  std::vector<std::int64_t> offsets;
  std::vector<NodeId> columns;
  std::vector<float> values;
  std::int64_t width = 0;
};

std::vector<float> read_floats(const FileArray& array) {
  std::vector<float> all;
  const ArraySource values = matrix("", array, {array.count(), array.where, "values"}, false, Codec::kRaw);
  if (values.dtype == DType::kF32) {
    values.stream([&](const void* data, std::size_t bytes) {
      const auto* from = static_cast<const float*>(data);
      all.insert(all.end(), from, from + bytes / sizeof(float));
    });
    return all;
  }
  for (const std::int64_t value : read_integers(array, -kMost, kMost, "a number")) {
    all.push_back(static_cast<float>(value));
  }
  return all;
}

void sort_row(SparseRows& rows, std::size_t row, const std::string& where) {
  std::vector<std::pair<NodeId, float>> entries;
  const auto begin = static_cast<std::size_t>(rows.offsets[row]),
             end = static_cast<std::size_t>(rows.offsets[row + 1]);
  for (std::size_t i = begin; i < end; ++i) entries.emplace_back(rows.columns[i], rows.values[i]);
  const auto by_column = [](const auto& a, const auto& b) { return a.first < b.first; };
  std::stable_sort(entries.begin(), entries.end(), by_column);
  for (std::size_t i = begin; i < end; ++i) {
    std::tie(rows.columns[i], rows.values[i]) = entries[i - begin];
    if (i == begin || rows.columns[i] != rows.columns[i - 1]) continue;
    fail(ErrorCode::kBadData, where, ": row ", row, " has column ", rows.columns[i],
         " twice; call sum_duplicates() on the matrix before saving it");
  }
}

SparseRows read_sparse(const ScipyCsr& csr) {
  SparseRows rows{csr.indptr, {}, {}, csr.cols};
  IdCursor columns(csr.indices, 0, csr.cols);
  columns.read(csr.indices.count(), rows.columns);
  rows.values = csr.data ? read_floats(*csr.data) : std::vector<float>(rows.columns.size(), 1.0f);
  for (std::size_t row = 0; row + 1 < rows.offsets.size(); ++row) sort_row(rows, row, csr.indices.where);
  return rows;
}

ArraySource dense(SparseRows rows) {
  const auto count = static_cast<std::int64_t>(rows.offsets.size()) - 1;
  const std::int64_t width = rows.width;
  return {"node_feat",
          DType::kF32,
          {count, width},
          Codec::kRaw,
          [rows = std::make_shared<const SparseRows>(std::move(rows))](const ByteSink& sink) {
            std::vector<float> row(static_cast<std::size_t>(rows->width));
            for (std::size_t r = 0; r + 1 < rows->offsets.size(); ++r) {
              std::fill(row.begin(), row.end(), 0.0f);
              for (auto i = static_cast<std::size_t>(rows->offsets[r]);
                   i < static_cast<std::size_t>(rows->offsets[r + 1]); ++i) {
                row[static_cast<std::size_t>(rows->columns[i])] = rows->values[i];
              }
              sink(row.data(), row.size() * sizeof(float));
            }
          }};
}

class OwnNpz {
 public:
  OwnNpz(const Location& location, const ConvertOptions& options)
      : location_(location), options_(options), file_(location.file) {}

  RawDataset read() {
    Facts& facts = raw_.facts;
    facts.name = location_.name;
    facts.task = "node";
    facts.task_type = "multiclass classification";
    facts.metric = "acc";
    facts.add_inverse_edge = options_.add_inverse_edge.value_or(false);
    facts.without_features = options_.without_features;
    count_nodes();
    read_labels();
    read_graph();
    if (!options_.without_features) read_features();
    read_splits();
    if (labels_) raw_.tables[kNodeType].columns.push_back(in_memory(std::move(labels_->column)));
    return std::move(raw_);
  }

 private:
  [[noreturn]] void missing(const std::string& what) const {
    std::string there;
    for (const std::string& name : file_.names()) there += (there.empty() ? "" : ", ") + name;
    fail(ErrorCode::kNotFound, location_.file.string(), ": has no ", what, "; it has ",
         there.empty() ? "no array" : there, "; save it with the names that data/README.md lists");
  }

  /// The first array with a row per node says how many there are.
  void count_nodes() {
    std::optional<FileArray> rows = find(file_, kLabelNames);
    if (!rows) rows = find(file_, kFeatureNames);
    std::int64_t extra = 0;
    for (const char* indptr : {"attr_indptr", "adj_indptr"}) {
      if (rows || !file_.has(indptr)) continue;
      rows = file_.array(indptr);
      extra = 1;
    }
    if (!rows) missing("array with a row per node (labels, features, or adj_indptr)");
    if (rows->shape.empty() || rows->shape[0] < 1 + extra || rows->shape[0] > kMaxNodes)
      refuse_shape(*rows, extra == 1 ? "[nodes + 1]" : "[nodes] or [nodes, columns]");
    nodes_ = {rows->shape[0] - extra, rows->where, "nodes"};
    raw_.tables[kNodeType].rows = nodes_.rows;
  }

  void read_labels() {
    const std::optional<FileArray> labels = find(file_, kLabelNames);
    if (!labels) {
      note_unlabelled(raw_.facts, location_.file.string() + ": has no labels (" + either(kLabelNames) + ")",
                      options_);
      return;
    }
    labels_ = labels_of(*labels, "node_label", nodes_, options_.num_classes, options_);
    set_label_facts(raw_.facts, *labels_, nullptr);
  }

  void read_graph() {
    RawRelation& relation = raw_.relations.emplace_back();
    relation.source = relation.target = kNodeType;
    relation.name = kEdgeType;
    const std::optional<ScipyCsr> csr = find_csr(file_, "adj");
    const std::optional<FileArray> pairs = find(file_, {"edge_index"});
    if (csr && pairs)
      fail(ErrorCode::kBadData, pairs->where, ": is there beside adj_indptr; keep one of the graphs");
    if (!csr && !pairs) missing("graph (edge_index, or adj_indptr and adj_indices)");
    if (pairs) {
      relation.edges = edge_pairs(*pairs, nodes_.rows);
      return read_weights(relation, find(file_, {kEdgeWeight}), pairs->where);
    }
    if (csr->rows != nodes_.rows || csr->cols != nodes_.rows) {
      fail(ErrorCode::kBadData, csr->indices.where, ": is of a matrix [", csr->rows, ", ", csr->cols,
           "] where ", nodes_.said_by, " says ", nodes_.rows, " nodes; the arrays do not belong together");
    }
    relation.edges = edges_of(*csr);
    std::optional<FileArray> weights = find(file_, {kEdgeWeight});
    if (csr->data && !all_ones(*csr->data)) {
      if (weights) {
        fail(ErrorCode::kBadData, weights->where, ": is there beside ", csr->data->where,
             ", which stands for the same; keep one");
      }
      weights = csr->data;
    }
    read_weights(relation, weights, csr->indices.where);
  }

  static void read_weights(RawRelation& relation, const std::optional<FileArray>& weights,
                           const std::string& edges_from) {
    if (!weights) return;
    const RowCount edges{relation.edges.count, edges_from, "edges"};
    relation.columns.push_back(matrix(kEdgeWeight, *weights, edges, false, Codec::kZstd));
  }

  static bool all_ones(const FileArray& array) {
    const std::vector<float> values = read_floats(array);
    return std::all_of(values.begin(), values.end(), [](float value) { return value == 1.0f; });
  }

  void read_features() {
    const std::optional<FileArray> plain = find(file_, kFeatureNames);
    const std::optional<ScipyCsr> csr = find_csr(file_, "attr");
    if (plain && csr)
      fail(ErrorCode::kBadData, plain->where, ": is there beside attr_indptr; keep one of the features");
    if (plain)
      raw_.tables[kNodeType].columns.push_back(matrix("node_feat", *plain, nodes_, false, Codec::kRaw));
    if (!csr) return;
    if (csr->rows != nodes_.rows) {
      fail(ErrorCode::kBadData, csr->indices.where, ": is of a matrix with ", csr->rows, " rows where ",
           nodes_.said_by, " says ", nodes_.rows, " nodes; the arrays do not belong together");
    }
    if (!file_.has("attr_shape")) missing("attr_shape, which tells how many features there are");
    SparseRows rows = read_sparse(*csr);
    const auto width = static_cast<std::uint64_t>(rows.width);
    const std::uint64_t dense_bytes = static_cast<std::uint64_t>(nodes_.rows) * width * sizeof(float);
    const std::uint64_t sparse_bytes =
        rows.values.size() * (sizeof(NodeId) + sizeof(float)) + rows.offsets.size() * sizeof(EdgeId);
    if (dense_bytes <= kDenseBytes || dense_bytes <= kDenseRatio * sparse_bytes) {
      raw_.tables[kNodeType].columns.push_back(dense(std::move(rows)));
      return;
    }
    raw_.facts.sparse_columns = rows.width;
    const auto entries = static_cast<std::int64_t>(rows.columns.size());
    keep(in_memory<std::int64_t>(kFeatureOffsets, {nodes_.rows + 1}, std::move(rows.offsets)));
    keep(in_memory<NodeId>(kFeatureColumns, {entries}, std::move(rows.columns)));
    keep(in_memory<float>(kFeatureValues, {entries}, std::move(rows.values)));
  }

  void keep(ArraySource array) { raw_.arrays.push_back(std::move(array)); }

  void read_splits() {
    const NpzFile file = options_.splits.empty() ? NpzFile(location_.file) : NpzFile(options_.splits);
    std::array<std::optional<FileArray>, 3> parts;
    for (const Part part : kParts) {
      const auto index = static_cast<std::size_t>(part);
      parts[index] = find(file, kPartNames[index]);
    }
    const auto absent = std::count(parts.begin(), parts.end(), std::nullopt);
    if (absent == 3 && options_.splits.empty()) return;  // training says what to do
    SplitIds split;
    const Column* const labels = labels_ ? &labels_->column : nullptr;
    SplitCheck check(nodes_.rows, kNodeType, labels, options_);
    for (const Part part : kParts) {
      const auto index = static_cast<std::size_t>(part);
      if (!parts[index]) {
        fail(ErrorCode::kNotFound, (options_.splits.empty() ? location_.file : options_.splits).string(),
             ": has no array ", either(kPartNames[index]), "; a split has train, valid and test");
      }
      split[index] = read_part(*parts[index], part, check);
    }
    note_parts(split, labels, (options_.splits.empty() ? location_.file : options_.splits).string(),
               options_);
    add_split(raw_, kSplit, kNodeType, std::move(split));
    raw_.facts.default_split = kSplit;
  }

  std::vector<std::int64_t> read_part(const FileArray& array, Part part, SplitCheck& check) const {
    Ids found = read_ids(array, nodes_.rows, kNodeType);
    for (std::size_t i = 0; i < found.ids.size(); ++i) {
      const std::int64_t id = found.ids[i];
      check.add(part, id, [&] {
        return detail::concat(array.where, ": position ", found.mask ? id : static_cast<std::int64_t>(i));
      });
    }
    return std::move(found.ids);
  }

  const Location& location_;
  const ConvertOptions& options_;
  NpzFile file_;
  RowCount nodes_;
  std::optional<Labels> labels_;
  RawDataset raw_;
};

}  // namespace

RawDataset read_own_npz(const Location& location, const ConvertOptions& options) {
  return OwnNpz(location, options).read();
}

std::vector<std::string> unused_arrays(const fs::path& path, bool split_elsewhere) {
  const NpzFile file(path);
  const std::vector<std::string> names = file.names();
  std::set<std::string> used{"edge_index", kEdgeWeight};
  used.insert(kLabelNames.begin(), kLabelNames.end());
  used.insert(kFeatureNames.begin(), kFeatureNames.end());
  for (const std::string prefix : {"adj", "attr"}) {
    if (!file.has(prefix + "_indptr")) continue;
    for (const char* array : {"_indptr", "_indices", "_data", "_shape"}) used.insert(prefix + array);
  }
  for (const Names& part : kPartNames) {
    if (!split_elsewhere) used.insert(part.begin(), part.end());
  }
  std::vector<std::string> unused;
  for (const std::string& name : names) {
    if (used.count(name) == 0) unused.push_back(name);
  }
  return unused;
}

}  // namespace weft::data
