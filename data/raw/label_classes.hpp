#pragma once
// What labels are, in whatever file they stand: classes, some of them unknown, or real numbers.
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "data/raw/conversion.hpp"
#include "data/raw/raw_column.hpp"

namespace weft::data {

/// Labels in memory, [rows, tasks], and what follows from them.
struct Labels {
  Column column;  // whole numbers from 0, with NaN where there is no label; or any numbers
  std::int64_t num_tasks = 0;
  std::int64_t num_classes = 0;  // -1: regression
};

/// Labels as a file has them.
struct RawLabels {
  std::string array;  // "node_label"
  std::string file;   // for messages
  std::int64_t rows = 0;
  std::int64_t tasks = 0;
  std::vector<double> values;  // [rows * tasks], NaN where the file says that there is none
  std::function<std::string(std::int64_t index)> place;  // "node-label.csv: line 7, column 1: '2.5'"
};

/// `num_classes` is what the registry or the options say, -1 for regression. Where neither does: numbers that
/// are not whole are regression; -1 and 1 are two classes; else there are as many classes as the largest
/// label asks for, which must not stray: where it is 1000 or more and 100 times the number of different
/// labels, it is a mistake. What was decided is noted in a line. `options.unlabelled` is the value of nodes
/// without a label. Errors: kBadData naming the label's place.
Labels classify(RawLabels raw, std::optional<std::int64_t> num_classes, const ConvertOptions& options);

}  // namespace weft::data
