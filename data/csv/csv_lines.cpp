#include "data/csv/csv_lines.hpp"

#include <algorithm>
#include <cstring>

#include "kernels/base/error.hpp"

namespace weft::data {

bool LineReader::next(LineBlock& block) {
  if (ended_) return false;
  block.size = carry_.size();
  if (block.buffer.size() < std::max(block.size, kBlockBytes))
    block.buffer.resize(std::max(block.size, kBlockBytes));
  std::copy(carry_.begin(), carry_.end(), block.buffer.begin());
  for (;;) {
    const std::size_t room = block.buffer.size() - block.size;
    const std::size_t got = file_.read(block.buffer.data() + block.size, room);
    block.size += got;
    if (first_) drop_byte_order_mark(block);
    ended_ = got < room;
    if (ended_) {
      carry_.clear();
      if (block.size == 0) return false;
      if (block.buffer[block.size - 1] != '\n') {
        block.buffer.resize(std::max(block.buffer.size(), block.size + 1));
        block.buffer[block.size++] = '\n';
      }
      return true;
    }
    const std::size_t last = block.text().rfind('\n');
    if (last != std::string_view::npos) {
      carry_.assign(block.buffer.begin() + static_cast<std::ptrdiff_t>(last) + 1,
                    block.buffer.begin() + static_cast<std::ptrdiff_t>(block.size));
      block.size = last + 1;
      return true;
    }
    if (block.size > kMaxLine) {
      fail(ErrorCode::kBadData, name_, ": a line is longer than ", kMaxLine,
           " bytes; is this csv with one row per line?");
    }
    block.buffer.resize(block.buffer.size() * 2);
  }
}

void LineReader::drop_byte_order_mark(LineBlock& block) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  first_ = false;
  if (const std::string_view two = block.text().substr(0, 2); two == "\xFF\xFE" || two == "\xFE\xFF") {
    fail(ErrorCode::kBadData, name_, ": is UTF-16 (it begins with the byte-order mark ",
         two[0] == '\xFF' ? "ff fe" : "fe ff", "); save it as UTF-8");
  }
  if (block.text().substr(0, kMark.size()) != kMark) return;
  block.size -= kMark.size();
  std::memmove(block.buffer.data(), block.buffer.data() + kMark.size(), block.size);
}

void for_each_line(const std::filesystem::path& path,
                   const std::function<bool(std::string_view line, std::int64_t number)>& visit) {
  LineReader reader(path);
  LineBlock block;
  std::int64_t number = 0;
  while (reader.next(block)) {
    const std::string_view text = block.text();
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t stop = text.find('\n', at);
      const std::string_view line = text.substr(at, stop - at);
      ++number;
      if (!is_blank_line(line) && !visit(line, number)) return;
      at = stop + 1;
    }
  }
}

bool is_blank_line(std::string_view line) {
  return line.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

}  // namespace weft::data
