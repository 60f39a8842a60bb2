#include "engine/config/config.hpp"

#include <gtest/gtest.h>

#include "engine/config/option_values.hpp"
#include "engine/config/options.hpp"
#include "tests/support/files.hpp"

namespace weft::engine {
namespace {

using testing::expect_error;
using testing::read_bytes;
using testing::TemporaryFolder;
using testing::write_bytes;

TrainConfig from_recipe(const std::string& name) {
  ConfigSources sources;
  sources.recipe = name;
  return make_config(sources);
}

void expect_toml_error(const std::string& text, const std::string& message) {
  expect_error(ErrorCode::kBadData, message, [&] {
    TrainConfig config;
    apply_toml(config, text, "my.toml");
  });
}

void expect_flag_error(const std::string& key, const std::string& value, const std::string& message) {
  expect_error(ErrorCode::kInvalidArgument, message, [&] {
    TrainConfig config;
    set_option(config, key, value);
  });
}

TEST(Recipes, AreTheFilesInTheTree) {
  for (const std::string_view name : recipe_names()) {
    const std::string file = std::string(WEFT_SOURCE_DIR) + "/models/recipes/" + std::string(name) + ".toml";
    EXPECT_EQ(read_bytes(file), recipe_text(name)) << name;
  }
  EXPECT_EQ(recipe_names(), (std::vector<std::string_view>{"dgl-gcn", "kipf-gcn", "ogb-gcn", "ogb-mlp",
                                                           "ogb-sage", "ogb-sage-products"}));
}

TEST(Recipes, DglGcnIsTheDefault) {
  TrainConfig defaults;
  defaults.recipe = "dgl-gcn";
  EXPECT_EQ(to_toml(from_recipe("dgl-gcn")), to_toml(defaults));
  EXPECT_EQ(to_toml(make_config({})), to_toml(defaults));
}

TEST(Recipes, SayWhatTheirSourcesDo) {
  const TrainConfig dgl = from_recipe("dgl-gcn");
  EXPECT_EQ(dgl.graph.norm, "both");
  EXPECT_FALSE(dgl.graph.self_loops);
  EXPECT_EQ(dgl.run.epochs, 300);
  const TrainConfig ogb = from_recipe("ogb-gcn");
  EXPECT_EQ(ogb.graph.norm, "gcn");
  EXPECT_TRUE(ogb.graph.self_loops && ogb.graph.symmetric && ogb.model.batch_norm);
  EXPECT_EQ(ogb.run.epochs, 500);
  EXPECT_EQ(from_recipe("ogb-mlp").model.kind, "mlp");
  const TrainConfig kipf = from_recipe("kipf-gcn");
  EXPECT_EQ(kipf.model.layers, 2);
  EXPECT_EQ(kipf.model.hidden, 16);
  EXPECT_EQ(kipf.model.input_dropout, 0.5);
  EXPECT_EQ(kipf.optimizer.weight_decay, 5e-4);
  EXPECT_EQ(kipf.optimizer.weight_decay_on, "first-layer");
  EXPECT_TRUE(kipf.features.row_normalize && !kipf.features.log1p && !kipf.model.batch_norm);
}

TEST(Recipes, AnUnknownNameGetsASuggestion) {
  expect_error(ErrorCode::kNotFound,
               "no recipe 'ogb-gnc'; did you mean 'ogb-gcn'? There are: dgl-gcn, kipf-gcn, ogb-gcn, ogb-mlp",
               [] { from_recipe("ogb-gnc"); });
}

TEST(Config, LaterSourcesWin) {
  const TemporaryFolder folder;
  const std::string file = folder.path() / "my.toml";
  write_bytes(file, "lr = 0.5\nhidden = 7\n");
  ConfigSources sources{"ogb-mlp", file, {{"hidden", "9"}}};
  const TrainConfig config = make_config(sources);
  EXPECT_EQ(config.recipe, "ogb-mlp");
  EXPECT_EQ(config.run.epochs, 500);    // recipe
  EXPECT_EQ(config.optimizer.lr, 0.5);  // file
  EXPECT_EQ(config.model.hidden, 9);    // flag
}

TEST(Config, AFileMayNameItsRecipe) {
  const TemporaryFolder folder;
  const std::string file = folder.path() / "my.toml";
  write_bytes(file, "recipe = \"kipf-gcn\"\nhidden = 32\n");
  const TrainConfig config = make_config({"", file, {}});
  EXPECT_EQ(config.recipe, "kipf-gcn");
  EXPECT_EQ(config.model.layers, 2);
  EXPECT_EQ(config.model.hidden, 32);
}

TEST(Config, PrintsWhatItReads) {
  TrainConfig config = from_recipe("kipf-gcn");
  config.dataset = "./a \"quoted\"\\ path\n";
  config.features.source = "random:128";
  config.optimizer.lr = 0.1 + 0.2;
  config.run.seed = 9007199254740992;
  TrainConfig again;
  apply_toml(again, to_toml(config), "config.toml");
  EXPECT_EQ(to_toml(again), to_toml(config));
  EXPECT_EQ(again.optimizer.lr, config.optimizer.lr);
  EXPECT_EQ(again.dataset, config.dataset);
}

TEST(Config, ACheckpointsPartHoldsNoPlace) {
  const std::string text = to_toml(TrainConfig{}, Scope::kResult);
  for (const char* key : {"threads", "device", "dataset", "out"}) {
    EXPECT_EQ(text.find("\n" + std::string(key) + " ="), std::string::npos) << key;
  }
  EXPECT_NE(text.find("hidden = 256\n"), std::string::npos);
}

TEST(Config, TomlErrorsNameFileLineKeyAndValue) {
  expect_toml_error("lr = 0.1\nhiden = 3\n", "my.toml:2: unknown option 'hiden'; did you mean 'hidden'?");
  expect_toml_error("frobnicate = 3\n",
                    "my.toml:1: unknown option 'frobnicate'; 'weft train --help' lists the options");
  expect_toml_error("\n\ndropout = 1.0\n",
                    "my.toml:3: dropout = 1.0 cannot be used; give a number in [0, 1)");
  expect_toml_error("lr = 0.1\r\nepochs   =  1e30 # many",
                    "my.toml:2: epochs = 1e30 cannot be used; give a whole number in [1, 2147483647]");
  expect_toml_error("layers = \"3\"",
                    "my.toml:1: layers = \"3\" cannot be used; give a whole number in [1, 64]");
  expect_toml_error("layers = 2.5", "my.toml:1: layers = 2.5 cannot be used; give a whole number in [1, 64]");
  expect_toml_error("norm = \"left\"", "my.toml:1: norm = \"left\" cannot be used; give both or gcn or mean");
  expect_toml_error("batch_norm = 1", "my.toml:1: batch_norm = 1 cannot be used; give true or false");
  expect_toml_error("lr = nan", "my.toml:1: lr = nan cannot be used; give a number in (0, 1000]");
  expect_toml_error("lr = [1]", "my.toml:1: lr must be one value: a number, a text in quotes, true or false");
  expect_toml_error("lr = 1 2", "my.toml:1: not TOML");
  expect_toml_error("lr = i\n", "my.toml:1: not TOML");  // the parser's words quote the line's end
  expect_toml_error("\"a\\nb\" = 1", "my.toml:1: unknown option 'a\\nb'");
}

TEST(Config, FlagErrorsNameFlagAndValue) {
  expect_flag_error("lr", "-1", "--lr -1 cannot be used; give a number in (0, 1000]");
  expect_flag_error("eval_every", "0",
                    "--eval-every 0 cannot be used; give a whole number in [1, 2147483647]");
  expect_flag_error("epochs", "1.50", "--epochs 1.50 cannot be used; give a whole number in [1, 2147483647]");
  expect_flag_error("epochs", "1e30", "--epochs 1e30 cannot be used; give a whole number in [1, 2147483647]");
  for (const char* seed : {"18014398509481984", "9007199254740993", "1e16"}) {
    expect_flag_error(
        "seed", seed,
        "--seed " + std::string(seed) + " cannot be used; give a whole number in [0, 9007199254740992]");
  }
  expect_flag_error("runs", "many", "--runs \"many\" cannot be used; give a whole number in [1, 100000]");
  expect_flag_error("features", "random:0", "--features \"random:0\" cannot be used; give file or random:D");
  expect_flag_error("epoch", "3", "unknown option 'epoch'; did you mean 'epochs'?");
}

// Two rows that led to one member would let a flag change another option.
TEST(Config, EveryOptionHasAPlaceOfItsOwn) {
  const TrainConfig presets;
  for (const Option& option : options()) {
    TrainConfig config;
    const std::string before = value_text(presets, option);
    const bool is_switch = std::holds_alternative<Access<bool>>(option.field);
    const bool is_text = std::holds_alternative<Access<std::string>>(option.field);
    std::string other = is_switch ? (before == "true" ? "false" : "true") : before == "1" ? "2" : "1";
    if (is_text) other = option.choices.empty() ? "other" : std::string(option.choices.back());
    if (option.range.max_open) other = "0.25";
    if (other == "random:D") other = "random:7";
    set_option(config, option.key, other);
    for (const Option& each : options()) {
      const bool changed = value_text(config, each) != value_text(presets, each);
      EXPECT_EQ(changed, each.key == option.key) << option.key << ", " << each.key;
    }
  }
}

TEST(Config, SaysWhichOptionsThatWereGivenHaveNoEffect) {
  TrainConfig config;
  const Settings given{{"norm", "gcn"}, {"hidden", "8"}, {"weight_decay_on", "all"}, {"log1p", "true"}};
  EXPECT_EQ(idle_options(config, given),
            (std::vector<std::string>{"--weight-decay-on has no effect: weight decay is 0"}));
  config.model.kind = "mlp";
  config.model.layers = 1;
  config.optimizer.weight_decay = 1e-3;
  config.features.source = "random:8";
  EXPECT_EQ(idle_options(config, given),
            (std::vector<std::string>{"--hidden has no effect: one layer has no channels between layers",
                                      "--log1p has no effect: the features are made up",
                                      "--norm has no effect: this model uses no graph"}));
  EXPECT_EQ(idle_options(config, {}), std::vector<std::string>{});
}

TEST(Config, RandomFeaturesHaveAWidth) {
  TrainConfig config;
  EXPECT_EQ(random_feature_width(config.features), std::nullopt);
  set_option(config, "features", "random:128");
  EXPECT_EQ(random_feature_width(config.features), 128);
}

TEST(Config, AMissingFileSaysSo) {
  expect_error(
      ErrorCode::kNotFound,
      "no/such.toml: cannot be read: No such file or directory; give a TOML file, or a recipe by --recipe",
      [] {
        make_config({"", "no/such.toml", {}});
      });
}

}  // namespace
}  // namespace weft::engine
