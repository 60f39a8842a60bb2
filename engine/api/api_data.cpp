// The public interface over datasets.
#include <chrono>
#include <cstdlib>

#include "data/cache/convert.hpp"
#include "data/registry.hpp"
#include "engine/config/config.hpp"
#include "engine/devices.hpp"
#include "engine/input/graph_preparation.hpp"
#include "engine/input/open_dataset.hpp"
#include "engine/interrupt.hpp"
#include "engine/report/dataset_report.hpp"
#include "engine/run/trainer.hpp"
#include "models/model.hpp"

namespace weft {
namespace {

namespace fs = std::filesystem;

data::ConvertOptions convert_options(const std::string& name, int threads, const Events& events) {
  engine::clear_stop();
  data::ConvertOptions options;
  options.threads = engine::thread_count(threads);
  options.note = events.note;
  options.progress = engine::stoppable_progress(name, events);
  return options;
}

KnownDataset describe_known(const data::DatasetSpec& spec, const fs::path& root) {
  KnownDataset known;
  known.name = spec.name;
  known.task = spec.task;
  known.task_type = spec.task_type;
  known.metric = spec.metric;
  known.split = spec.split;
  known.num_tasks = spec.num_tasks;
  known.num_classes = spec.num_classes;
  known.num_nodes = spec.num_nodes;
  known.num_edges = spec.num_edges;
  std::copy(std::begin(spec.split_sizes), std::end(spec.split_sizes), known.split_sizes.begin());
  try {
    const data::Location location = data::locate(known.name, root);
    known.folder = location.folder;
    if (fs::exists(location.folder / "raw")) known.on_disk = OnDisk::kRaw;
    if (fs::exists(location.cache)) known.on_disk = OnDisk::kCached;
  } catch (const Error&) {
    // Not on disk is no error here: the table says so.
  }
  return known;
}

}  // namespace

fs::path default_root() {
  const char* root = std::getenv("WEFT_ROOT");
  return root != nullptr && *root != '\0' ? root : "dataset";
}

const char* on_disk_name(OnDisk state) {
  switch (state) {
    case OnDisk::kRaw:
      return "raw";
    case OnDisk::kCached:
      return "cached";
    case OnDisk::kNothing:
      break;
  }
  return "nothing";
}

std::vector<KnownDataset> datasets(const fs::path& root) {
  std::vector<KnownDataset> all;
  for (const data::DatasetSpec& spec : data::known_datasets()) all.push_back(describe_known(spec, root));
  return all;
}

std::vector<std::string> node_orders() {
  std::vector<std::string> names;
  for (const data::NodeOrder order : data::kNodeOrders) names.push_back(data::node_order_name(order));
  return names;
}

ConvertResult convert(const std::string& name, const ConvertOptions& options) {
  data::ConvertOptions how = convert_options(name, options.threads, options.events);
  how.without_features = options.without_features;
  how.num_classes = options.num_classes;
  how.unlabelled = options.unlabelled;
  how.add_inverse_edge = options.add_inverse_edge;
  how.default_split = options.default_split;
  how.splits = options.splits;
  if (!options.reorder.empty()) how.reorder = data::node_order_of(options.reorder);
  how.memory_bytes = engine::graph_memory(options.memory_gb);
  const data::Location location = data::locate(name, options.root);
  const auto start = std::chrono::steady_clock::now();
  data::convert(location, how);
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  return {location.name, location.cache, fs::file_size(location.cache),
          data::open_cache(location).facts.node_order, elapsed.count()};
}

DatasetInfo info(const std::string& name, const InfoOptions& options) {
  const data::ConvertOptions how = convert_options(name, options.threads, options.events);
  engine::ConfigSources sources;
  sources.recipe = options.recipe;
  engine::TrainConfig config = engine::make_config(sources);
  config.compute.threads = how.threads;
  const data::Location location = data::locate(name, options.root);
  const data::Dataset dataset = data::open_or_convert(location, how);
  if (options.verify) {
    data::verify_cache(location, dataset, how.threads);
    data::open_cache(location, data::SourceCheck::kBytes);
  }
  DatasetInfo info = engine::describe(dataset, how.threads);
  info.cache = location.cache;
  info.cache_bytes = fs::file_size(location.cache);
  info.recipe = config.recipe;
  info.uses_edge_weights = models::kind_uses_graph(config.model.kind) && dataset.relations.size() == 1 &&
                           engine::uses_edge_weights(dataset, config.graph);
  try {
    info.training_bytes = engine::training_bytes(config, dataset);
  } catch (const Error& error) {
    const bool tells_why = error.code() == ErrorCode::kUnsupported || error.code() == ErrorCode::kNotFound ||
                           error.code() == ErrorCode::kOutOfMemory;
    if (!tells_why) throw;
    info.why_not_trainable = error.what();
  }
  return info;
}

}  // namespace weft
