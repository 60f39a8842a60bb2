#include "data/raw/token_labels.hpp"

#include <string_view>
#include <unordered_map>

#include "data/csv/csv_lines.hpp"
#include "data/csv/csv_number.hpp"
#include "kernels/base/error.hpp"

namespace weft::data {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMissing = "nan";  // what Python makes of a missing text
constexpr const char* kAdvice = "correct the row";

/// The text of a line's one field, without its quotes. Errors: a problem's text in `problem`.
std::string unquoted(std::string_view line, const char*& problem) {
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  if (line.empty() || line.front() != '"') {
    if (line.find(',') != std::string_view::npos) problem = "has more than one column";
    return std::string(line);
  }
  std::string text;
  for (std::size_t at = 1; at < line.size(); ++at) {
    if (line[at] != '"') {
      text += line[at];
    } else if (at + 1 < line.size() && line[at + 1] == '"') {
      text += line[at++];
    } else {
      if (at + 1 != line.size()) problem = "goes on behind its closing quote";
      return text;
    }
  }
  problem = "has a quote that does not close";
  return text;
}

class TokenReader {
 public:
  void add_line(std::string_view line, const fs::path& path, std::int64_t number) {
    const char* problem = nullptr;
    std::string text = unquoted(line, problem);
    if (problem != nullptr)
      fail(ErrorCode::kBadData, path.string(), ": line ", number, " ", problem, "; ", kAdvice);
    if (is_missing_text(text)) text = kMissing;
    for (std::size_t at = 0;;) {
      const std::size_t space = text.find(' ', at);
      tokens_.push_back(id_of(text.substr(at, space - at)));
      if (space == std::string::npos) break;
      at = space + 1;
    }
    offsets_.push_back(static_cast<std::int64_t>(tokens_.size()));
  }

  std::int64_t rows() const { return static_cast<std::int64_t>(offsets_.size()) - 1; }

  std::vector<ArraySource> take() {
    const auto count = static_cast<std::int64_t>(tokens_.size());
    const std::int64_t starts = rows() + 1;
    std::vector<ArraySource> arrays;
    arrays.push_back(in_memory<std::int64_t>(kLabelOffsets, {starts}, std::move(offsets_)));
    arrays.push_back(in_memory<std::int32_t>(kLabelTokens, {count}, std::move(tokens_)));
    const auto letters = static_cast<std::int64_t>(vocabulary_.size());
    arrays.push_back(in_memory<std::uint8_t>(kLabelVocabulary, {letters}, std::move(vocabulary_)));
    return arrays;
  }

 private:
  std::int32_t id_of(std::string word) {
    const auto [known, is_new] = ids_.emplace(std::move(word), static_cast<std::int32_t>(ids_.size()));
    if (is_new) {
      vocabulary_.insert(vocabulary_.end(), known->first.begin(), known->first.end());
      vocabulary_.push_back('\n');
    }
    return known->second;
  }

  std::vector<std::int64_t> offsets_{0};
  std::vector<std::int32_t> tokens_;
  std::vector<std::uint8_t> vocabulary_;
  std::unordered_map<std::string, std::int32_t> ids_;
};

}  // namespace

std::vector<ArraySource> read_token_labels(const RawReader& reader, const fs::path& path,
                                           const RowCount& count) {
  TokenReader tokens;
  for_each_line(path, [&](std::string_view line, std::int64_t number) {
    tokens.add_line(line, path, number);
    return true;
  });
  reader.check_rows(path, tokens.rows(), count);
  return tokens.take();
}

}  // namespace weft::data
