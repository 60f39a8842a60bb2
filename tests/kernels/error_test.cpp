// What a message may hold: one line of text, whatever a file put into it.
#include "kernels/base/error.hpp"

#include <gtest/gtest.h>

namespace weft {
namespace {

std::string message(const std::string& quoted) { return Error(ErrorCode::kBadData, quoted).what(); }

TEST(ErrorMessage, TextStaysAsItIs) {
  EXPECT_EQ(message("a: 'x' is no number"), "a: 'x' is no number");
  EXPECT_EQ(message("Zürich \xe2\x82\xac \xf0\x9f\x90\x98"), "Zürich \xe2\x82\xac \xf0\x9f\x90\x98");
}

TEST(ErrorMessage, ControlCharactersAreWrittenByName) {
  EXPECT_EQ(message("a\nb\r\x1b[2J\x7f\tc"), "a\\nb\\r\\x1b[2J\\x7f\\tc");
  EXPECT_EQ(message(std::string("a\0b", 3)), "a\\0b");
}

TEST(ErrorMessage, BytesThatAreNoUtf8AreWrittenAsNumbers) {
  EXPECT_EQ(message("a\xff\x62"), "a\\xffb");
  EXPECT_EQ(message("\xc0\xaf"), "\\xc0\\xaf") << "overlong";
  EXPECT_EQ(message("\xe0\x80\xaf"), "\\xe0\\x80\\xaf") << "overlong";
  EXPECT_EQ(message("\xed\xa0\x80"), "\\xed\\xa0\\x80") << "half a surrogate pair";
  EXPECT_EQ(message("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80") << "beyond the last code point";
  EXPECT_EQ(message("cut \xe2\x82"), "cut \\xe2\\x82");
  EXPECT_EQ(message(message("\xff\n")), "\\xff\\n") << "a message within a message is escaped once";
}

TEST(ErrorMessage, TextOfOtherBytesKeepsItsLines) { EXPECT_EQ(utf8_text("a\n\xe9\\"), "a\n\\xe9\\"); }

}  // namespace
}  // namespace weft
