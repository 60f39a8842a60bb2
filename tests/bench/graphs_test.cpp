// Graphs that products are measured on, with their nodes in another order.
#include "bench/support/graphs.hpp"

#include <gtest/gtest.h>

#include "data/cache/convert.hpp"
#include "tests/support/files.hpp"
#include "tests/support/raw_folder.hpp"

namespace weft::bench {
namespace {

TEST(Permuted, RowsAndColumnsGoWithTheirNodes) {
  // 0: 1, 3; 1: none; 2: 0, 2; 3: 1
  data::HostCsr a;
  a.num_rows = a.num_cols = 4;
  a.offsets = {0, 2, 2, 4, 5};
  a.cols = {1, 3, 0, 2, 1};
  const data::HostCsr b = permuted(a.view(), {2, 3, 1, 0}, 1);
  EXPECT_EQ(b.num_rows, 4);
  EXPECT_EQ(b.num_cols, 4);
  EXPECT_EQ(b.offsets, (std::vector<EdgeId>{0, 2, 3, 3, 5}));
  EXPECT_EQ(b.cols, (std::vector<NodeId>{0, 3, 2, 1, 2}));
}

TEST(MatrixMarket, WhatDoesNotFitIsRefusedByLine) {
  const testing::TemporaryFolder folder;
  const auto refused = [&](ErrorCode code, const std::string& lines, const std::vector<std::string>& parts) {
    const auto file = folder.path() / "a.mtx";
    testing::write_bytes(file, "%%MatrixMarket matrix coordinate pattern general\n" + lines);
    testing::expect_error_with(code, parts, [&] { read_matrix_market(file); });
  };
  refused(ErrorCode::kBadData, "3 3 -2\n", {"a.mtx:2", "'3 3 -2'"});
  refused(ErrorCode::kUnsupported, "3 5 1\n1 2\n", {"a.mtx:2", "3 by 5", "square"});
  refused(ErrorCode::kBadData, "3 3 1\n1 2\n% more\n2 3\n", {"a.mtx:5", "'2 3'", "1"});
  refused(ErrorCode::kBadData, "3 3 2\n1 2\n", {"a.mtx:4", "too early"});
  refused(ErrorCode::kBadData, "3 3 1\n1 4\n", {"a.mtx:3", "'1 4'"});
}

TEST(DatasetGraph, ByIdIsThatOfTheRawFilesWhateverTheOrderOfTheCache) {
  const testing::TemporaryFolder folder;
  testing::RawFiles files;
  files.text["raw/edge.csv.gz"] = "5,1\n1,2\n5,0\n4,3\n0,5\n";
  files.write(folder.path());
  const std::string name = folder.path().string() + "/";
  data::ConvertOptions options;
  options.reorder = data::NodeOrder::kNone;
  data::convert(data::locate(name, ""), options);
  const data::HostCsr by_id = dataset_graph(name, "", false, 1);

  options.reorder = data::NodeOrder::kDegree;
  data::convert(data::locate(name, ""), options);
  EXPECT_NE(dataset_graph(name, "", false, 1).cols, by_id.cols);
  EXPECT_EQ(dataset_graph(name, "", true, 1).offsets, by_id.offsets);
  EXPECT_EQ(dataset_graph(name, "", true, 1).cols, by_id.cols);
}

}  // namespace
}  // namespace weft::bench
