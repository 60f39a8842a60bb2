#include "bench/counters/cards.hpp"

#include <algorithm>
#include <cctype>
#include <string>

#include "kernels/base/error.hpp"

namespace weft::bench {
namespace {

char lower(char letter) { return static_cast<char>(std::tolower(static_cast<unsigned char>(letter))); }

bool same(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

const Card& find_card(std::string_view name) {
  std::string known;
  for (const Card& card : kCards) {
    if (same(card.name, name)) return card;
    known += (known.empty() ? "" : ", ") + std::string(card.name);
  }
  fail(ErrorCode::kNotFound, "no card '", name, "'; known are ", known);
}

}  // namespace weft::bench
