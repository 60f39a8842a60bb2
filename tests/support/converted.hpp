#pragma once
// For tests of conversions: raw files into a folder, and what becomes of them.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <string>
#include <vector>

#include "data/cache/convert.hpp"
#include "tests/support/raw_folder.hpp"

namespace weft::testing {

/// A folder called `name_` with `files_`; the cache lies beside them.
class ConvertedFiles : public ::testing::Test {
 protected:
  void SetUp() override { ::unsetenv("WEFT_CACHE"); }

  std::filesystem::path folder() const { return temporary_.path() / name_; }
  data::Location location() const { return data::locate(folder().string(), ""); }

  data::Dataset converted() {
    std::filesystem::remove_all(folder());
    files_.write(folder());
    convert_again(1);
    return data::open_cache(location());
  }

  void convert_again(int threads) {
    data::ConvertOptions options;
    options.threads = threads;
    data::convert(location(), options);
  }

  void expect_same_bytes_at_any_thread_count() {
    converted();
    const std::string one = read_bytes(location().cache);
    for (const int threads : {2, 3}) {
      convert_again(threads);
      EXPECT_EQ(read_bytes(location().cache), one) << threads << " threads";
    }
  }

  /// Converting is refused with `file` holding `text`, in a message with all of `pieces`, and leaves no
  /// cache.
  void refused(const std::string& file, const std::string& text, const std::vector<std::string>& pieces) {
    SCOPED_TRACE(file + ": " + text.substr(0, 60));
    RawFiles files = files_;
    files.text[file] = text;
    refused(files, ErrorCode::kBadData, pieces);
  }
  void refused_without(const std::string& file) {
    SCOPED_TRACE(file);
    RawFiles files = files_;
    ASSERT_EQ(files.text.erase(file) + files.bytes.erase(file), 1u);
    refused(files, ErrorCode::kNotFound, {file, "no such file"});
  }
  void refused(const RawFiles& files, ErrorCode code, const std::vector<std::string>& pieces) {
    std::filesystem::remove_all(folder());
    files.write(folder());
    expect_error_with(code, pieces, [&] { data::convert(location(), {}); });
    EXPECT_FALSE(std::filesystem::exists(location().cache));
  }

  template <class T>
  static std::vector<T> values(const data::Array& array) {
    const auto view = array.as<T>();
    return {view.begin(), view.end()};
  }

  std::string name_ = "mine";
  TemporaryFolder temporary_;
  RawFiles files_;
};

/// <folder>/datasets/<name> where WEFT_TEST_DATA, else ../shared, has it; empty where it is missing.
inline std::filesystem::path real_dataset(const std::string& name) {
  const char* given = std::getenv("WEFT_TEST_DATA");
  const std::filesystem::path folder =
      given != nullptr ? std::filesystem::path(given) : std::filesystem::path(WEFT_SOURCE_DIR) / "../shared";
  const std::filesystem::path path = folder / "datasets" / name;
  return std::filesystem::exists(path) ? path : std::filesystem::path();
}

/// What a test says when it skips for lack of it.
inline std::string missing(const std::string& name) {
  return "no datasets/" + name +
         " in WEFT_TEST_DATA or ../shared: nothing was checked against the real files";
}

}  // namespace weft::testing
