#include "data/csv/csv_text.hpp"

#include <algorithm>

#include "data/csv/csv_lines.hpp"
#include "kernels/base/error.hpp"

namespace weft::data {
namespace {

namespace fs = std::filesystem;

constexpr const char* kAdvice = "; correct the file";

std::string trimmed(std::string_view text) {
  constexpr std::string_view kAround = " \t\r\"";
  const std::size_t first = text.find_first_not_of(kAround);
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(kAround) - first + 1));
}

/// Words become names in the cache and parts of messages.
bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

std::vector<std::string> fields_of(std::string_view line) {
  std::vector<std::string> fields;
  for (std::size_t at = 0;;) {
    const std::size_t comma = line.find(',', at);
    fields.push_back(trimmed(line.substr(at, comma - at)));
    if (comma == std::string_view::npos) return fields;
    at = comma + 1;
  }
}

}  // namespace

std::vector<std::vector<std::string>> read_csv_words(const fs::path& path, std::size_t most_lines) {
  std::vector<std::vector<std::string>> rows;
  for_each_line(path, [&](std::string_view line, std::int64_t number) {
    rows.push_back(fields_of(line));
    for (const std::string& field : rows.back()) {
      if (is_printable(field)) continue;
      fail(ErrorCode::kBadData, path.string(), ": line ", number, " is no text of printable ASCII letters",
           kAdvice);
    }
    if (rows.size() > most_lines)
      fail(ErrorCode::kBadData, path.string(), ": has more than ", most_lines, " rows", kAdvice);
    return true;
  });
  return rows;
}

std::int64_t csv_first_columns(const fs::path& path) {
  std::int64_t columns = 0;
  for_each_line(path, [&](std::string_view line, std::int64_t) {
    columns = std::count(line.begin(), line.end(), ',') + 1;
    return false;
  });
  return columns;
}

std::map<std::string, std::string> read_csv_record(const fs::path& path) {
  const auto rows = read_csv_words(path, 2);
  if (rows.size() != 2 || rows[0].size() != rows[1].size()) {
    fail(ErrorCode::kBadData, path.string(),
         ": is no header of names with one row below it, a field per name", kAdvice);
  }
  std::map<std::string, std::string> record;
  for (std::size_t i = 0; i < rows[0].size(); ++i) {
    const bool is_new = record.emplace(rows[0][i], rows[1][i]).second;
    if (rows[0][i].empty() || !is_new) {
      fail(ErrorCode::kBadData, path.string(), ": line 1, column ", i + 1, ": the name '", rows[0][i],
           "' is ", is_new ? "empty" : "there twice", kAdvice);
    }
  }
  return record;
}

std::vector<std::string> read_csv_flags(const fs::path& path) {
  std::vector<std::string> names;
  for (const auto& [name, flag] : read_csv_record(path)) {
    if (flag == "True") {
      names.push_back(name);
    } else if (flag != "False") {
      fail(ErrorCode::kBadData, path.string(), ": line 2: '", flag, "' of ", name,
           " is neither True nor False", kAdvice);
    }
  }
  return names;
}

}  // namespace weft::data
