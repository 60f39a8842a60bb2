#include "data/metrics/metrics_tokens.hpp"

#include <algorithm>
#include <limits>

#include "data/metrics/compensated.hpp"
#include "kernels/base/error.hpp"

namespace weft::data {
namespace {

using Set = std::vector<std::string_view>;  // sorted, each once

std::int64_t count_common(const Set& a, const Set& b) {
  std::int64_t common = 0;
  for (auto i = a.begin(), j = b.begin(); i != a.end() && j != b.end();) {
    const int order = i->compare(*j);
    common += order == 0 ? 1 : 0;
    if (order <= 0) ++i;
    if (order >= 0) ++j;
  }
  return common;
}

double share(std::int64_t part, std::size_t whole) {
  return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

TokenScores sample_scores(const Set& reference, const Set& prediction) {
  const std::int64_t common = count_common(reference, prediction);
  const double precision = share(common, prediction.size()), recall = share(common, reference.size());
  const double sum = precision + recall;
  return {precision, recall, sum > 0.0 ? 2.0 * precision * recall / sum : 0.0};
}

}  // namespace

void TokenLists::add(std::string_view token) {
  constexpr std::size_t kMost = std::numeric_limits<std::uint32_t>::max();
  if (token.size() > kMost || counts_.back() == kMost) {
    fail(ErrorCode::kUnsupported, "list ", counts_.size() - 1, ": more than ", kMost,
         " bytes in a text or texts in a list");
  }
  text_.append(token);
  lengths_.push_back(static_cast<std::uint32_t>(token.size()));
  ++counts_.back();
}

void TokenLists::Reader::next_set(Set& tokens) {
  tokens.clear();
  const std::string_view text = lists_.text_;
  for (std::uint32_t left = lists_.counts_[list_++]; left > 0; --left) {
    const std::size_t length = lists_.lengths_[token_++];
    tokens.push_back(text.substr(byte_, length));
    byte_ += length;
  }
  std::sort(tokens.begin(), tokens.end());
  tokens.erase(std::unique(tokens.begin(), tokens.end()), tokens.end());
}

TokenScores token_scores(const TokenLists& reference, const TokenLists& prediction) {
  const std::int64_t samples = reference.size();
  WEFT_CHECK(samples == prediction.size(), "F1: seq_ref has ", samples, " samples but seq_pred has ",
             prediction.size(), "; give one prediction per reference");
  WEFT_CHECK(samples > 0, "F1: there are no samples to average");
  TokenLists::Reader references(reference), predictions(prediction);
  Set wanted, got;
  CompensatedSum precision, recall, f1;
  for (std::int64_t i = 0; i < samples; ++i) {
    references.next_set(wanted);
    predictions.next_set(got);
    const TokenScores one = sample_scores(wanted, got);
    precision.add(one.precision);
    recall.add(one.recall);
    f1.add(one.f1);
  }
  const auto n = static_cast<double>(samples);
  return {precision.value() / n, recall.value() / n, f1.value() / n};
}

}  // namespace weft::data
