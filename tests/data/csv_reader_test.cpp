// Reading numbers: pandas' rules for fields, gzip's for files, and the same result at any thread count.
#include "data/csv/csv_reader.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <random>

#include "data/csv/csv_lines.hpp"
#include "data/csv/csv_number.hpp"
#include "data/csv/text_file.hpp"
#include "tests/support/raw_folder.hpp"

namespace weft::data {
namespace {

using Kind = CsvNumber::Kind;
using testing::expect_error_with;
using testing::gzip;

class CsvReader : public ::testing::Test {
 protected:
  std::filesystem::path file(const std::string& bytes, const std::string& name = "numbers.csv") {
    auto path = folder_.path() / name;
    testing::write_bytes(path, bytes);
    return path;
  }
  std::filesystem::path zipped(const std::string& bytes) { return file(bytes, "numbers.csv.gz"); }

  template <class T>
  std::vector<T> read(const std::string& text, CsvRules rules = {}) {
    return read_csv<T>(file(text), rules);
  }

  testing::TemporaryFolder folder_;
};

// ---- fields ----

TEST(CsvNumber, KindsOfFields) {
  const auto kind = [](const char* text) { return read_csv_field(text).kind; };
  for (const char* text :
       {"0", "-7", "+7", " 12 ", "\"3\"", "9223372036854775807", "-9223372036854775808", "007"}) {
    EXPECT_EQ(kind(text), Kind::kInteger) << text;
  }
  for (const char* text : {"1.0", ".5", "5.", "1e3", "-1E-3", "+0.5", "9223372036854775808", "1e-400"}) {
    EXPECT_EQ(kind(text), Kind::kReal) << text;
  }
  for (const char* text :
       {"",         "  ",  "\"\"", "NaN",  "nan",  "-nan", "-NaN",   "NA",      "N/A",     "n/a",     "#N/A",
        "#N/A N/A", "#NA", "<NA>", "NULL", "null", "None", "1.#IND", "-1.#IND", "1.#QNAN", "-1.#QNAN"}) {
    EXPECT_EQ(kind(text), Kind::kMissing) << text;
  }
  for (const char* text : {"inf", "-inf", "+Inf", "Infinity", "1e400", "-1e400"}) {
    EXPECT_EQ(kind(text), Kind::kInfinite) << text;
  }
  for (const char* text : {"abc", "1x", "1 2", "0x10", "--1", "+-1", "-", "+", ".", "1e", "NAN", "infin",
                           "\"1", "1_0", "True", "-+1", "1,5"}) {
    EXPECT_EQ(kind(text), Kind::kText) << text;
  }
}

TEST(CsvNumber, PlainReaderStopsAtTheSeparator) {
  CsvNumber number;
  const char* text = "-12.50,7\n";
  EXPECT_EQ(read_plain_number(text, number), text + 6);
  EXPECT_EQ(number.real, -12.5);
  for (const char* left_to_the_other :
       {"1e5\n", "\n", "-\n", ".\n", "+1\n", " 1\n", "1 \n", "1\r\n", "nan,", "1234567890123456789\n",
        "0.1234567890123456789\n", "9007199254740993.0\n"}) {
    EXPECT_EQ(read_plain_number(left_to_the_other, number), nullptr) << left_to_the_other;
  }
}

TEST(CsvNumber, RoundsAsTheCLibraryDoes) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 200000; ++i) {
    std::string text = std::to_string(random() >> (random() % 64));
    const std::size_t point = random() % (text.size() + 1);
    text.insert(point, ".");
    if (random() % 4 == 0) text += "e" + std::to_string(static_cast<int>(random() % 60) - 30);
    if (random() % 2 == 0) text.insert(0, "-");
    const double wanted = std::strtod(text.c_str(), nullptr);
    EXPECT_EQ(std::bit_cast<std::uint64_t>(read_csv_field(text).real), std::bit_cast<std::uint64_t>(wanted))
        << text;
    CsvNumber plain;
    text += '\n';
    if (read_plain_number(text.c_str(), plain) == nullptr) continue;
    EXPECT_EQ(std::bit_cast<std::uint64_t>(plain.real), std::bit_cast<std::uint64_t>(wanted)) << text;
  }
}

// ---- lines ----

TEST_F(CsvReader, LinesOfEveryForm) {
  const std::vector<std::int64_t> wanted = {1, 2, 3, 4};
  for (const char* text :
       {"1,2\n3,4\n", "1,2\n3,4", "1,2\r\n3,4\r\n", "1,2\r\n3,4", "\n1,2\n\n \n\t\r\n3,4\n\n",
        "\xEF\xBB\xBF"
        "1,2\n3,4\n",
        " 1 ,\t2\n\"3\",4\n", "1.0,2e0\n3,4.\n"}) {
    EXPECT_EQ(read<std::int64_t>(text), wanted) << text;
  }
}

TEST_F(CsvReader, MissingFieldsAreNanWhereAllowed) {
  CsvRules rules;
  rules.allow_missing = true;
  const std::vector<float> values = read<float>("0.0,,1.0\nnan,2,\n", rules);
  ASSERT_EQ(values.size(), 6u);
  for (const std::size_t i : {1, 3, 5}) EXPECT_TRUE(std::isnan(values[i])) << i;
  EXPECT_EQ(values[2], 1.0f);
  // A column of one field: "" is a missing value, a blank line is none at all.
  EXPECT_EQ(read<float>("1\n\"\"\n\n2\n", rules).size(), 3u);
}

TEST_F(CsvReader, DecimalsGoThroughDouble) {
  // Directly to float this would be 1 + 2^-23; by way of double, as Python goes, it ties to even.
  EXPECT_EQ(read<float>("1.00000005960464477539063\n")[0], 1.0f);
  EXPECT_EQ(read<float>("0.1\n")[0], 0.1f);
  EXPECT_TRUE(std::signbit(read<float>("-0.0\n")[0]));
}

TEST_F(CsvReader, ALineLongerThanABlock) {
  std::string text = "1";
  constexpr int kColumns = 700'000;
  for (int c = 1; c < kColumns; ++c) text += ",2";
  text += "\n" + text;
  const auto values = read<std::uint8_t>(text);
  EXPECT_EQ(values.size(), 2u * kColumns);
}

struct BadText {
  std::string text;
  std::vector<std::string> pieces;
};

TEST_F(CsvReader, RefusesWithLineColumnAndText) {
  CsvRules rules;
  rules.low = 0;
  rules.high = 9;
  rules.wanted = "an id from 0 to 9";
  const std::vector<BadText> cases = {
      {"1,2\n3,x y\n",
       {"numbers.csv: line 2, column 2: 'x y' is not a number", "an id from 0 to 9", "correct"}},
      {"\n\n1,2\n\n3,10\n", {"line 5, column 2: '10' is out of range"}},
      {"-1,2\n", {"line 1, column 1: '-1' is out of range"}},
      {"1,2\n3,\n", {"line 2, column 2: '' is empty or NaN"}},
      {"1,2\nNaN,3\n", {"line 2, column 1: 'NaN' is empty or NaN"}},
      {"1,2\n3,4.5\n", {"line 2, column 2: '4.5' is not a whole number"}},
      {"1,inf\n", {"line 1, column 2: 'inf' is infinite"}},
      {"1,2\n3\n", {"line 2 has 1 columns where 2 are wanted"}},
      {"1,2\n3,4,5\n", {"line 2 has 3 columns where 2 are wanted"}},
      {"", {"has no rows"}},
      {"\n \n", {"has no rows"}},
      {"1,2\n\x01\x02,3\n", {"line 2, column 1: '\\x01\\x02' is not a number"}},
      {"1,2\n8237827382738273827382,3\n", {"'8237827382738273827382' is out of range"}},
      {"1\t2\n", {"line 1, column 1: '1\\t2' is not a number", "separated by commas, and these by tabs"}},
      {"1 2\n", {"'1 2' is not a number", "and these by spaces"}},
      {"1;2\n", {"'1;2' is not a number", "and these by semicolons"}},
      {"1,2\r3,4\r", {"line 1, column 2: '2\\r3' is not a number", "in \\r alone (a carriage return)"}},
      {"source,target\n1,2\n", {"line 1, column 1: 'source' is not a number", "there is no header line"}},
      {std::string("1,2\n3\0,4\n", 9), {"'3\\0' is not a number", "NUL bytes", "UTF-8"}},
      {std::string("\0\0\0\0\n", 5), {"holds NUL bytes: the file is damaged, or is no text"}},
      {std::string("\x1f\x8b\x08\0\0\n", 6), {"is compressed by gzip: name it .csv.gz"}},
      {"BZh91AY\n", {"is compressed by bzip2: unpack it"}},
      {"1,2\n\xEF\xBB\xBF"
       "3,4\n",
       {"line 2, column 1", "a byte-order mark: remove it"}},
      {std::string("\xFF\xFE"
                   "1\0,\0002\0\n\0",
                   10),
       {"is UTF-16 (it begins with the byte-order mark ff fe)"}},
      {std::string("\xFE\xFF\0001\0,\0002\0\n", 10), {"byte-order mark fe ff", "save it as UTF-8"}},
  };
  for (const BadText& bad : cases) {
    expect_error_with(ErrorCode::kBadData, bad.pieces, [&] { read<std::int32_t>(bad.text, rules); });
  }
  rules.columns = 3;
  expect_error_with(ErrorCode::kBadData, {"line 1 has 2 columns where 3 are wanted"},
                    [&] { read<std::int32_t>("1,2\n", rules); });
}

TEST_F(CsvReader, FloatsMustBeFinite) {
  for (const char* text : {"1\nnan\n", "1\n\"\"\n", "1\n-inf\n", "1\n1e39\n", "1\n1e999\n"}) {
    expect_error_with(ErrorCode::kBadData, {"line 2, column 1"}, [&] { read<float>(text); });
  }
  EXPECT_EQ(read<float>("3.4028234e38\n")[0], 3.4028234e38f);
}

TEST_F(CsvReader, BlankLinesMayBeRows) {
  CsvRules rules;
  rules.allow_missing = true;
  rules.blank_rows = 4;
  const std::vector<double> values = read<double>("1\n\n2\n\n\n", rules);
  ASSERT_EQ(values.size(), 4u);
  EXPECT_EQ(values[2], 2);
  EXPECT_TRUE(std::isnan(values[1]) && std::isnan(values[3]));
}

// ---- the first pass ----

TEST_F(CsvReader, ScanTellsTypesAndRanges) {
  CsvRules rules;
  rules.allow_missing = true;
  CsvSummary s = scan_csv(file("3,-4\n5,6\n"), rules, false);
  EXPECT_EQ(s.rows, 2);
  EXPECT_EQ(s.columns, 2);
  EXPECT_TRUE(s.integers && s.whole && !s.missing);
  EXPECT_EQ(s.low, -4);
  EXPECT_EQ(s.high, 6);
  s = scan_csv(file("3.0,\n5,6\n"), rules, false);
  EXPECT_TRUE(!s.integers && s.whole && s.missing);
  EXPECT_EQ(s.low, 3);
  s = scan_csv(file("3.5\n-9\n"), rules, false);
  EXPECT_TRUE(!s.integers && !s.whole && !s.missing);
  EXPECT_EQ(s.low, -9);
}

// ---- threads ----

std::string many_rows(int rows) {
  std::mt19937 random(3);
  std::string text;
  for (int r = 0; r < rows; ++r) {
    text += std::to_string(random() % 1000) + "." + std::to_string(random() % 1'000'000) + "," +
            std::to_string(random()) + "e-" + std::to_string(random() % 12) + "\n";
    if (random() % 100 == 0) text += "\n";
  }
  return text;
}

TEST_F(CsvReader, SameValuesAtAnyThreadCount) {
  const auto path = zipped(gzip(many_rows(150'000)));  // several blocks
  const std::vector<float> one = read_csv<float>(path, {});
  ASSERT_EQ(one.size(), 300'000u);
  for (const int threads : {2, 3, 7}) {
    CsvRules rules;
    rules.threads = threads;
    EXPECT_EQ(read_csv<float>(path, rules), one) << threads;
  }
}

TEST_F(CsvReader, SameErrorAtAnyThreadCount) {
  const std::string text = many_rows(100'000) + "1,oops\n" + many_rows(100'000) + "1\n";
  const auto line = std::to_string(
      std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(text.find("oops")), '\n') + 1);
  const auto path = file(text);
  for (const int threads : {1, 2, 3, 7}) {
    CsvRules rules;
    rules.threads = threads;
    expect_error_with(ErrorCode::kBadData, {"line " + line + ", column 2: 'oops'"},
                      [&] { read_csv<float>(path, rules); });
  }
}

TEST_F(CsvReader, WhatTheSinkThrowsArrives) {
  const auto path = file(many_rows(100'000));
  for (const int threads : {1, 3}) {
    CsvRules rules;
    rules.threads = threads;
    const CsvSink<float> full = [](const float*, std::int64_t, std::int64_t) {
      fail(ErrorCode::kNoSpace, "full");
    };
    expect_error_with(ErrorCode::kNoSpace, {"full"}, [&] { read_csv<float>(path, rules, full); });
  }
}

TEST_F(CsvReader, RowsAndLines) {
  const auto path = file("\n1\n\n2\n3");
  EXPECT_EQ(csv_row_count(path), 3);
  EXPECT_EQ(csv_line_of_row(path, 0), 2);
  EXPECT_EQ(csv_line_of_row(path, 2), 5);
}

// ---- gzip ----

// 400 times "1,2\n", 3 times "33.25,-7\n", compressed: gzip -9n.
constexpr unsigned char kDeflated[] = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x33, 0xd4,
                                       0x31, 0xe2, 0x32, 0x1c, 0xc5, 0xa3, 0x78, 0x14, 0x8f, 0xe2, 0x51, 0x3c,
                                       0x8a, 0x49, 0xc4, 0xc6, 0xc6, 0x7a, 0x46, 0xa6, 0x3a, 0xba, 0xe6, 0x58,
                                       0x18, 0x00, 0xb0, 0x11, 0x38, 0xa0, 0x5b, 0x06, 0x00, 0x00};
const std::string kCompressed(reinterpret_cast<const char*>(kDeflated), sizeof kDeflated);

TEST_F(CsvReader, CompressedText) {
  const auto values = read_csv<float>(zipped(kCompressed), {});
  ASSERT_EQ(values.size(), 806u);
  EXPECT_EQ(values[799], 2.0f);
  EXPECT_EQ(values[804], 33.25f);
}

TEST_F(CsvReader, SeveralMembersAndPadding) {
  const std::vector<std::int64_t> wanted = {1, 2, 3};
  EXPECT_EQ(read_csv<std::int64_t>(zipped(gzip("1\n2") + gzip("") + gzip("\n3\n")), {}), wanted);
  EXPECT_EQ(read_csv<std::int64_t>(zipped(gzip("1\n2\n3\n") + std::string(700, '\0')), {}), wanted);
}

TEST_F(CsvReader, EveryTruncationIsSeen) {
  for (const std::string& whole : {gzip("1,2\n3,4\n"), kCompressed}) {
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const auto path = zipped(whole.substr(0, size));
      const std::string wanted = size == 0 ? "is empty" : "is cut off";
      expect_error_with(ErrorCode::kBadData, {"numbers.csv.gz", wanted, "use another copy"},
                        [&] { read_csv<float>(path, {}); });
    }
  }
}

TEST_F(CsvReader, EveryDamagedTrailerByteIsSeen) {
  const std::string whole = gzip("1,2\n3,4\n");
  for (std::size_t at = whole.size() - 8; at < whole.size(); ++at) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    const auto path = zipped(damaged);
    expect_error_with(ErrorCode::kBadData, {"numbers.csv.gz"}, [&] { read_csv<std::int64_t>(path, {}); });
  }
}

TEST_F(CsvReader, RefusesWhatIsNotGzip) {
  expect_error_with(ErrorCode::kBadData, {"is not a gzip file"},
                    [&] { read_csv<float>(zipped("1,2\n"), {}); });
  expect_error_with(ErrorCode::kBadData, {"bytes after the end", "from byte 25"},
                    [&] { read_csv<float>(zipped(gzip("1\n") + "garbage"), {}); });
  expect_error_with(ErrorCode::kNotFound, {"nowhere.csv", "no such file"},
                    [&] { read_csv<float>(folder_.path() / "nowhere.csv", {}); });
}

TEST_F(CsvReader, ReadsAByteAtATime) {
  const std::string text = many_rows(50);
  TextFile source(zipped(gzip(text)));
  std::string got;
  for (char c; source.read(&c, 1) == 1;) got += c;
  EXPECT_EQ(got, text);
  EXPECT_EQ(source.fraction(), 1.0);
}

// ---- headers and doubles ----

TEST_F(CsvReader, SkipsAHeader) {
  CsvRules rules;
  rules.header = true;
  EXPECT_EQ(read<std::int64_t>("a,b\n1,2\n\n3,4\n", rules), (std::vector<std::int64_t>{1, 2, 3, 4}));
  EXPECT_EQ(csv_first_line(file("a,b\n1,2\n")), "a,b");
  EXPECT_EQ(csv_first_line(file("")), "");
  expect_error_with(ErrorCode::kBadData, {"line 3, column 2: 'x'"},
                    [&] { read<double>("a,b\n1,2\n3,x\n", rules); });
  expect_error_with(ErrorCode::kBadData, {"has no rows"}, [&] { read<double>("a,b\n", rules); });
  // Longer than a block of lines.
  const std::string header(2 * LineReader::kBlockBytes, 'a');
  EXPECT_EQ(read<std::int64_t>(header + "\n7\n", rules), std::vector<std::int64_t>{7});
}

TEST_F(CsvReader, ReadsDoublesAndInfinitiesWhereTheyAreAllowed) {
  CsvRules rules;
  rules.allow_missing = rules.allow_infinite = true;
  constexpr double kInfinite = std::numeric_limits<double>::infinity();
  const std::vector<double> got = read<double>("0.1\n-inf\n+Infinity\n1e400\n-1e400\n1e300\nnan\n", rules);
  ASSERT_EQ(got.size(), 7u);
  EXPECT_TRUE(std::isnan(got.back()));
  EXPECT_EQ(std::vector<double>(got.begin(), got.end() - 1),
            (std::vector<double>{0.1, -kInfinite, kInfinite, kInfinite, -kInfinite, 1e300}));
  expect_error_with(ErrorCode::kBadData, {"'inf' is infinite"}, [&] { read<double>("inf\n"); });
  expect_error_with(ErrorCode::kBadData, {"'nan' is empty or NaN"}, [&] { read<double>("nan\n"); });
  expect_error_with(ErrorCode::kBadData, {"'inf' is infinite"}, [&] { read<float>("inf\n", rules); });
}

}  // namespace
}  // namespace weft::data
