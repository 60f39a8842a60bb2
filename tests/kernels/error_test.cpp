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

TEST(ErrorMessage, LineEndsAndEscapesBecomeQuestionMarks) {
  EXPECT_EQ(message("a\nb\r\x1b[2J\x7f\tc"), "a?b??[2J??c");
  EXPECT_EQ(message(std::string("a\0b", 3)), "a?b");
}

TEST(ErrorMessage, BytesThatAreNoUtf8BecomeQuestionMarks) {
  EXPECT_EQ(message("a\xff\x62"), "a?b");
  EXPECT_EQ(message("\xc0\xaf"), "??") << "overlong";
  EXPECT_EQ(message("\xe0\x80\xaf"), "???") << "overlong";
  EXPECT_EQ(message("\xed\xa0\x80"), "???") << "half a surrogate pair";
  EXPECT_EQ(message("\xf4\x90\x80\x80"), "????") << "beyond the last code point";
  EXPECT_EQ(message("cut \xe2\x82"), "cut ??");
}

}  // namespace
}  // namespace weft
