#pragma once
// Scores of predicted token lists, as OGB's evaluator of ogbg-code2 computes them. Pure functions.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weft::data {

/// Many lists of texts, held in little more memory than the texts take.
class TokenLists {
 public:
  /// Begins a new list, which add() then extends. Errors: kUnsupported for more than 2^32 - 1 bytes in a text
  /// or texts in a list.
  void begin_list() { counts_.push_back(0); }
  void add(std::string_view token);

  std::int64_t size() const { return static_cast<std::int64_t>(counts_.size()); }

  /// Reads the lists one after the other.
  class Reader {
   public:
    explicit Reader(const TokenLists& lists) : lists_(lists) {}
    /// The next list's distinct texts, sorted, into `tokens`; views into the lists.
    void next_set(std::vector<std::string_view>& tokens);

   private:
    const TokenLists& lists_;
    std::size_t list_ = 0, token_ = 0, byte_ = 0;
  };

 private:
  std::string text_;                    // every token, one after the other
  std::vector<std::uint32_t> lengths_;  // of tokens, in bytes
  std::vector<std::uint32_t> counts_;   // of lists, in tokens
};

struct TokenScores {
  double precision = 0.0, recall = 0.0, f1 = 0.0;
};

/// OGB's `F1`: each sample's reference and prediction are sets of byte-equal tokens (duplicates and order do
/// not count). precision = common / predicted and recall = common / reference, 0 where that is empty; F1 is
/// their harmonic mean, 0 where both are 0. Each is then averaged over samples. Errors: kInvalidArgument for
/// lists of different lengths, or without samples.
TokenScores token_scores(const TokenLists& reference, const TokenLists& prediction);

}  // namespace weft::data
