#include "data/containers/npz.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <set>

#include "tests/support/cursor.hpp"
#include "tests/support/file_bytes.hpp"
#include "tests/support/files.hpp"
#include "tests/support/npy_bytes.hpp"
#include "tests/support/shared_data.hpp"

namespace weft::data {
namespace {

using testing::all_values;
using testing::expect_error_with;
using testing::npy;
using testing::npz;
using testing::Shape;
using testing::write_bytes;

class Npz : public ::testing::Test {
 protected:
  static FileArray array(const std::string& bytes) {
    return open_npy(testing::file_in_memory("a.npy", bytes));
  }
  static NpzFile archive(const std::string& bytes) {
    return NpzFile(testing::file_in_memory("a.npz", bytes));
  }
  static void refused(const std::string& bytes, const std::string& part,
                      ErrorCode code = ErrorCode::kBadData) {
    SCOPED_TRACE(bytes.substr(0, 100));
    expect_error_with(code, {"a.npy: ", part, "save"}, [&] { array(bytes); });
  }
  static void refused_header(const std::string& literal, const std::string& part,
                             ErrorCode code = ErrorCode::kBadData) {
    refused(testing::npy_bytes(literal, std::string(8, '\0')), part, code);
  }
};

template <class Stored, class Read>
void expect_read(const FileArray& array, const std::vector<Stored>& values, const Shape& shape) {
  EXPECT_EQ(array.dtype, DTypeOf<Read>::value);
  EXPECT_EQ(array.shape, shape);
  EXPECT_EQ(all_values<Read>(array), std::vector<Read>(values.begin(), values.end()));
}

/// Both orders, alone and in archives of both kinds.
template <class Stored, class Read>
void expect_round_trip(const Shape& shape, std::string descr = "") {
  std::int64_t count = 1;
  for (const std::int64_t length : shape) count *= length;
  std::vector<Stored> values;
  for (std::int64_t i = 0; i < count; ++i)
    values.push_back(static_cast<Stored>(descr == "|b1" ? i % 2 : i * 37));
  SCOPED_TRACE(testing::type_code<Stored>() + " of " + std::to_string(count));
  for (const bool fortran : {false, true}) {
    const std::string bytes = npy(values, shape, {fortran, 1, descr});
    expect_read<Stored, Read>(open_npy(testing::file_in_memory("one.npy", bytes)), values, shape);
    for (const bool deflated : {false, true}) {
      const NpzFile all(testing::file_in_memory("all.npz", npz({{"odd", "x"}, {"one", bytes}}, deflated)));
      expect_read<Stored, Read>(all.array("one"), values, shape);
    }
  }
}

TEST_F(Npz, EveryTypeShapeAndOrder) {
  for (const Shape& shape : {Shape{}, Shape{1}, Shape{0}, Shape{7}, Shape{2, 3}, Shape{0, 3}, Shape{3, 0},
                             Shape{4, 5, 6}, Shape{1, 9, 1}, Shape{3, 1001}, Shape{9001, 2}}) {
    expect_round_trip<std::uint8_t, std::uint8_t>(shape, "|b1");
    expect_round_trip<std::uint8_t, std::uint8_t>(shape);
    expect_round_trip<std::int8_t, std::int32_t>(shape);
    expect_round_trip<std::int16_t, std::int32_t>(shape);
    expect_round_trip<std::uint16_t, std::int32_t>(shape);
    expect_round_trip<std::int32_t, std::int32_t>(shape);
    expect_round_trip<std::uint32_t, std::int64_t>(shape);
    expect_round_trip<std::int64_t, std::int64_t>(shape);
    expect_round_trip<std::uint64_t, std::int64_t>(shape);
    expect_round_trip<float, float>(shape);
    expect_round_trip<double, double>(shape);
  }
}

TEST_F(Npz, UndoesByteOrder) {
  const std::string big("\xff\xff\xff\xff\xff\xff\xff\xfe\x00\x00\x00\x00\x00\x00\x01\x02", 16);
  expect_read<std::int64_t, std::int64_t>(
      array(testing::npy_bytes(testing::npy_literal(">i8", false, {2}), big)), {-2, 258}, {2});
  expect_read<float, float>(
      array(testing::npy_bytes(testing::npy_literal(">f4", false, {1}), std::string("\xc0\x20\x00\x00", 4))),
      {-2.5f}, {1});
  expect_read<int, std::int32_t>(
      array(testing::npy_bytes(testing::npy_literal(">u2", false, {1}), "\x01\x02")), {258}, {1});
}

TEST_F(Npz, HalvesBecomeFloats) {
  const std::vector<std::uint16_t> halves{0x0000, 0x8000, 0x3c00, 0xc000, 0x7bff,
                                          0x0001, 0x83ff, 0x0400, 0x7c00, 0xfc00};
  const float inf = std::numeric_limits<float>::infinity();
  expect_read<float, float>(array(npy(halves, {10}, {false, 1, "<f2"})),
                            {0, -0.0f, 1, -2, 65504, 0x1p-24f, -1023 * 0x1p-24f, 0x1p-14f, inf, -inf}, {10});
  EXPECT_TRUE(std::isnan(all_values<float>(array(npy<std::uint16_t>({0x7e01}, {1}, {false, 1, "<f2"})))[0]));
}

TEST_F(Npz, ReadsEveryVersionAndSpelling) {
  const std::vector<double> values{1, 2};
  for (const int version : {1, 2, 3}) {
    expect_read<double, double>(array(npy(values, {2}, {false, version})), values, {2});
  }
  for (const char* literal : {"{'descr':'<f8','fortran_order':False,'shape':(2,)}",
                              "{\"shape\" : ( 2L , ) , \"descr\" : \"=f8\", 'fortran_order': True}",
                              "{'shape': (2), 'fortran_order': False, 'descr': '<f8', }\n\n"}) {
    expect_read<double, double>(array(testing::npy_bytes(literal, testing::raw_bytes(values))), values, {2});
  }
}

TEST_F(Npz, LiesInPlaceWhereNothingIsToBeUndone) {
  const std::vector<std::int64_t> values{1, 2, 3, 4};
  EXPECT_NE(array(npy(values, {4})).in_place.array.data, nullptr);
  EXPECT_EQ(array(npy(values, {2, 2}, {true})).in_place.array.data, nullptr);
  EXPECT_NE(array(npy(values, {4, 1}, {true})).in_place.array.data, nullptr);  // the same in both orders
  EXPECT_EQ(array(npy(values, {4}, {false, 1, ">i8"})).in_place.array.data, nullptr);
  EXPECT_EQ(array(npy(values, {4}, {false, 1, "<u8"})).in_place.array.data, nullptr);
  for (const std::size_t shift : {0, 1, 4, 8}) {
    testing::ZipEntry front{"front", std::string(shift, 'x')};
    testing::ZipEntry member{"a.npy", npy(values, {4})};
    testing::ZipOptions options;
    options.alignment = 1;
    const FileArray found = archive(testing::zip_bytes({front, member}, options)).array("a");
    const auto* data = found.in_place.array.data;
    if (data != nullptr) {
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(data) % 8, 0u);
    }
    EXPECT_EQ(all_values<std::int64_t>(found), values);
  }
  testing::ZipOptions aligned;
  aligned.alignment = 64;
  const FileArray found = archive(npz({{"a", npy(values, {4})}}, false, aligned)).array("a");
  ASSERT_NE(found.in_place.array.data, nullptr);  // the file outlives its NpzFile
  EXPECT_EQ(std::memcmp(found.in_place.array.data, values.data(), 32), 0);
  EXPECT_EQ(found.load().array.data, found.in_place.array.data);
}

TEST_F(Npz, ListsAndFindsArrays) {
  const testing::TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "a.npz";
  write_bytes(path, npz({{"b", npy<float>({1}, {1})}, {"a/c", npy<float>({}, {0})}}));
  const NpzFile archive(path);
  EXPECT_EQ(archive.names(), (std::vector<std::string>{"b", "a/c"}));
  EXPECT_TRUE(archive.has("b"));
  EXPECT_FALSE(archive.has("c"));
  expect_error_with(ErrorCode::kNotFound, {"a.npz: has no array 'c'; it has b, a/c"},
                    [&] { archive.array("c"); });
  expect_error_with(ErrorCode::kNotFound, {"none.npz: no such file"},
                    [&] { NpzFile(folder.path() / "none.npz"); });
  testing::ZipEntry other{"read.me", "text"};
  EXPECT_TRUE(NpzFile(testing::file_in_memory("odd.npz", testing::zip_bytes({other}))).names().empty());
  write_bytes(folder.path() / "a.npy", npy<float>({1, 2}, {2}));
  EXPECT_EQ(all_values<float>(open_npy(folder.path() / "a.npy")), (std::vector<float>{1, 2}));
}

TEST_F(Npz, NoticesDamageInArchives) {
  for (const bool deflated : {false, true}) {
    for (const bool fortran : {false, true}) {
      testing::ZipOptions options;
      options.alignment = 64;
      std::string bytes =
          npz({{"a", npy<std::int64_t>({11, 12, 13, 14}, {2, 2}, {fortran})}}, deflated, options);
      bytes[bytes.find('\x0d')] = '\x0f';  // the value 13
      const NpzFile archive(testing::file_in_memory("a.npz", bytes));
      const FileArray found = archive.array("a");
      expect_error_with(ErrorCode::kBadData, {"a.npz: a", "miss their checksum"}, [&] { found.load(); });
      expect_error_with(ErrorCode::kBadData, {"a.npz: a", "miss their checksum"},
                        [&] { all_values<std::int64_t>(found); });
    }
  }
}

TEST_F(Npz, RefusesUnsignedValuesThatDoNotFit) {
  const FileArray large = array(npy<std::uint64_t>({1, 1ULL << 63}, {2}));
  expect_error_with(ErrorCode::kBadData,
                    {"a.npy: value 9223372036854775808 is above 2^63 - 1; store it as int64"},
                    [&] { large.load(); });
}

TEST_F(Npz, RefusesTypesThatAreNoNumbers) {
  for (const char* descr : {"|O", "<U3", "|S3", "<c8", "|V4", "<M8[s]", "<f16", "i8", "<i3", "<", ""}) {
    refused_header(std::string("{'descr': '") + descr + "', 'fortran_order': False, 'shape': (1,)}",
                   "has values of type '" + std::string(descr) + "'", ErrorCode::kUnsupported);
  }
  refused_header("{'descr': [('a', '<i4')], 'fortran_order': False, 'shape': (1,)}",
                 "has values of type 'a record'", ErrorCode::kUnsupported);
}

TEST_F(Npz, RefusesEveryWrongHeader) {
  refused_header("['descr']", "its header has no '{' at character 0");
  refused_header("{'descr': '<i8', 'fortran_order': False}", "its header lacks one of descr");
  refused_header("{'descr': '<i8', 'descr': '<i8'}",
                 "its header has the key 'descr' where it is not expected");
  refused_header("{'other': 1}", "its header has the key 'other'");
  refused_header("{descr: '<i8'}", "its header has no text at character 1");
  refused_header("{'descr' '<i8'}", "its header has no ':' at character 9");
  refused_header("{'descr': '<i8' 'shape': ()}", "its header has no ',' at character 16");
  refused_header("{'descr': '<i\\x38'}", "its header has a strange text at character 11");
  refused_header("{'descr': '<i8", "its header has a strange text at character 11");
  refused("\x93NUMPY\x01" + std::string("\0\x0e\0", 3) + "{'descr': '<i8",
          "its header has a text without an end");
  refused_header("{'fortran_order': 1}", "fortran_order is neither True nor False");
  refused_header("{'shape': [1]}", "its header has no '(' at character 10");
  refused_header("{'shape': (1 2)}", "its header has no ',' at character 13");
  refused_header("{'shape': (-1,)}", "its header has no length at character 11");
  refused_header("{'shape': (99999999999999999999,)}", "its header has no length at character 11");
  refused_header("{'shape': (2*3,)}", "its header has no ',' at character 12");
  refused_header("{'descr': '<i8', 'fortran_order': False, 'shape': (1,)} + x", "goes on after the '}'");
}

TEST_F(Npz, RefusesLengthsThatDoNotFit) {
  const auto of = [](const std::string& shape) {
    return "{'descr': '<i8', 'fortran_order': False, 'shape': (" + shape + ")}";
  };
  refused_header(of("2,"), "has 8 bytes of values, not those of its shape");
  refused_header(of("0,"), "has 8 bytes of values, not those of its shape");
  refused_header(of("4294967296,4294967296,"), "not those of its shape");
  refused_header(of("2305843009213693953,"), "not those of its shape");  // times 8 bytes: 8, in 64 bits
  refused_header(of("0,9223372036854775807,"), "not those of its shape");
  std::string ones;
  for (int i = 0; i < 33; ++i) ones += "1,";
  refused_header(of(ones), "not those of its shape");
  refused(testing::npy_bytes(of("1,"), std::string(9, 'x')), "has 9 bytes of values");
  refused(testing::npy_bytes(of("0,1152921504606846976,"), ""), "not those of its shape");  // 2^60
}

TEST_F(Npz, RefusesWhatIsNoArray) {
  refused("", "it has 0 bytes");
  refused("\x93NUMPY\x01", "it has 7 bytes");
  refused("\x93NUMPX\x01" + std::string(20, '\0'), "it does not begin as one");
  refused("\x93NUMPY\x04" + std::string(20, '\0'), ".npy format 4.0 where 1.0, 2.0 and 3.0",
          ErrorCode::kUnsupported);
  refused("\x93NUMPY\x01\x01" + std::string(20, '\0'), ".npy format 1.1", ErrorCode::kUnsupported);
  refused("\x93NUMPY\x02" + std::string("\0\xff\xff\xff\x7f", 5) + std::string(20, ' '),
          "its header of 2147483647 bytes is too long");
  refused("\x93NUMPY\x01" + std::string("\0\xff\x00", 3) + std::string(20, ' '),
          "its header of 255 bytes is too long");
  const std::string good = npy<std::int64_t>({1, 2}, {2});
  for (std::size_t size = 0; size < good.size(); ++size) refused(good.substr(0, size), "");
  expect_error_with(ErrorCode::kNotFound, {"none.npy: no such file"},
                    [&] { open_npy(std::filesystem::path("none.npy")); });
}

TEST_F(Npz, AgreesWithTheRealFiles) {
  const auto real = testing::shared_data("gnn_benchmark");
  if (real.empty()) GTEST_SKIP() << testing::kNoSharedData;
  const struct {
    const char* name;
    std::int64_t nodes, features, non_zeros, classes;
  } sets[] = {{"amazon_cs", 13752, 767, 3675081, 10},
              {"amazon_photo", 7650, 745, 1979909, 8},
              {"flickr", 7575, 12047, 182517, 9}};
  for (const auto& set : sets) {
    SCOPED_TRACE(set.name);
    const NpzFile archive(real / (std::string(set.name) + ".npz"));
    EXPECT_EQ(all_values<std::int64_t>(archive.array("attr_shape")),
              (std::vector<std::int64_t>{set.nodes, set.features}));
    EXPECT_EQ(archive.array("attr_data").shape, (Shape{set.non_zeros}));
    const auto offsets = all_values<std::int32_t>(archive.array("attr_indptr"));
    EXPECT_EQ(offsets.size(), static_cast<std::size_t>(set.nodes) + 1);
    EXPECT_EQ(offsets.back(), set.non_zeros);
    const LoadedArray labels = archive.array("labels").load();
    std::set<std::int64_t> classes;
    for (std::int64_t i = 0; i < set.nodes; ++i) {
      classes.insert(labels.array.dtype == DType::kI64 ? labels.array.as<std::int64_t>()[i]
                                                       : labels.array.as<std::int32_t>()[i]);
    }
    EXPECT_EQ(static_cast<std::int64_t>(classes.size()), set.classes);
  }
  expect_error_with(ErrorCode::kUnsupported, {"amazon_cs.npz: class_names: has values of type '<U19'"},
                    [&] { NpzFile(real / "amazon_cs.npz").array("class_names"); });
}

}  // namespace
}  // namespace weft::data
