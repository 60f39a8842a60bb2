// Made datasets: what was asked for is what comes out, whatever the number of threads and by whichever way.
#include "data/synth/synth.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <set>

#include "data/cache/convert.hpp"
#include "data/graph/graph.hpp"
#include "tests/support/raw_folder.hpp"

namespace weft::data {
namespace {

namespace fs = std::filesystem;
using testing::expect_error_with;
using testing::read_bytes;

void no_progress(const std::string&, double) {}

template <class T>
std::vector<T> values(const Array& array) {
  const auto view = array.as<T>();
  return {view.begin(), view.end()};
}

std::vector<NodeId> columns(const CsrView& a) { return {a.cols, a.cols + a.num_edges}; }

class Synth : public ::testing::Test {
 protected:
  void SetUp() override { ::unsetenv("WEFT_CACHE"); }

  fs::path folder(const std::string& name) const { return temporary_.path() / name; }

  Dataset made(const SynthSpec& spec, const std::string& name = "made", int threads = 2,
               std::optional<NodeOrder> reorder = {}) {
    SynthTarget target;
    target.folder = folder(name);
    target.threads = threads;
    target.reorder = reorder;
    return open_cache(write_synthetic(complete(spec), target, no_progress));
  }

  Dataset converted_from_raw(const SynthSpec& spec, const std::string& name,
                             std::optional<NodeOrder> reorder) {
    SynthTarget target;
    target.folder = folder(name);
    target.threads = 2;
    target.raw = true;
    const Location location = write_synthetic(complete(spec), target, no_progress);
    ConvertOptions options;
    options.reorder = reorder;
    convert(location, options);
    return open_cache(location);
  }

  static SynthSpec small() {
    SynthSpec spec;
    spec.nodes = 5'000;
    spec.edges = 40'000;
    return spec;
  }

  testing::TemporaryFolder temporary_;
};

TEST_F(Synth, SizesAreTheOnesAskedFor) {
  const Dataset d = made(small());
  EXPECT_EQ(d.facts.name, "made");
  EXPECT_EQ(d.facts.num_classes, 10);
  EXPECT_EQ(d.nodes().rows, 5'000);
  EXPECT_EQ(d.edges().csr.num_edges, 80'000);
  EXPECT_EQ(d.nodes().columns.at("node_feat").shape, (std::vector<std::int64_t>{5'000, 64}));
  const Split& split = d.split("");
  EXPECT_EQ(split[Part::kTrain].at("node").rows(), 3'000);
  EXPECT_EQ(split[Part::kValid].at("node").rows(), 1'000);
  EXPECT_EQ(split[Part::kTest].at("node").rows(), 1'000);
  std::set<std::int64_t> classes;
  for (const std::int64_t label : values<std::int64_t>(d.nodes().columns.at("node_label")))
    classes.insert(label);
  EXPECT_EQ(classes.size(), 10u);
  EXPECT_EQ(*classes.rbegin(), 9);
}

/// Largest number of equal columns in a row, and whether one is the row itself.
void expect_simple(const CsrView& a) {
  for (NodeId row = 0; row < a.num_rows; ++row) {
    for (EdgeId e = a.offsets[row]; e < a.offsets[row + 1]; ++e) {
      ASSERT_NE(a.cols[e], row) << "a loop";
      ASSERT_TRUE(e == a.offsets[row] || a.cols[e] != a.cols[e - 1]) << "twice: " << row << ", " << a.cols[e];
    }
  }
}

TEST_F(Synth, NoLoopsAndNoEdgeTwice) {
  const Dataset both = made(small());
  expect_simple(both.edges().csr);
  EXPECT_TRUE(is_symmetric(both.edges().csr, 1));

  SynthSpec directed = small();
  directed.directed = true;
  const Dataset one = made(directed, "directed");
  EXPECT_EQ(one.edges().csr.num_edges, 40'000);
  const HostCsr whole = symmetrize(one.edges().csr, 1);  // no edge is there in both directions
  EXPECT_EQ(whole.cols, columns(both.edges().csr));
  // A fair coin per edge: the difference of a node's two degrees has their sum as its variance.
  const std::vector<EdgeId> in = row_counts(one.edges().csr), out = column_counts(one.edges().csr, 1);
  double squares = 0.0;
  for (std::size_t i = 0; i < in.size(); ++i) squares += std::pow(static_cast<double>(in[i] - out[i]), 2);
  EXPECT_NEAR(squares / 80'000, 1.0, 0.1);
}

TEST_F(Synth, WeightsAreOfAnEdgeBothWaysAndChangeNothingElse) {
  SynthSpec spec = small();
  const Dataset plain = made(spec, "plain");
  EXPECT_EQ(plain.edges().edge_columns.size(), 0u);
  spec.edge_weights = {0.5, 3.0};
  const Dataset d = made(spec);
  EXPECT_EQ(columns(d.edges().csr), columns(plain.edges().csr));
  const std::vector<float> weights = values<float>(d.edges().edge_columns.at("edge_weight"));
  ASSERT_EQ(weights.size(), 80'000u);
  double sum = 0.0;
  for (std::size_t k = 0; k < weights.size(); k += 2) {
    ASSERT_EQ(weights[k], weights[k + 1]);
    ASSERT_TRUE(weights[k] >= 0.5f && weights[k] <= 3.0f);
    sum += weights[k];
  }
  EXPECT_NEAR(sum / 40'000, 1.75, 0.02);
  spec.directed = true;
  const std::vector<float> once =
      values<float>(made(spec, "directed").edges().edge_columns.at("edge_weight"));
  ASSERT_EQ(once.size(), 40'000u);
  for (std::size_t k = 0; k < once.size(); ++k) ASSERT_EQ(once[k], weights[2 * k]);
}

TEST_F(Synth, DenseCommunitiesAreFilledAllTheSame) {
  SynthSpec spec;
  spec.nodes = 400;
  spec.edges = 15'000;  // of 79,800 pairs
  spec.classes = 2;
  spec.communities = 2;
  spec.degree_exponent = 2.2;
  const Dataset d = made(spec);
  EXPECT_EQ(d.edges().csr.num_edges, 30'000);
  expect_simple(d.edges().csr);
}

/// The exponent of degrees of at least `least` (Clauset, Shalizi, Newman 2009, equation 3.7), their tail cut
/// off at the largest one as the generator cuts it: a maximum-likelihood estimate on a grid.
double fitted_exponent(const std::vector<EdgeId>& degrees, double least, double most) {
  double logs = 0.0, count = 0.0;
  for (const EdgeId degree : degrees) {
    const auto d = static_cast<double>(degree);
    if (d < least || d > most) continue;
    logs += std::log(d / least);
    count += 1.0;
  }
  double best = 0.0, best_likelihood = -1e300;
  for (double a = 1.5; a < 6.0; a += 0.01) {
    const double likelihood =
        count * std::log((a - 1.0) / (1.0 - std::pow(most / least, 1.0 - a))) - a * logs;
    if (likelihood <= best_likelihood) continue;
    best_likelihood = likelihood;
    best = a;
  }
  return best;
}

TEST_F(Synth, DegreesFollowThePowerLaw) {
  for (const double exponent : {2.3, 2.5, 3.0}) {
    SynthSpec spec;
    spec.nodes = 40'000;
    spec.edges = 400'000;
    spec.features = 0;
    spec.degree_exponent = exponent;
    spec.homophily = 0.7;
    const Dataset d = made(spec, "exponent" + std::to_string(exponent));
    const std::vector<EdgeId> degrees = row_counts(d.edges().csr);
    EXPECT_NEAR(fitted_exponent(degrees, 39.5, 300.5), exponent, 0.2) << exponent;
    EXPECT_GT(*std::max_element(degrees.begin(), degrees.end()), 300) << exponent;
  }
}

double homophily_of(const Dataset& d) {
  const std::vector<std::int64_t> labels = values<std::int64_t>(d.nodes().columns.at("node_label"));
  const CsrView& a = d.edges().csr;
  std::int64_t same = 0;
  for (NodeId row = 0; row < a.num_rows; ++row) {
    for (EdgeId e = a.offsets[row]; e < a.offsets[row + 1]; ++e)
      same += labels[static_cast<std::size_t>(row)] == labels[static_cast<std::size_t>(a.cols[e])];
  }
  return static_cast<double>(same) / static_cast<double>(a.num_edges);
}

TEST_F(Synth, HomophilyIsTheOneAskedFor) {
  for (const double homophily : {0.3, 0.65, 0.9}) {
    SynthSpec spec;
    spec.nodes = 30'000;
    spec.edges = 200'000;
    spec.features = 0;
    spec.homophily = homophily;
    EXPECT_NEAR(homophily_of(made(spec, "h" + std::to_string(homophily))), homophily, 0.015) << homophily;
  }
}

TEST_F(Synth, FeaturesAreTheClassesMeansWithTheNoiseAskedFor) {
  SynthSpec spec = small();
  spec.features = 33;
  spec.feature_noise = 1.5;
  const Dataset d = made(spec);
  const std::vector<float> x = values<float>(d.nodes().columns.at("node_feat"));
  const std::vector<std::int64_t> labels = values<std::int64_t>(d.nodes().columns.at("node_label"));
  std::map<std::int64_t, std::vector<double>> sums;
  std::map<std::int64_t, double> counts;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    std::vector<double>& sum = sums.try_emplace(labels[i], 33, 0.0).first->second;
    for (std::size_t c = 0; c < 33; ++c) sum[c] += static_cast<double>(x[33 * i + c]);
    counts[labels[i]] += 1.0;
  }
  double spread = 0.0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    for (std::size_t c = 0; c < 33; ++c) {
      const double away = static_cast<double>(x[33 * i + c]) - sums[labels[i]][c] / counts[labels[i]];
      spread += away * away;
    }
  }
  EXPECT_NEAR(std::sqrt(spread / (33.0 * 5'000)), 1.5, 0.02);
  double distance = 0.0;
  for (std::int64_t a = 0; a < 10; ++a) {
    for (std::int64_t b = 0; b < a; ++b) {
      double squares = 0.0;
      for (std::size_t c = 0; c < 33; ++c)
        squares += std::pow(sums[a][c] / counts[a] - sums[b][c] / counts[b], 2);
      distance += std::sqrt(squares) / 45.0;
    }
  }
  EXPECT_NEAR(distance, 2.0, 0.4);
}

TEST_F(Synth, SameBytesAtAnyThreadCountAndOthersWithAnotherSeed) {
  SynthSpec spec = small();
  made(spec, "a/made", 1);
  const std::string one = read_bytes(folder("a/made") / "made.weft");
  for (const int threads : {2, 3, 7}) {
    for (const NodeOrder order : {NodeOrder::kNone, NodeOrder::kCommunity}) {
      const std::string place = std::to_string(threads) + node_order_name(order);
      made(spec, "1" + place + "/made", 1, order);
      made(spec, place + "/made", threads, order);
      EXPECT_EQ(read_bytes(folder(place + "/made") / "made.weft"),
                read_bytes(folder("1" + place + "/made") / "made.weft"));
    }
    const std::string place = std::to_string(threads) + "/made";
    made(spec, place, threads);
    EXPECT_EQ(read_bytes(folder(place) / "made.weft"), one) << threads << " threads";
  }
  spec.seed = 1;
  made(spec, "b/made", 2);
  EXPECT_NE(read_bytes(folder("b/made") / "made.weft"), one);
}

TEST_F(Synth, RawFilesAreTheSameBytesAtAnyThreadCount) {
  SynthTarget target;
  target.raw = true;
  for (const int threads : {1, 3}) {
    target.threads = threads;
    target.folder = folder(std::to_string(threads));
    write_synthetic(complete(small()), target, no_progress);
  }
  std::size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder("1"))) {
    if (!entry.is_regular_file()) continue;
    const fs::path name = entry.path().lexically_relative(folder("1"));
    EXPECT_EQ(read_bytes(entry.path()), read_bytes(folder("3") / name)) << name;
    ++files;
  }
  EXPECT_EQ(files, 9u);
}

TEST_F(Synth, RawFilesConvertToTheSameDataset) {
  using Order = std::optional<NodeOrder>;
  for (const auto& [directed, reorder] :
       {std::pair(false, Order()), std::pair(true, Order()), std::pair(false, Order(NodeOrder::kCommunity)),
        std::pair(true, Order(NodeOrder::kRcm))}) {
    SynthSpec spec = small();
    spec.directed = directed;
    spec.edge_weights = {-1.0, 2.0};
    const std::string way = (directed ? "directed-" : "both-") + std::to_string(reorder.has_value());
    const Dataset direct = made(spec, way + "/direct", 2, reorder);
    const Dataset raw = converted_from_raw(spec, way + "/raw", reorder);
    const std::string order = node_order_name(reorder.value_or(NodeOrder::kNone));
    EXPECT_EQ(direct.facts.node_order, order);
    EXPECT_EQ(raw.facts.node_order, order);
    EXPECT_TRUE(std::ranges::equal(direct.node_order(), raw.node_order()));
    EXPECT_NE(read_bytes(folder(way + "/direct") / "synth.json").find("\"node_order\": \"" + order),
              std::string::npos);
    EXPECT_EQ(read_bytes(folder(way + "/raw") / "synth.json").find("node_order"), std::string::npos);
    EXPECT_EQ(raw.facts.num_classes, direct.facts.num_classes);
    EXPECT_EQ(raw.facts.task_type, direct.facts.task_type);
    EXPECT_EQ(raw.facts.metric, direct.facts.metric);
    EXPECT_EQ(raw.facts.default_split, "random");
    EXPECT_EQ(direct.facts.default_split, "random");
    const CsrView &a = direct.edges().csr, &b = raw.edges().csr;
    EXPECT_EQ(columns(a), columns(b));
    EXPECT_TRUE(std::equal(a.offsets, a.offsets + a.num_rows + 1, b.offsets));
    EXPECT_TRUE(std::equal(a.edge_ids, a.edge_ids + a.num_edges, b.edge_ids));
    EXPECT_EQ(values<float>(direct.edges().edge_columns.at("edge_weight")),
              values<float>(raw.edges().edge_columns.at("edge_weight")));
    for (const char* column : {"node_feat", "node_label"}) {
      const Array &x = direct.nodes().columns.at(column), &y = raw.nodes().columns.at(column);
      ASSERT_EQ(x.dtype, y.dtype) << column;
      ASSERT_EQ(x.shape, y.shape) << column;
      EXPECT_EQ(std::memcmp(x.data, y.data, x.bytes()), 0) << column;
    }
    for (const Part part : kParts) {
      EXPECT_EQ(values<std::int64_t>(direct.split("")[part].at("node")),
                values<std::int64_t>(raw.split("")[part].at("node")));
    }
  }
}

TEST_F(Synth, ALargeGraphIsLaidByCommunity) {
  SynthSpec spec;
  spec.nodes = 100'000;
  spec.edges = 200'000;
  spec.features = 0;
  EXPECT_EQ(made(spec).facts.node_order, "community");
  SynthTarget target;
  target.folder = folder("little-memory");
  target.memory_bytes = 1 << 20;
  EXPECT_EQ(open_cache(write_synthetic(complete(spec), target, no_progress)).facts.node_order, "none");
}

TEST_F(Synth, AnOrderThatCannotBeIsRefusedAndLeavesNothing) {
  SynthTarget target;
  target.folder = folder("never");
  target.reorder = NodeOrder::kRcm;
  const auto make = [&] { write_synthetic(complete(small()), target, no_progress); };
  target.memory_bytes = 1'000;
  expect_error_with(ErrorCode::kUnsupported, {"never: takes about 1 GB", "leave --reorder rcm out"}, make);
  target.raw = true;
  expect_error_with(ErrorCode::kInvalidArgument, {"never", "raw files", "`weft convert`"}, make);
  EXPECT_FALSE(fs::exists(target.folder));
}

TEST_F(Synth, WritesOverNothingButWhatItMade) {
  SynthTarget target;
  target.folder = folder("mine");
  fs::create_directories(target.folder);
  testing::write_bytes(target.folder / "thesis.txt", "years of work");
  target.force = true;
  const auto make = [&] { write_synthetic(complete(small()), target, no_progress); };
  expect_error_with(ErrorCode::kExists, {"mine", "is there already", "not made by"}, make);
  EXPECT_EQ(read_bytes(target.folder / "thesis.txt"), "years of work");

  target.folder = folder("made");
  target.force = false;
  make();
  expect_error_with(ErrorCode::kExists, {"made", "--force"}, make);
  target.force = true;
  testing::write_bytes(target.folder / "notes.txt", "not made here");
  const std::string cache = read_bytes(target.folder / "made.weft");
  make();
  EXPECT_EQ(read_bytes(target.folder / "made.weft"), cache);  // the name is in it
  target.raw = true;
  make();
  EXPECT_TRUE(fs::exists(target.folder / "raw"));
  EXPECT_FALSE(fs::exists(target.folder / "made.weft"));
  EXPECT_EQ(read_bytes(target.folder / "notes.txt"), "not made here");

  target.folder = folder("ogbn_arxiv");
  expect_error_with(ErrorCode::kInvalidArgument, {"ogbn-arxiv", "give another name"}, make);
  EXPECT_FALSE(fs::exists(target.folder));
  fs::create_directories(target.folder);
  expect_error_with(ErrorCode::kInvalidArgument, {"ogbn-arxiv", "give another name"}, make);
  EXPECT_TRUE(fs::is_empty(target.folder));
}

/// What a killed call leaves, from its first step to its last, is made anew, asked for as before.
TEST_F(Synth, GoesOnFromWhatAKilledCallLeft) {
  using Leftovers = std::vector<std::string>;
  const Leftovers all_leftovers[] = {
      {},                                                                // a folder
      {"synth.json.partial"},                                            // its mark
      {"synth.json.partial", "making/raw/edge.csv.gz.partial"},          // files, half of them
      {"synth.json.partial", "made.weft.making.partial"},                // a cache, half of it
      {"synth.json.partial", "made.weft.making"},                        // a cache that lacks its name
      {"synth.json.partial", "making/raw/x.csv.gz", "split/r/x.csv.gz"}  // half of the names
  };
  for (const bool raw : {false, true}) {
    SynthTarget target;
    target.raw = raw;
    target.folder = folder(raw ? "whole-raw/made" : "whole/made");
    write_synthetic(complete(small()), target, no_progress);
    const std::string name = raw ? "raw/edge.csv.gz" : "made.weft";
    const std::string wanted = read_bytes(target.folder / name);
    const auto count = [](const fs::path& path) {
      return std::distance(fs::recursive_directory_iterator(path), fs::recursive_directory_iterator());
    };
    const auto files = count(target.folder);
    for (const bool force : {false, true}) {
      for (const Leftovers& leftovers : all_leftovers) {
        target.folder = folder("killed/made");
        fs::remove_all(target.folder);
        fs::create_directories(target.folder);
        for (const std::string& left : leftovers) {
          fs::create_directories((target.folder / left).parent_path());
          testing::write_bytes(target.folder / left, "half");
        }
        target.force = force;
        write_synthetic(complete(small()), target, no_progress);
        EXPECT_EQ(read_bytes(target.folder / name), wanted);
        EXPECT_EQ(count(target.folder), files);
      }
    }
  }
}

TEST_F(Synth, OneCallAtATimeWorksInAFolder) {
  SynthTarget target;
  target.folder = folder("made");
  const auto make = [&] { write_synthetic(complete(small()), target, no_progress); };
  int refused = 0;
  write_synthetic(complete(small()), target, [&](const std::string&, double) {
    if (refused++ > 0) return;
    for (target.force = false; !target.force; target.force = true)
      expect_error_with(ErrorCode::kExists, {"made/synth.json", "another process"}, make);
  });
  EXPECT_GT(refused, 0);
  EXPECT_EQ(open_cache(locate(target.folder.string(), "")).nodes().rows, 5'000);
}

TEST_F(Synth, StoppedWhileItWritesOverAGraphItLeavesThatGraph) {
  for (const bool old_is_raw : {false, true}) {
    SynthTarget target;
    target.folder = folder(old_is_raw ? "raw/made" : "cache/made");
    target.raw = old_is_raw;
    target.threads = 2;
    write_synthetic(complete(small()), target, no_progress);
    const auto contents = [&] {
      std::map<std::string, std::string> files;
      for (const auto& entry : fs::recursive_directory_iterator(target.folder))
        files[entry.path().string()] = entry.is_regular_file() ? read_bytes(entry.path()) : "";
      return files;
    };
    const auto before = contents();
    target.force = true;
    target.raw = !old_is_raw;
    SynthSpec other = small();
    other.seed = 1;
    for (const char* const last : {"edges", "node_feat", "features", "written"}) {
      if (target.raw && last == std::string("node_feat")) continue;  // of a cache's sections
      expect_error_with(ErrorCode::kInterrupted, {last}, [&] {
        write_synthetic(complete(other), target, [&](const std::string& what, double) {
          if (what == last) fail(ErrorCode::kInterrupted, last);
        });
      });
      EXPECT_EQ(contents(), before) << last;
    }
  }
}

TEST_F(Synth, WhatCannotBeIsRefusedAndLeavesNothing) {
  const auto refused = [&](const std::vector<std::string>& pieces, const auto& change) {
    SCOPED_TRACE(pieces.front());
    SynthSpec spec = small();
    change(spec);
    SynthTarget target;
    target.folder = folder("never");
    expect_error_with(ErrorCode::kInvalidArgument, pieces,
                      [&] { write_synthetic(complete(spec), target, no_progress); });
    EXPECT_FALSE(fs::exists(target.folder));
  };
  refused({"nodes 15", "from 16 to"}, [](SynthSpec& s) { s.nodes = 15; });
  refused({"nodes 2147483648"}, [](SynthSpec& s) { s.nodes = std::int64_t{1} << 31; });
  refused({"edges 0", "from 1 to"}, [](SynthSpec& s) { s.edges = 0; });
  refused({"edges 4000000", "to 3124375"}, [](SynthSpec& s) { s.edges = 4'000'000; });
  refused({"classes 1 ", "from 2"}, [](SynthSpec& s) { s.classes = 1; });
  refused({"features -1"}, [](SynthSpec& s) { s.features = -1; });
  refused({"communities 9 ", "from 10"}, [](SynthSpec& s) { s.communities = 9; });
  refused({"degree exponent 2 ", "above 2"}, [](SynthSpec& s) { s.degree_exponent = 2.0; });
  refused({"homophily 1.1"}, [](SynthSpec& s) { s.homophily = 1.1; });
  refused({"homophily nan"}, [](SynthSpec& s) { s.homophily = std::nan(""); });
  refused({"mixing -0.1"}, [](SynthSpec& s) { s.mixing = -0.1; });
  refused({"feature noise -1"}, [](SynthSpec& s) { s.feature_noise = -1.0; });
  refused({"add up to less than 1"}, [](SynthSpec& s) { s.train_fraction = 0.9; });
  refused({"add up to less than 1"}, [](SynthSpec& s) { s.valid_fraction = 0.0; });
  refused({"add up to less than 1"}, [](SynthSpec& s) { s.train_fraction = std::nan(""); });
  refused({"homophily 0.9 cannot be had", "less mixing"}, [](SynthSpec& s) {
    s.homophily = 0.9;
    s.mixing = 0.5;
  });
  refused({"edge weights 2,1 cannot be used"}, [](SynthSpec& s) { s.edge_weights = {2.0, 1.0}; });
  refused({"homophily 0.05 cannot be had", "more classes"}, [](SynthSpec& s) { s.homophily = 0.05; });
  refused({"mixing 0.01 is too little", "at least 0."}, [](SynthSpec& s) {
    s.degree_exponent = 2.1;
    s.communities = 100;
    s.mixing = 0.01;
  });
  refused({"edges between communities", "less mixing"}, [](SynthSpec& s) {
    s.nodes = 400;
    s.edges = 19'950;
    s.classes = 2;
    s.communities = 2;
    s.mixing = 1.0;
  });
}

}  // namespace
}  // namespace weft::data
