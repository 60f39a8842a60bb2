#include "data/containers/pickle.hpp"

#include <gtest/gtest.h>

#include "tests/support/file_bytes.hpp"
#include "tests/support/files.hpp"
#include "tests/support/pickle_bytes.hpp"

namespace weft::data {
namespace {

using testing::boolean;
using testing::dict;
using testing::expect_error_with;
using testing::instructions;
using testing::integer;
using testing::little_endian;
using testing::pickle_bytes;
using testing::Pickled;
using testing::real;
using testing::text;
using testing::texts;
using Kind = PickleValue::Kind;

const std::string kStart("\x80\x02");

FileBytes file_of(const std::string& bytes) { return testing::file_in_memory("some.pkl", bytes); }

/// The instructions behind PROTO are refused, and the message has `parts`.
void refused(const std::string& program, std::vector<std::string> parts,
             ErrorCode code = ErrorCode::kBadData) {
  SCOPED_TRACE(::testing::PrintToString(program.substr(0, 100)));
  const std::string kind =
      code == ErrorCode::kBadData ? "some.pkl: damaged pickle, byte " : "some.pkl: pickle, byte ";
  parts.push_back(kind);
  parts.push_back(code == ErrorCode::kBadData ? "; use another copy" : "; only dictionaries, lists");
  const FileBytes file = file_of(kStart + program);
  expect_error_with(code, parts, [&] { read_pickle(file, 0); });
}
void unsupported(const std::string& program, const std::string& part) {
  refused(program, {part}, ErrorCode::kUnsupported);
}

std::string global(const std::string& module, const std::string& name) {
  return "c" + module + "\n" + name + "\n";
}
std::string short_text(const std::string& value) { return "X" + little_endian(value.size(), 4) + value; }
const std::string kDtype = global("numpy", "dtype") + short_text("i2") + "\x89\x88\x87R";
const std::string kDtypeState = "(K\x03" + short_text("<") + "NNNK" + std::string(1, '\0') + "K" +
                                std::string(1, '\0') + "K" + std::string(1, '\0') + "tb";
const std::string kShell = global("numpy.core.multiarray", "_reconstruct") + global("numpy", "ndarray") +
                           "K" + std::string(1, '\0') + "\x85" + "C\x01" + "b" + "\x87R";

TEST(Pickle, ReadsPlainValues) {
  for (const int protocol : {2, 3, 4}) {
    std::vector<std::string> names;
    for (int i = 0; i < 3000; ++i) names.push_back("name " + std::to_string(i % 700));
    const FileBytes file = file_of("in front" +
                                   pickle_bytes(dict({{"none", testing::none()},
                                                      {"yes", boolean(true)},
                                                      {"no", boolean(false)},
                                                      {"real", real(-2.5e-3)},
                                                      {"text", text("gr\xc3\xbcn")},
                                                      {"long", text(std::string(300, 'x'))},
                                                      {"shared", texts(names)},
                                                      {"own", texts(names, false)},
                                                      {"tuple", testing::tuple({integer(1), dict({})})},
                                                      {"twice", integer(1)},
                                                      {"twice", integer(2)}}),
                                                protocol) +
                                   "behind");
    const Pickle pickle = read_pickle(file, 8);
    EXPECT_EQ(pickle.size, file.size - 8 - 6);
    const PickleDict& root = pickle.root.dict();
    EXPECT_EQ(root.items.size(), 10u);
    EXPECT_TRUE(root.find("none")->is(Kind::kNone));
    EXPECT_TRUE(root.find("yes")->boolean());
    EXPECT_FALSE(root.find("no")->boolean());
    EXPECT_EQ(root.find("real")->real(), -2.5e-3);
    EXPECT_EQ(root.find("text")->text(), "gr\xc3\xbcn");
    EXPECT_EQ(root.find("long")->text(), std::string(300, 'x'));
    EXPECT_EQ(root.find("tuple")->items()[0].integer(), 1);
    EXPECT_TRUE(root.find("tuple")->items()[1].dict().items.empty());
    EXPECT_EQ(root.find("twice")->integer(), 2);
    EXPECT_EQ(root.find("other"), nullptr);
    for (const char* key : {"shared", "own"}) {
      const std::vector<PickleValue>& list = root.find(key)->items();
      ASSERT_EQ(list.size(), names.size());
      for (std::size_t i = 0; i < names.size(); ++i) ASSERT_EQ(list[i].text(), names[i]);
    }
    expect_error_with(ErrorCode::kInvalidArgument, {"the pickle has None where an integer is wanted"},
                      [&] { root.find("none")->integer(); });
  }
}

TEST(Pickle, ReadsEveryFormOfInteger) {
  const auto read = [](const std::string& program) {
    return read_pickle(file_of(kStart + program + "."), 0).root.integer();
  };
  EXPECT_EQ(read("K\xff"), 255);
  EXPECT_EQ(read("M\xff\xff"), 65535);
  EXPECT_EQ(read("J\xfe\xff\xff\xff"), -2);
  EXPECT_EQ(read(std::string("\x8a\0", 2)), 0);
  EXPECT_EQ(read("\x8a\x01\xfe"), -2);
  EXPECT_EQ(read(std::string("\x8a\x02\xff\x00", 4)), 255);
  EXPECT_EQ(read("\x8a\x08" + little_endian(1ULL << 63, 8)), INT64_MIN);
  EXPECT_EQ(read(std::string("\x8b\x03\0\0\0\x01\x02\x03", 8)), 0x030201);
  for (const std::int64_t value : {0LL, 255LL, 256LL, 65536LL, -1LL, 1LL << 40, -(1LL << 40)}) {
    EXPECT_EQ(read_pickle(file_of(pickle_bytes(integer(value))), 0).root.integer(), value);
  }
}

TEST(Pickle, ReadsTheFormsThatOthersWrite) {
  FileBytes file;
  Pickle pickle;
  const auto read = [&](const std::string& program) {
    file = file_of(kStart + program + ".");
    pickle = read_pickle(file, 0);
    return pickle.root;
  };
  EXPECT_EQ(read("]K\x05"
                 "a")
                .items()[0]
                .integer(),
            5);
  EXPECT_EQ(read("}K\x05K\x06s").dict().items.begin()->second.integer(), 6);
  EXPECT_TRUE(read(")").items().empty());
  EXPECT_EQ(read("NN\x86").items().size(), 2u);
  EXPECT_EQ(read("\x8d" + little_endian(2, 8) + "ab").text(), "ab");
  EXPECT_EQ(read("\x8e" + little_endian(2, 8) + "ab").slice(), "ab");
  EXPECT_EQ(read("B" + little_endian(2, 4) + "ab").slice(), "ab");
  EXPECT_EQ(read(short_text("a") + "r" + little_endian(0, 4) + "j" + little_endian(0, 4) + "\x86")
                .items()[1]
                .text(),
            "a");
  EXPECT_TRUE(read(global("__builtin__", "bytes") + ")R").slice().empty());
  EXPECT_TRUE(read(global("collections", "OrderedDict") + ")R").dict().items.empty());
  EXPECT_EQ(read(global("torch", "Size") + "K\x02\x85\x85R").items()[0].integer(), 2);
  EXPECT_EQ(read("\x95" + little_endian(2, 8) + "K\x07").integer(), 7);
}

TEST(Pickle, ReadsNumPyScalars) {
  const auto scalar = [](const std::string& code, const std::string& order, const std::string& bytes) {
    return [=](testing::PickleWriter& out) {
      out.global("numpy.core.multiarray", "scalar");
      out.global("numpy", "dtype");
      out.text(code);
      out.raw("\x89\x88\x87R(K\x03");
      out.text(order);
      out.raw("NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xff");
      out.integer(0);
      out.raw("tb");
      out.bytes(bytes);
      out.raw("\x86R");
    };
  };
  for (const int protocol : {2, 4}) {
    const auto read = [&](const Pickled& value) {
      return read_pickle(file_of(pickle_bytes(value, protocol)), 0).root;
    };
    EXPECT_EQ(read(scalar("i8", "<", little_endian(static_cast<std::uint64_t>(-9), 8))).integer(), -9);
    EXPECT_EQ(read(scalar("i2", ">", "\x01\x02")).integer(), 258);
    EXPECT_EQ(read(scalar("u1", "|", "\xfa")).integer(), 250);
    EXPECT_EQ(read(scalar("b1", "|", "\x01")).integer(), 1);
    EXPECT_EQ(read(scalar("f4", "<", std::string("\0\0\x80\x3f", 4))).real(), 1.0);
    EXPECT_EQ(read(scalar("f8", ">", std::string("\x3f\xf8\0\0\0\0\0\0", 8))).real(), 1.5);
    EXPECT_EQ(read(scalar("f2", "<", std::string("\0\x3c", 2))).real(), 1.0);
    expect_error_with(ErrorCode::kBadData, {"a number has other bytes than its type"},
                      [&] { read(scalar("i4", "<", "\x01")); });
    expect_error_with(ErrorCode::kBadData, {"is above 2^63 - 1"},
                      [&] { read(scalar("u8", "<", std::string(8, '\xff'))); });
  }
}

TEST(Pickle, RefusesEveryOtherInstruction) {
  const std::pair<unsigned char, const char*> named[] = {{0x81, "NEWOBJ"},      {0x92, "NEWOBJ_EX"},
                                                         {0x69, "INST"},        {0x6f, "OBJ"},
                                                         {0x82, "EXT1"},        {0x83, "EXT2"},
                                                         {0x84, "EXT4"},        {0x50, "PERSID"},
                                                         {0x30, "POP"},         {0x31, "POP_MARK"},
                                                         {0x32, "DUP"},         {0x49, "INT"},
                                                         {0x4c, "LONG"},        {0x46, "FLOAT"},
                                                         {0x53, "STRING"},      {0x56, "UNICODE"},
                                                         {0x67, "GET"},         {0x70, "PUT"},
                                                         {0x64, "DICT"},        {0x6c, "LIST"},
                                                         {0x54, "BINSTRING"},   {0x55, "SHORT_BINSTRING"},
                                                         {0x8f, "EMPTY_SET"},   {0x90, "ADDITEMS"},
                                                         {0x91, "FROZENSET"},   {0x96, "BYTEARRAY8"},
                                                         {0x97, "NEXT_BUFFER"}, {0x98, "READONLY_BUFFER"}};
  for (const auto& [opcode, name] : named) {
    refused(std::string("N") + static_cast<char>(opcode),
            {std::string("byte 3: has the instruction ") + name + ";"}, ErrorCode::kUnsupported);
  }
  unsupported("\xff", "has the instruction 255, which is not known");
  unsupported("\x80\x05", "is of protocol 5 where 2 to 4 are read; save it with pickle_protocol=4");
  expect_error_with(ErrorCode::kBadData, {"it does not begin as a pickle"},
                    [] { read_pickle(file_of("N."), 0); });
  expect_error_with(ErrorCode::kBadData, {"it does not begin as a pickle"},
                    [] { read_pickle(file_of(""), 0); });
  expect_error_with(ErrorCode::kUnsupported, {"is of protocol 1 where"},
                    [] { read_pickle(file_of("\x80\x01N."), 0); });
}

TEST(Pickle, CallsNothingThatIsNotOnTheList) {
  unsupported(global("posix", "system") + short_text("true") + "\x85R.",
              "byte 2: names posix.system, which is not called");
  unsupported(global("numpy", "load"), "names numpy.load,");
  unsupported(global("__builtin__", "set"), "names __builtin__.set,");
  unsupported(global("torch._utils", "_rebuild_parameter"), "names torch._utils._rebuild_parameter,");
  unsupported("\x8c\x02os\x8c\x06system\x93", "names os.system,");
  unsupported(global("a\x01", "b\x1b[0m"), "names a\\x01.b\\x1b[0m,");
  unsupported(global("numpy", "ndarray") + ")R.", "calls numpy.ndarray;");
  unsupported(global("torch", "LongStorage") + ")R.", "calls torch.LongStorage;");
  refused("N)R.", {"calls None with a tuple"});
  refused(global("torch", "Size") + "NR.", {"calls a class or function with None"});
  refused("NN\x93.", {"a name is no text"});
  refused("c" + std::string(300, 'x'), {"a name has no end"});
  refused(global("numpy", "ndarray") + ".", {"has a class, a type or a storage as a value"});
  refused(kDtype + ".", {"has a class, a type or a storage as a value"});
}

TEST(Pickle, RefusesStacksThatDoNotFit) {
  refused(".", {"takes more from the stack than is there"});
  refused("N(\x85.", {"takes more from the stack than is there"});
  refused("N(q\x01.", {"remembers value 1 after 0 others"});
  refused("(q" + std::string(1, '\0') + ".", {"takes more from the stack"});
  refused("N(q" + std::string(1, '\0') + ".", {"takes more from the stack"});
  refused("h" + std::string(1, '\0') + ".", {"recalls value 0 of 0"});
  refused("NN.", {"ends with 1 values left over"});
  refused("(N.", {"ends with 0 values left over"});
  refused("Nt.", {"closes what it has not opened"});
  refused("NNa.", {"appends to None"});
  refused("N(Ne.", {"appends to None"});
  refused("NNNs.", {"sets items of None"});
  refused("}(Nu.", {"a dictionary has a key without a value"});
  unsupported("}NNs.", "a dictionary has None as a key");
}

TEST(Pickle, RefusesLengthsBeyondItsEnd) {
  for (const std::string& opcode :
       {"X" + little_endian(9, 4), std::string("\x8c\x09"), "\x8d" + little_endian(9, 8),
        "B" + little_endian(9, 4), std::string("C\x09"), "\x8e" + little_endian(~0ULL, 8),
        "\x8d" + little_endian(1ULL << 63, 8)}) {
    refused(opcode + "short", {"it is cut off, or a length of "});
  }
  refused("\x95" + little_endian(9, 8) + "N.", {"a frame of 9 bytes is cut off"});
  refused("\x8a\x09" + std::string(9, '\x01') + ".", {"an integer has 9 bytes where at most 8 are read"});
  refused("\x8b" + little_endian(0x80000000, 4), {"an integer has 2147483648 bytes"});
  const std::string good =
      pickle_bytes(dict({{"a", testing::numpy_array<float>({2}, {1, 2})}, {"b", real(1)}}));
  for (std::size_t size = 0; size < good.size(); ++size) {
    SCOPED_TRACE(size);
    expect_error_with(ErrorCode::kBadData, {"some.pkl: "},
                      [&] { read_pickle(file_of(good.substr(0, size)), 0); });
  }
}

TEST(Pickle, RefusesTreesThatNobodyCouldWalk) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, ']') + std::string(depth - 1, 'a') + ".";
  };
  EXPECT_NO_THROW(read_pickle(file_of(kStart + nested(64)), 0));
  refused(nested(65), {"has containers more than 64 deep"});
  refused(nested(100000), {"has containers more than 64 deep"});
  refused("]q" + std::string(1, '\0') + "h" + std::string(1, '\0') + "a.",
          {"has a container that holds itself"});
  std::string doubling = "]q" + std::string(1, '\0');
  for (int i = 0; i < 40; ++i) {  // each list holds the one before it twice
    const std::string last(1, static_cast<char>(i)), next(1, static_cast<char>(i + 1));
    doubling += "]q" + next + "(h" + last + "h" + last + "e";
  }
  refused("(" + doubling + "t.", {"has the same containers again and again"});
  // The same depth again below one that was seen before.
  refused("(" + nested(40).substr(0, 79) + "q" + std::string(1, '\0') + std::string(40, ']') + "h" +
              std::string(1, '\0') + std::string(40, 'a') + "t.",
          {"has containers more than 64 deep"});
}

TEST(Pickle, RefusesArraysThatAreNone) {
  const std::string state = "(K\x01K\x02\x85" + kDtype + kDtypeState + "\x89" +
                            "C\x04"
                            "1234tb.";
  EXPECT_NO_THROW(read_pickle(file_of(kStart + kShell + state), 0));
  refused(kShell + ".", {"has an array without contents"});
  refused(kShell + state.substr(0, state.size() - 1) +
              "(K\x01"
              "K\x02\x85" +
              kDtype + kDtypeState + "\x89" +
              "C\x04"
              "1234tb.",
          {"an array gets its state twice"});
  refused(kShell + "(K\x02K\x02\x85" + kDtype + kDtypeState +
              "\x89"
              "C\x04"
              "1234tb.",
          {"an array's state is not (1, shape"});
  refused(kShell + "(K\x01K\x02\x85" + kDtype + kDtypeState +
              "C\x04"
              "1234tb.",
          {"an array's state is not (1, shape"});
  refused(kShell + "(K\x01N\x85" + kDtype + kDtypeState +
              "\x89"
              "C\x04"
              "1234tb.",
          {"an array's state is not (1, shape"});
  refused(kShell + "(K\x01K\x02\x85" + kDtype +
              "\x89"
              "C\x04"
              "1234tb.",
          {"an array's type has no byte order"});
  refused(kShell + "(K\x01K\x02\x85" + kDtype + kDtypeState + "\x89]tb.",
          {"an array's values are a list instead of bytes"});
  refused(kShell + "(K\x01K\x02\x85" + kDtype + kDtypeState +
              "\x89"
              "C\x05"
              "12345tb.",
          {"an array has 5 bytes, not those of its shape"});
  refused(kShell + "(K\x01J\xff\xff\xff\xff\x85" + kDtype + kDtypeState +
              "\x89"
              "C\x04"
              "1234tb.",
          {"an array has 4 bytes, not"});
  refused(kShell + "Nb.", {"a state is None"});
  unsupported("})b.", "gives a state to a dictionary");
  refused(global("numpy.core.multiarray", "_reconstruct") + "NNN\x87R",
          {"an array is made from something else"});
  refused(global("_codecs", "encode") + short_text("a") + short_text("utf8") + "\x86R",
          {"_codecs.encode is called with"});
  refused(global("builtins", "bytes") + "N\x85R", {"a call without arguments has 1"});
  refused(global("torch", "Size") + "N\x85R", {"torch.Size is no tuple of integers"});
  refused(global("numpy.core.multiarray", "scalar") + "NN\x86R", {"a number is made from something else"});
}

TEST(Pickle, RefusesOtherTypesOfValues) {
  for (const char* code : {"O8", "U3", "S1", "V4", "c8", "M8", "f16", "i3"}) {
    unsupported(global("numpy", "dtype") + short_text(code) + "\x89\x88\x87R",
                "has values of type '" + std::string(code) + "'");
  }
  refused(global("numpy", "dtype") + "NNN\x87R", {"a type is made from something else"});
  refused(kDtype + "(K\x04tb", {"a type's state is not (3, byte order"});
  refused(kDtype + kDtypeState + kDtypeState, {"a type gets its state twice"});
  std::string odd = kDtypeState;
  odd[odd.find('<')] = '!';
  refused(kDtype + odd, {"a type has the byte order '!'"});
  std::string record = kDtypeState;
  record.replace(record.find('N'), 1, ")");
  unsupported(kDtype + record, "has records as values");
}

}  // namespace
}  // namespace weft::data
