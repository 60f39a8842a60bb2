// Labels that are words: read as pandas reads text, split as OGB splits it.
#include "tests/support/converted.hpp"
#include "tests/support/ogb_graphs.hpp"

namespace weft::data {
namespace {

class TokenLabels : public testing::ConvertedFiles {
 protected:
  TokenLabels() {
    name_ = "ogbg_code2";
    files_ = testing::code2_files();
  }

  /// The tokens of every label, each followed by '|', with labels on lines of their own.
  std::string tokens(const std::string& first, int graphs) {
    std::string labels = first;
    for (int g = graphs; g < 24; ++g) labels += "x\n";
    files_.text["raw/graph-label.csv.gz"] = labels;
    const Dataset d = converted();
    const auto text = d.arrays.at(kLabelVocabulary).as<std::uint8_t>();
    std::vector<std::string> words(1);
    for (const std::uint8_t letter : text) {
      if (letter == '\n') {
        words.emplace_back();
      } else {
        words.back() += static_cast<char>(letter);
      }
    }
    const auto starts = values<std::int64_t>(d.arrays.at(kLabelOffsets));
    const auto ids = values<std::int32_t>(d.arrays.at(kLabelTokens));
    std::string out;
    for (std::size_t g = 0; g < static_cast<std::size_t>(graphs); ++g) {
      for (auto t = static_cast<std::size_t>(starts[g]); t < static_cast<std::size_t>(starts[g + 1]); ++t)
        out += words[static_cast<std::size_t>(ids[t])] + "|";
      out += "\n";
    }
    return out;
  }
};

TEST_F(TokenLabels, AreSplitAtSingleSpaces) {
  EXPECT_EQ(tokens("get name\nset  it\nget\n", 3), "get|name|\nset||it|\nget|\n");
  EXPECT_EQ(tokens("42\n0.5\n", 2), "42|\n0.5|\n");
}

TEST_F(TokenLabels, QuotesAndMissingOnes) {
  EXPECT_EQ(tokens("null\nnan\nNA\n\"\"\n\n", 4), "nan|\nnan|\nnan|\nnan|\n");
  EXPECT_EQ(tokens("\"a,b c\"\n\"say \"\"hi\"\"\"\r\nnull pointer\n", 3),
            "a,b|c|\nsay|\"hi\"|\nnull|pointer|\n");
}

TEST_F(TokenLabels, WhatDoesNotFit) {
  const std::string file = "raw/graph-label.csv.gz";
  refused(file, "a,b\n", {file + ": line 1 has more than one column"});
  refused(file, "ok\n\"a\n", {file + ": line 2 has a quote that does not close"});
  refused(file, "\"a\"b\n", {file + ": line 1 goes on behind its closing quote"});
  refused(file, "a\n", {file + ": has 1 rows where num-node-list.csv.gz says 24 graphs"});
}

TEST_F(TokenLabels, SameBytesAtAnyThreadCount) { expect_same_bytes_at_any_thread_count(); }

}  // namespace
}  // namespace weft::data
