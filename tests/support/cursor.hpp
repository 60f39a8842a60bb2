#pragma once
// Reading arrays in files in all the ways that there are.
#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "data/containers/file_array.hpp"

namespace weft::testing {

/// The values from `first` on, in pieces of `piece`.
template <class T>
std::vector<T> values_from(const data::FileArray& array, std::int64_t first, std::int64_t piece) {
  std::vector<T> out, buffer(static_cast<std::size_t>(piece));
  const auto cursor = array.open(first);
  while (const std::int64_t got = cursor->read(buffer.data(), piece)) {
    out.insert(out.end(), buffer.begin(), buffer.begin() + got);
  }
  return out;
}

/// All values. Expects that cursors in pieces, cursors from the middle, load() and the view in place agree.
template <class T>
std::vector<T> all_values(const data::FileArray& array) {
  const data::LoadedArray loaded = array.load();
  const auto view = loaded.array.as<T>();
  const std::vector<T> whole(view.begin(), view.end());
  const auto same = [](const std::vector<T>& a, const std::vector<T>& b) {  // NaNs too
    return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0);
  };
  EXPECT_TRUE(same(values_from<T>(array, 0, array.count() + 1), whole));
  EXPECT_TRUE(same(values_from<T>(array, 0, array.count() > 1000 ? 1001 : 3), whole));
  for (const std::int64_t first : {array.count() / 3, array.count()}) {
    EXPECT_TRUE(same(values_from<T>(array, first, 4099), {whole.begin() + first, whole.end()}));
  }
  return whole;
}

}  // namespace weft::testing
