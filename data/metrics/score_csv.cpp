#include "data/metrics/score_csv.hpp"

#include <algorithm>
#include <charconv>
#include <iomanip>
#include <limits>
#include <optional>

#include "data/csv/csv_reader.hpp"
#include "data/metrics/metrics_ranking.hpp"

namespace weft::data {
namespace {

using Form = Evaluator::Form;
using Path = std::filesystem::path;

/// The columns of one key, side by side.
struct Columns {
  std::string key;
  std::int64_t first = 0, count = 0;
  bool numbered = false;  // y_true_0 rather than y_true
};

std::string_view without_blanks_and_quotes(std::string_view name) {
  constexpr std::string_view kAround = " \t\r\"";
  const std::size_t first = name.find_first_not_of(kAround);
  if (first == std::string_view::npos) return {};
  return name.substr(first, name.find_last_not_of(kAround) - first + 1);
}

/// N of "<key>_N".
std::optional<std::int64_t> number_after(std::string_view name, const std::string& key) {
  if (name.size() < key.size() + 2 || name.substr(0, key.size()) != key || name[key.size()] != '_') return {};
  const char* const end = name.data() + name.size();
  std::int64_t number = 0;
  const auto read = std::from_chars(name.data() + key.size() + 1, end, number);
  if (read.ec != std::errc() || read.ptr != end) return {};
  return number;
}

/// The header of a file, column by column.
class Header {
 public:
  Header(const Path& path, std::vector<std::string> keys) : path_(path), keys_(std::move(keys)) {
    const std::string line = csv_first_line(path);
    if (without_blanks_and_quotes(line).empty()) {
      fail(ErrorCode::kBadData, path.string(),
           ": line 1 is empty where the names of the columns are wanted; ", "--format tells them");
    }
    for (std::size_t begin = 0; begin <= line.size();) {
      const std::size_t end = std::min(line.find(',', begin), line.size());
      add(without_blanks_and_quotes(std::string_view(line).substr(begin, end - begin)));
      begin = end + 1;
    }
  }

  std::int64_t width() const { return width_; }
  std::vector<std::string> keys() const {
    std::vector<std::string> found;
    for (const Columns& columns : groups_) found.push_back(columns.key);
    return found;
  }
  const Columns& columns(const std::string& key) const {
    for (const Columns& columns : groups_) {
      if (columns.key == key) return columns;
    }
    fail(ErrorCode::kBadData, path_.string(), ": line 1 names no column '", key,
         "'; --format tells what is wanted");
  }
  const Columns& one_column(const std::string& key) const {
    const Columns& found = columns(key);
    if (found.count == 1) return found;
    fail(ErrorCode::kBadData, path_.string(), ": line 1 names ", found.count, " columns '", key,
         "' where one is wanted");
  }

 private:
  void add(std::string_view name) {
    for (const std::string& key : keys_) {
      const bool plain = name == key;
      const std::optional<std::int64_t> number = plain ? 0 : number_after(name, key);
      if (!number) continue;
      const bool known =
          std::any_of(groups_.begin(), groups_.end(), [&](const Columns& c) { return c.key == key; });
      const bool goes_on = !plain && !groups_.empty() && groups_.back().key == key && groups_.back().numbered;
      if (*number != (goes_on ? groups_.back().count : 0) || known != goes_on)
        refuse(name, "is out of order, or there twice");
      if (!goes_on) groups_.push_back({key, width_, 0, !plain});
      ++groups_.back().count;
      ++width_;
      return;
    }
    refuse(name, "is none of the keys");
  }

  [[noreturn]] void refuse(std::string_view name, const char* why) const {
    std::string wanted;
    for (const std::string& key : keys_) wanted += (wanted.empty() ? "" : ", ") + key;
    fail(ErrorCode::kBadData, path_.string(), ": line 1, column ", width_ + 1, ": '", name.substr(0, 40),
         "' ", why, " (", wanted,
         "); the first line names the columns, separated by commas, and --format tells how");
  }

  Path path_;
  std::vector<std::string> keys_;
  std::vector<Columns> groups_;
  std::int64_t width_ = 0;
};

/// Calls use(values, rows) for each block of rows, in order, [rows, header.width()].
template <class Use>
void for_each_block(const Path& path, const Header& header, int threads, const Use& use) {
  CsvRules rules;
  rules.columns = header.width();
  rules.header = true;
  rules.allow_missing = rules.allow_infinite = rules.exact_integers = true;
  rules.threads = threads;
  read_csv<double>(path, rules,
                   [&](const double* values, std::int64_t rows, std::int64_t) { use(values, rows); });
}

/// Appends the columns of one key.
void append(const double* values, std::int64_t rows, std::int64_t width, const Columns& columns,
            std::vector<double>& out) {
  for (std::int64_t row = 0; row < rows; ++row) {  // a block may have none, and then no values either
    const double* first = values + row * width + columns.first;
    out.insert(out.end(), first, first + columns.count);
  }
}

Array matrix(const std::vector<double>& values, std::int64_t columns) {
  return {DType::kF64, {static_cast<std::int64_t>(values.size()) / columns, columns}, values.data()};
}
Array vector(const std::vector<double>& values) {
  return {DType::kF64, {static_cast<std::int64_t>(values.size())}, values.data()};
}

Evaluation evaluate_matrices(const Evaluator& evaluator, const Path& path, const EvaluateOptions& options) {
  const Header header(path, input_keys(Form::kMatrices));
  const Columns y_true = header.columns("y_true"), y_pred = header.columns("y_pred");
  std::vector<double> labels, predictions;
  for_each_block(path, header, options.threads, [&](const double* values, std::int64_t rows) {
    append(values, rows, header.width(), y_true, labels);
    append(values, rows, header.width(), y_pred, predictions);
  });
  return evaluator.evaluate(
      Arrays{{"y_true", matrix(labels, y_true.count)}, {"y_pred", matrix(predictions, y_pred.count)}},
      options);
}

Evaluation evaluate_pairs(const Evaluator& evaluator, const Path& path, const EvaluateOptions& options) {
  const Header header(path, input_keys(Form::kMatrices));
  const std::int64_t label = header.one_column("y_true").first, score = header.one_column("y_pred").first;
  std::vector<double> positives, negatives;
  for_each_block(path, header, options.threads, [&](const double* values, std::int64_t rows) {
    for (const double* row = values; row < values + rows * header.width(); row += header.width()) {
      if (row[label] != 0.0 && row[label] != 1.0) {
        const auto before = static_cast<std::int64_t>(positives.size() + negatives.size());
        fail(ErrorCode::kBadData, path.string(), ": line ", csv_line_of_row(path, before + 1), ": y_true is ",
             std::setprecision(std::numeric_limits<double>::digits10), row[label],
             " where 1 (an edge that is there) or 0 (one that is not) is wanted");
      }
      (row[label] == 1.0 ? positives : negatives).push_back(row[score]);
    }
  });
  return evaluator.evaluate(Arrays{{"y_pred_pos", vector(positives)}, {"y_pred_neg", vector(negatives)}},
                            options);
}

Evaluation evaluate_ranks(const Path& path, const EvaluateOptions& options) {
  const Header header(path, input_keys(Form::kRanks));
  struct Half {
    Columns positives, negatives;
    std::vector<double> ranks;
  };
  std::vector<Half> halves;
  for (const std::string& end : rank_key_ends(header.keys())) {
    halves.push_back({header.one_column("y_pred_pos" + end), header.columns("y_pred_neg" + end), {}});
  }
  std::vector<double> positives, negatives;  // of one block
  for_each_block(path, header, options.threads, [&](const double* values, std::int64_t rows) {
    for (Half& half : halves) {
      positives.clear(), negatives.clear();
      append(values, rows, header.width(), half.positives, positives);
      append(values, rows, header.width(), half.negatives, negatives);
      const std::vector<double> some =
          mean_ranks(vector(positives), matrix(negatives, half.negatives.count), options.threads,
                     static_cast<std::int64_t>(half.ranks.size()));
      half.ranks.insert(half.ranks.end(), some.begin(), some.end());
    }
  });
  std::vector<double> ranks;
  for (const Half& half : halves) ranks.insert(ranks.end(), half.ranks.begin(), half.ranks.end());
  return evaluation_of_ranks(ranks, options.lists);
}

}  // namespace

Evaluation evaluate_csv(const Evaluator& evaluator, const Path& path, const EvaluateOptions& options) {
  switch (evaluator.form()) {
    case Form::kMatrices:
      return evaluate_matrices(evaluator, path, options);
    case Form::kRanks:
      return evaluate_ranks(path, options);
    case Form::kHits:
    case Form::kPairs:
      return evaluate_pairs(evaluator, path, options);
    case Form::kTokens:
      break;
  }
  fail(ErrorCode::kUnsupported, path.string(), ": lists of texts are read from .json; --format tells how");
}

}  // namespace weft::data
