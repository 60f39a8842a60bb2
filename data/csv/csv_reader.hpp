#pragma once
// Numbers out of .csv and .csv.gz files: inflated by one thread while others parse blocks of whole lines.
// Results, and errors, are the same at any thread count.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <string>
#include <vector>

namespace weft::data {

/// What a file's fields must be, and how to say so.
struct CsvRules {
  std::int64_t columns = 0;  // 0: as many as the first row has
  bool header = false;       // the first line names the columns and is no row
  bool allow_missing = false;
  bool allow_infinite = false;  // where double is read
  bool exact_integers = false;  // the same: one that is rounded is refused
  bool may_be_empty = false;    // no row at all is no error
  // Above 0, of one column: blank lines are rows without a value, up to as many rows.
  std::int64_t blank_rows = 0;
  std::int64_t low = std::numeric_limits<std::int64_t>::min();   // whole numbers lie in [low, high];
  std::int64_t high = std::numeric_limits<std::int64_t>::max();  // checked where whole numbers are read
  std::string wanted = "a number";                               // "a node id from 0 to 169342 (...)"
  int threads = 1;
  std::function<void(double fraction)> progress;  // may be empty; called in order, by one thread at a time
};

/// What a first pass over a file finds out.
struct CsvSummary {
  std::int64_t rows = 0;  // of the part that was read
  std::int64_t columns = 0;
  std::int64_t blank_lines = 0;           // that were skipped
  std::int64_t trailing_blank_lines = 0;  // of them behind the last row
  bool integers = true;                   // every field is written as an integer (pandas' int64)
  bool whole = true;     // every field that is not missing is a whole number, perhaps written 3.0
  bool missing = false;  // some field is missing
  std::int64_t low = 0;  // smallest and largest whole number, 0 where there is none
  std::int64_t high = 0;
};

/// Reads the whole file; with `until_not_integer` only until a field is not an integer.
/// Lines are separated by \n or \r\n, the last may lack it; blank ones are skipped, but for blank_rows.
/// Fields are read as csv_number.hpp says; a byte order mark at the start is skipped. Errors: TextFile's, and
/// kBadData naming file, line, column and text: not a number, infinite, missing where that is not allowed, a
/// row of another length, no row at all.
CsvSummary scan_csv(const std::filesystem::path& path, const CsvRules& rules, bool until_not_integer);

/// Hands the rows on in order, in pieces of `rows` x `columns` values.
template <class T>
using CsvSink = std::function<void(const T* values, std::int64_t rows, std::int64_t columns)>;

/// T float: decimal -> correctly rounded double -> float, as Python's readers do; missing fields are NaN and
/// a number too large for float is an error. T double: the same without the last step, and with infinities
/// where they are allowed, as which numbers too large for double count. T integer: a whole number (also
/// written 3.0) in [low, high]. T: float, double, uint8_t, int32_t, int64_t. Returns the number of rows.
/// Errors: as scan_csv.
template <class T>
std::int64_t read_csv(const std::filesystem::path& path, const CsvRules& rules, const CsvSink<T>& sink);

/// The whole file at once, [rows * columns].
template <class T>
std::vector<T> read_csv(const std::filesystem::path& path, const CsvRules& rules);

/// The first line, without its end; empty for an empty file. Errors: TextFile's.
std::string csv_first_line(const std::filesystem::path& path);

/// For messages: a field as it stands there, both from 1; empty where the line is blank.
std::string csv_field_text(const std::filesystem::path& path, std::int64_t line, std::int64_t column);

/// For messages: the line (from 1) of a row (from 0), and the number of rows. Reads the file again.
std::int64_t csv_line_of_row(const std::filesystem::path& path, std::int64_t row);
std::int64_t csv_row_count(const std::filesystem::path& path);

}  // namespace weft::data
