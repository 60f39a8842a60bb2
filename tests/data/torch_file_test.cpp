#include "data/containers/torch_file.hpp"

#include <gtest/gtest.h>

#include <cstring>

#include "data/csv/csv_reader.hpp"
#include "kernels/base/bf16.hpp"
#include "tests/support/cursor.hpp"
#include "tests/support/file_bytes.hpp"
#include "tests/support/files.hpp"
#include "tests/support/pickle_bytes.hpp"
#include "tests/support/shared_data.hpp"

namespace weft::data {
namespace {

using testing::all_values;
using testing::dict;
using testing::expect_error_with;
using testing::numpy_array;
using testing::Pickled;
using testing::PickledItems;
using testing::Shape;
using testing::storage;
using testing::tensor;
using Kind = PickleValue::Kind;

class Torch : public ::testing::Test {
 protected:
  static TorchFile open(const std::string& bytes) {
    return TorchFile(testing::file_in_memory("split.pt", bytes));
  }
  static void refused(const std::string& bytes, std::vector<std::string> parts,
                      ErrorCode code = ErrorCode::kBadData) {
    parts.insert(parts.begin(), "split.pt: ");
    expect_error_with(code, parts, [&] { open(bytes); });
  }
  /// In every layout and protocol.
  template <class Check>
  static void in_all(const PickledItems& items, const Check& check) {
    for (const int protocol : {2, 3, 4}) {
      SCOPED_TRACE("protocol " + std::to_string(protocol));
      check(open(testing::pt_legacy(items, protocol)));
      check(open(testing::pt_zip(items, protocol)));
      check(open(testing::pt_zip_of(dict(items), protocol, true)));
    }
  }
  template <class T>
  static void expect_values(const TorchFile& file, const std::string& key, const std::vector<T>& values,
                            const Shape& shape) {
    SCOPED_TRACE(key);
    const FileArray array = file.array(key);
    EXPECT_EQ(array.shape, shape);
    EXPECT_EQ(all_values<T>(array), values);
  }
};

template <class Stored, class Read>
void add_type(PickledItems& items, std::vector<std::function<void(const TorchFile&)>>& checks,
              const std::string& code) {
  std::vector<Stored> values;
  std::vector<Read> read;
  for (int i = 0; i < 24; ++i) {
    values.push_back(static_cast<Stored>(i * 11 - 100));
    read.push_back(static_cast<Read>(values.back()));
  }
  for (const bool fortran : {false, true}) {
    const std::string key = code + (fortran ? "F" : "C");
    items.push_back({key, numpy_array<Stored>({2, 3, 4}, values, fortran)});
    checks.push_back([=](const TorchFile& file) {
      const FileArray array = file.array(key);
      EXPECT_EQ(array.dtype, DTypeOf<Read>::value) << key;
      EXPECT_EQ(all_values<Read>(array), read) << key;
    });
  }
}

TEST_F(Torch, ReadsNumPyArraysOfEveryTypeAndOrder) {
  PickledItems items;
  std::vector<std::function<void(const TorchFile&)>> checks;
  add_type<std::int8_t, std::int32_t>(items, checks, "i1");
  add_type<std::int16_t, std::int32_t>(items, checks, "i2");
  add_type<std::int32_t, std::int32_t>(items, checks, "i4");
  add_type<std::int64_t, std::int64_t>(items, checks, "i8");
  add_type<std::uint8_t, std::uint8_t>(items, checks, "u1");
  add_type<std::uint16_t, std::int32_t>(items, checks, "u2");
  add_type<std::uint32_t, std::int64_t>(items, checks, "u4");
  add_type<float, float>(items, checks, "f4");
  add_type<double, double>(items, checks, "f8");
  in_all(items, [&](const TorchFile& file) {
    for (const auto& check : checks) check(file);
  });
}

TEST_F(Torch, ReadsEveryByteAndEveryShape) {
  std::vector<std::uint8_t> bytes;
  for (int i = 0; i < 40000; ++i) bytes.push_back(static_cast<std::uint8_t>(i * 7 % 256));
  const std::vector<std::int64_t> edges{1, -1, 1LL << 62, 128, 255, 256};
  in_all({{"bytes", numpy_array<std::uint8_t>({200, 200}, bytes, true)},
          {"edge", numpy_array<std::int64_t>({3, 2}, edges)},
          {"empty", numpy_array<std::int64_t>({0, 2}, {})},
          {"one", numpy_array<double>({}, {2.5})},
          {"swapped", testing::numpy_bytes("i8", {1}, std::string("\0\0\0\0\0\0\1\2", 8), false, ">")},
          {"bools", testing::numpy_bytes("b1", {3}, std::string("\1\0\1", 3), false, "|")}},
         [&](const TorchFile& file) {
           expect_values<std::uint8_t>(file, "bytes", bytes, {200, 200});
           expect_values<std::int64_t>(file, "edge", edges, {3, 2});
           expect_values<std::int64_t>(file, "empty", {}, {0, 2});
           expect_values<double>(file, "one", {2.5}, {});
           expect_values<std::int64_t>(file, "swapped", {258}, {1});
           expect_values<std::uint8_t>(file, "bools", {1, 0, 1}, {3});
         });
}

TEST_F(Torch, ReadsTensorsAndTheirViews) {
  const std::vector<std::int64_t> values{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
  const auto shared = storage(values);
  in_all({{"whole", tensor(shared, 0, {3, 4}, {4, 1})},
          {"transposed", tensor(shared, 0, {4, 3}, {1, 4})},
          {"column", tensor(shared, 2, {3}, {4})},
          {"inner", tensor(shared, 5, {2, 2}, {4, 1})},
          {"cube", tensor(shared, 0, {2, 2, 3}, {3, 6, 1})},
          {"same", tensor(shared, 0, {2, 2}, {0, 1})},
          {"ones", tensor(shared, 3, {1, 2, 1}, {1LL << 62, 1, -0})},
          {"scalar", tensor(shared, 7, {}, {})},
          {"empty", tensor(storage(std::vector<float>{}), 0, {0, 2}, {2, 1})},
          {"own", tensor<float>({2, 2}, {1, 2, 3, 4}, true)}},
         [&](const TorchFile& file) {
           expect_values<std::int64_t>(file, "whole", values, {3, 4});
           expect_values<std::int64_t>(file, "transposed", {0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11}, {4, 3});
           expect_values<std::int64_t>(file, "column", {2, 6, 10}, {3});
           expect_values<std::int64_t>(file, "inner", {5, 6, 9, 10}, {2, 2});
           expect_values<std::int64_t>(file, "cube", {0, 1, 2, 6, 7, 8, 3, 4, 5, 9, 10, 11}, {2, 2, 3});
           expect_values<std::int64_t>(file, "same", {0, 1, 0, 1}, {2, 2});
           expect_values<std::int64_t>(file, "ones", {3, 4}, {1, 2, 1});
           expect_values<std::int64_t>(file, "scalar", {7}, {});
           expect_values<float>(file, "empty", {}, {0, 2});
           expect_values<float>(file, "own", {1, 2, 3, 4}, {2, 2});
         });
  const TorchFile file = open(testing::pt_zip({{"whole", tensor(shared, 0, {3, 4}, {4, 1})}}));
  EXPECT_NE(file.array("whole").in_place.array.data, nullptr);
}

TEST_F(Torch, ReadsEveryStorage) {
  const auto one = [](auto stored) { return tensor(stored, 0, {2}, {1}); };
  const std::uint16_t one_bf16 = 0x3f80, two_bf16 = 0x4000;
  in_all({{"Long", one(storage<std::int64_t>("Long", {1, -2}))},
          {"Int", one(storage<std::int32_t>("Int", {1, -2}))},
          {"Short", one(storage<std::int16_t>("Short", {1, -2}))},
          {"Char", one(storage<std::int8_t>("Char", {1, -2}))},
          {"Byte", one(storage<std::uint8_t>("Byte", {1, 254}))},
          {"Bool", one(storage<std::uint8_t>("Bool", {1, 0}))},
          {"Float", one(storage<float>("Float", {1, -2}))},
          {"Double", one(storage<double>("Double", {1, -2}))},
          {"Half", one(storage<std::uint16_t>("Half", {0x3c00, 0xc000}))},
          {"BFloat16", one(storage<std::uint16_t>("BFloat16", {one_bf16, two_bf16}))}},
         [](const TorchFile& file) {
           expect_values<std::int64_t>(file, "Long", {1, -2}, {2});
           expect_values<std::int32_t>(file, "Int", {1, -2}, {2});
           expect_values<std::int32_t>(file, "Short", {1, -2}, {2});
           expect_values<std::int32_t>(file, "Char", {1, -2}, {2});
           expect_values<std::uint8_t>(file, "Byte", {1, 254}, {2});
           expect_values<std::uint8_t>(file, "Bool", {1, 0}, {2});
           expect_values<float>(file, "Float", {1, -2}, {2});
           expect_values<double>(file, "Double", {1, -2}, {2});
           expect_values<float>(file, "Half", {1, -2}, {2});
           const LoadedArray half = file.array("BFloat16").load();
           ASSERT_EQ(half.array.dtype, DType::kBf16);
           EXPECT_EQ(std::memcmp(half.array.data, "\x80\x3f\x00\x40", 4), 0);
         });
}

TEST_F(Torch, FindsValuesByName) {
  const TorchFile file = open(
      testing::pt_legacy({{"edge", numpy_array<float>({1}, {1})}, {"kind", testing::texts({"a", "b"})}}));
  EXPECT_EQ(file.at("kind").items()[1].text(), "b");
  EXPECT_EQ(file.file_name(), "split.pt");
  expect_error_with(ErrorCode::kNotFound, {"split.pt: has nothing called 'edge_neg'; it has edge, kind"},
                    [&] { file.at("edge_neg"); });
  expect_error_with(ErrorCode::kBadData, {"split.pt: kind: is a list where an array is wanted"},
                    [&] { file.array("kind"); });
  const testing::TemporaryFolder folder;
  testing::write_bytes(folder.path() / "a.pt", testing::pt_zip({{"a", tensor<float>({1}, {2})}}));
  expect_values<float>(TorchFile(folder.path() / "a.pt"), "a", {2}, {1});
  const TorchFile list = open(testing::pt_zip_of(testing::list({})));
  expect_error_with(ErrorCode::kBadData, {"split.pt: holds a list where a dictionary of arrays is wanted"},
                    [&] { list.at("edge"); });
  expect_error_with(ErrorCode::kNotFound, {"none.pt: no such file"},
                    [&] { TorchFile(std::filesystem::path("none.pt")); });
}

TEST_F(Torch, RefusesTextThatIsNoBytes) {
  std::string good = testing::pt_legacy({{"a", numpy_array<std::uint8_t>({4}, {'u', 0xe4, 'x', 'y'})}});
  const std::size_t at = good.find("u\xc3\xa4xy");
  ASSERT_NE(at, std::string::npos);
  for (const char* wrong : {"u\xc4\x80xy", "u\xc3zxy", "u\xa4\xa4xy", "uxxx\xc3"}) {
    const TorchFile file = open(std::string(good).replace(at, 5, wrong));
    expect_error_with(ErrorCode::kBadData, {"split.pt: a: damaged pickle: byte ", "is not Latin-1 in UTF-8"},
                      [&] { file.array("a").load(); });
  }
  const TorchFile longer = open(std::string(good).replace(at, 5, "uzzxy"));
  expect_error_with(ErrorCode::kBadData, {"split.pt: a: has more bytes than values"},
                    [&] { longer.array("a").load(); });
  const TorchFile shorter = open(std::string(good).replace(at, 5, "\xc3\xa4\xc3\xa4y"));
  expect_error_with(ErrorCode::kBadData, {"split.pt: a: ends before its last value"},
                    [&] { shorter.array("a").load(); });
  std::string fortran =
      testing::pt_legacy({{"a", numpy_array<std::uint8_t>({2, 2}, {'u', 'x', 0xe4, 'y'}, true)}});
  const TorchFile columns = open(fortran.replace(fortran.find("u\xc3\xa4xy"), 5, "uzzxy"));
  expect_error_with(ErrorCode::kBadData, {"split.pt: a: has more bytes than values"},
                    [&] { columns.array("a").load(); });
}

TEST_F(Torch, RefusesTensorsOutsideTheirStorage) {
  const auto shared = storage<std::int64_t>({1, 2, 3, 4});
  const auto of = [&](std::int64_t offset, const Shape& shape, const Shape& strides) {
    return testing::pt_zip({{"a", tensor(shared, offset, shape, strides)}});
  };
  for (const std::string& bytes :
       {of(1, {4}, {1}), of(0, {2, 2}, {3, 1}), of(5, {1}, {1}), of(0, {2}, {1LL << 62}),
        of(0, {3}, {1LL << 62}), of(0, {2}, {-1}), of(4, {}, {}), of(INT64_MAX, {2}, {1})}) {
    refused(bytes, {"a tensor reaches beyond its storage of 4 values"});
  }
  refused(of(-1, {1}, {1}), {"a tensor begins at value -1 of its storage"});
  refused(of(0, {2}, {1, 1}), {"a tensor has an impossible shape"});
  refused(of(0, {-2}, {1}), {"a tensor has an impossible shape"});
  refused(of(0, {1LL << 40, 1LL << 40}, {0, 0}), {"a tensor has an impossible shape"});
  refused(of(0, {5}, {0}), {"a tensor repeats the values of its storage; save a copy"},
          ErrorCode::kUnsupported);
}

TEST_F(Torch, RefusesStrangeTensors) {
  const auto refused_program =
      [&](const std::string& part, const std::function<void(testing::PickleWriter&)>& write,
          ErrorCode code = ErrorCode::kBadData) { refused(testing::pt_zip_of(write), {part}, code); };
  const auto shared = storage<float>({1});
  refused_program("a tensor is made from something else", [](auto& out) {
    out.global("torch._utils", "_rebuild_tensor_v2");
    out.raw(")R");
  });
  const auto build = [&](const std::string& size, const std::string& hooks, const std::string& more) {
    return [=](testing::PickleWriter& out) {
      out.global("torch._utils", "_rebuild_tensor_v2");
      out.raw("(");
      out.storage(shared);
      out.raw("K" + std::string(1, '\0') + size + ")\x89" + hooks + more + "tR");
    };
  };
  refused_program("size or stride is no tuple of integers", build("N\x85", "}", ""));
  refused_program("a tensor is made from something else", build(")", "}K\1Ns", ""));
  refused_program("a tensor is made from something else", build(")", "N", ""));
  refused_program("a tensor has metadata", build(")", "}", "}K\1Ns"), ErrorCode::kUnsupported);
  refused_program("a persistent id is None", [](auto& out) { out.raw("NQ"); });
  refused_program("a persistent id is not ('storage'", [](auto& out) { out.raw(")Q"); });
  const auto id = [](const std::string& type, std::int64_t count, const std::string& view) {
    return [=](testing::PickleWriter& out) {
      out.raw("(");
      out.text("storage");
      out.global("torch", type);
      out.text("0");
      out.text("cpu");
      out.integer(count);
      out.raw(view + "tQ");
    };
  };
  refused_program("a persistent id is not ('storage'", id("LongStorage", -1, ""));
  refused_program("a storage is a view of another one", id("LongStorage", 1, ")"), ErrorCode::kUnsupported);
  refused_program("names torch.ComplexFloatStorage", id("ComplexFloatStorage", 1, ""),
                  ErrorCode::kUnsupported);
}

TEST_F(Torch, RefusesOtherFiles) {
  refused("", {"is not what torch.save writes; save it"});
  refused("\x80\x02}.", {"is not what torch.save writes"});
  refused(testing::zip_bytes({{"a/b", "x"}}), {"is a zip file without data.pkl"});
  refused(testing::zip_bytes({{"a/data.pkl", "x"}, {"b/data.pkl", "x"}}),
          {"has two members called data.pkl"});
  refused(testing::zip_bytes({{"a/data.pkl", "\x80\x02N.N"}}), {"a/data.pkl: bytes follow the pickle"});
  refused(testing::zip_bytes({{"a/data.pkl", "\x80\x02N."}, {"a/byteorder", "big"}}),
          {"has big-endian storages"}, ErrorCode::kUnsupported);
  EXPECT_TRUE(open(testing::zip_bytes({{"a/data.pkl", "\x80\x02N."}, {"a/byteorder", "little"}}))
                  .root()
                  .is(Kind::kNone));
}

TEST_F(Torch, RefusesStoragesThatDoNotFitInZipFiles) {
  testing::PickleWriter out(2, true);
  dict({{"a", tensor<float>({2}, {1, 2})}})(out);
  const auto with = [&](const std::string& member, const std::string& bytes, const std::string& pickle) {
    return testing::zip_bytes({{"a/data.pkl", pickle}, {member, bytes}});
  };
  refused(with("a/data/1", "12345678", out.finish()), {"storage 0 is missing"});
  refused(with("a/data/0", "1234567", out.finish()), {"storage 0 has 7 bytes for 2 values of 4"});
  refused(with("a/data/0", "123456789012", out.finish()), {"storage 0 has 12 bytes for 2 values of 4"});
  testing::ZipEntry wrong{"a/data/0", "12345678"};
  wrong.checksum = 5;
  refused(testing::zip_bytes({{"a/data.pkl", out.finish()}, wrong}),
          {"a/data/0: the bytes miss their checksum"});
  wrong = {"a/data.pkl", out.finish()};
  wrong.checksum = 5;
  refused(testing::zip_bytes({wrong, {"a/data/0", "12345678"}}),
          {"a/data.pkl: the bytes miss their checksum"});
  const auto other = [](testing::PickleWriter& writer) {
    for (const char* type : {"Long", "Double"}) {
      writer.raw("(");
      writer.text("storage");
      writer.global("torch", std::string(type) + "Storage");
      writer.text("0");
      writer.text("cpu");
      writer.raw("K\1tQ");
    }
    writer.raw("\x86");
  };
  refused(testing::pt_zip_of(other), {"has a class, a type or a storage as a value"});
}

TEST_F(Torch, RefusesDamagedStreams) {
  const PickledItems items{{"a", tensor<float>({2}, {1, 2})}, {"b", tensor<std::int64_t>({1}, {9})}};
  const std::string good = testing::pt_legacy(items);
  EXPECT_NO_THROW(open(good));
  for (std::size_t size = 0; size < good.size(); ++size) {
    SCOPED_TRACE(size);
    refused(good.substr(0, size), {});
  }
  refused(good + "x", {"1 bytes follow the last storage"});
  const auto changed = [&](const std::string& from, const std::string& to) {
    std::string bytes = good;
    const std::size_t at = bytes.rfind(from);
    EXPECT_NE(at, std::string::npos);
    return bytes.replace(at, from.size(), to);
  };
  refused(changed("M\xe9\x03.", "M\xe8\x03."), {"is not of protocol version 1001"});
  refused(changed("little_endian", "little_indian"), {"does not say its byte order"});
  std::string big = good;
  big[good.find("little_endian") + 13 + 2] = '\x89';
  refused(big, {"has big-endian storages"}, ErrorCode::kUnsupported);
  const std::size_t counts = good.size() - 16 - 16;
  std::string wrong = good;
  wrong[counts] = 3;
  refused(wrong, {"storage 0 at byte ", "has 3 values where its tensors have 2"});
  // Key lists that name a storage twice, another one, or too few.
  const std::string keys = testing::pickle_bytes(testing::texts({"0", "1"}));
  refused(changed(keys, testing::pickle_bytes(testing::texts({"0", "0"}))), {"storage 0 at byte "});
  refused(changed(keys, testing::pickle_bytes(testing::texts({"0", "2"}))),
          {"has a storage at byte ", "that no tensor looks into"});
  refused(changed(keys, testing::pickle_bytes(testing::none())), {"has no list of storages"});
  std::string few = changed(keys, testing::pickle_bytes(testing::texts({"0"})));
  refused(few.substr(0, few.size() - 16), {"storage 1 is missing"});
  const std::string huge = testing::pt_legacy(
      {{"a",
        tensor(std::make_shared<const testing::TensorStorage>(testing::TensorStorage{"Long", "", 1LL << 61}),
               0, {1}, {1})}});
  refused(huge, {"storage 0 of 2305843009213693952 values is cut off"});
}

TEST_F(Torch, ReadsTheRealSplitsOfOgblDdi) {
  const auto real = testing::shared_data("ogbl_ddi");
  if (real.empty()) GTEST_SKIP() << testing::kNoSharedData;
  const TorchFile train(real / "split/target/train.pt");
  const std::vector<std::int64_t> rows = read_csv<std::int64_t>(real / "raw/edge.csv.gz", {});
  const FileArray edges = train.array("edge");
  EXPECT_EQ(edges.shape, (Shape{1067911, 2}));
  EXPECT_EQ(testing::values_from<std::int64_t>(edges, 0, 65536), rows);
  const TorchFile valid(real / "split/target/valid.pt"), test(real / "split/target/test.pt");
  EXPECT_EQ(valid.array("edge").shape, (Shape{133489, 2}));
  EXPECT_EQ(valid.array("edge_neg").shape, (Shape{101882, 2}));
  EXPECT_EQ(test.array("edge").shape, (Shape{133489, 2}));
  EXPECT_EQ(test.array("edge_neg").shape, (Shape{95599, 2}));
  for (const TorchFile* file : {&valid, &test}) {
    for (const char* key : {"edge", "edge_neg"}) {
      for (const std::int64_t id : all_values<std::int64_t>(file->array(key)))
        ASSERT_TRUE(id >= 0 && id < 4267);
    }
  }
}

}  // namespace
}  // namespace weft::data
