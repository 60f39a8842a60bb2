#pragma once
// Short trainings of a small dataset through the public interface, in a folder of their own.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "engine/include/weft/weft.hpp"
#include "tests/support/files.hpp"
#include "tests/support/run_files.hpp"
#include "tests/support/small_dataset.hpp"

namespace weft::testing {

using Settings = std::vector<std::pair<std::string, std::string>>;

class Training : public ::testing::Test {
 protected:
  Training() { small_dataset().write(folder_.path() / "own"); }

  std::string dataset() const { return (folder_.path() / "own").string(); }
  std::filesystem::path out(const std::string& name) const { return folder_.path() / name; }

  /// A short run of dgl-gcn; `settings` override.
  TrainOptions options(const std::string& name, const Settings& settings = {}) const {
    TrainOptions o;
    o.recipe = "dgl-gcn";
    o.settings = {
        {"hidden", "16"}, {"epochs", "12"}, {"runs", "2"}, {"threads", "2"}, {"checkpoint_every", "5"}};
    o.settings.insert(o.settings.end(), settings.begin(), settings.end());
    if (!name.empty()) o.out = out(name);
    return o;
  }

  TrainResult run(const std::string& name, const Settings& settings = {}) const {
    return train(dataset(), options(name, settings));
  }

  std::string metrics(const std::string& name) const { return metrics_of(out(name)); }
  void expect_same(const std::string& a, const std::string& b) const { expect_same_run(out(a), out(b)); }

  TemporaryFolder folder_;
};

}  // namespace weft::testing
