#pragma once
// A text file as blocks of whole lines.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string_view>
#include <vector>

#include "data/csv/text_file.hpp"

namespace weft::data {

/// Whole lines, each ending in '\n'.
struct LineBlock {
  std::vector<char> buffer;  // capacity, kept between blocks
  std::size_t size = 0;      // bytes of text in it

  std::string_view text() const { return {buffer.data(), size}; }
};

class LineReader {
 public:
  explicit LineReader(const std::filesystem::path& path) : name_(path.string()), file_(path) {}

  /// The next lines; false at the end. A missing last line end is added and a byte order mark at the start
  /// dropped. Errors: TextFile's; kBadData for a line longer than kMaxLine bytes, and for UTF-16.
  bool next(LineBlock& block);
  double fraction() const { return file_.fraction(); }

  static constexpr std::size_t kBlockBytes = 512 * 1024;
  static constexpr std::size_t kMaxLine = 64 * 1024 * 1024;

 private:
  void drop_byte_order_mark(LineBlock& block);

  std::string name_;
  TextFile file_;
  std::vector<char> carry_;  // the begun line at the end of the last block
  bool first_ = true, ended_ = false;
};

/// Calls visit(line, number) for each line that is not blank, without its end, until it says false. Numbers
/// count all lines, from 1. Errors: LineReader's.
void for_each_line(const std::filesystem::path& path,
                   const std::function<bool(std::string_view line, std::int64_t number)>& visit);

/// Whether a line is skipped: nothing in it but blanks.
bool is_blank_line(std::string_view line);

}  // namespace weft::data
