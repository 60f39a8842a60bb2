// weft datasets, weft convert, weft info.
#include <fmt/format.h>

#include "commands.hpp"
#include "terminal.hpp"

namespace weft::cli {
namespace {

const char* state_text(OnDisk state) { return state == OnDisk::kNothing ? "-" : on_disk_name(state); }

/// Published sizes; "-" where there are none.
std::string published(std::int64_t number) { return number == 0 ? "-" : grouped(number); }

std::string sizes_text(const std::array<std::int64_t, 3>& sizes) {
  if (sizes[0] == 0) return "-";
  return fmt::format("{} / {} / {}", grouped(sizes[0]), grouped(sizes[1]), grouped(sizes[2]));
}

std::string datasets_text(const std::vector<KnownDataset>& all) {
  constexpr const char* kRow = "{:<16} {:<5} {:<8} {:<14} {:>11} {:>13}  {:<37} {}\n";
  std::string text = fmt::format(kRow, "name", "task", "metric", "split", "nodes", "edges",
                                 "train / valid / test", "on disk");
  for (const KnownDataset& d : all) {
    text += fmt::format(kRow, d.name, d.task, d.metric, d.split, published(d.num_nodes),
                        published(d.num_edges), sizes_text(d.split_sizes), state_text(d.on_disk));
  }
  return text + "For task 'graph', nodes are graphs. Undirected edges count once.\n";
}

std::string degrees_text(const Degrees& d) {
  return fmt::format("{} / {:.2f} / {}", grouped(d.min), d.mean, grouped(d.max));
}

std::string features_text(const DatasetInfo& d) {
  if (d.feature_columns == 0) return "none";
  return fmt::format("{} x {}", grouped(d.feature_columns), d.feature_type);
}

std::string labels_text(const DatasetInfo& d) {
  if (!d.label_range) return "none";
  std::string text = fmt::format("{} to {}", d.label_range->first, d.label_range->second);
  if (d.num_tasks > 1) text += fmt::format(", {} tasks", grouped(d.num_tasks));
  if (d.unlabelled_nodes > 0) text += fmt::format(", {} nodes without", grouped(d.unlabelled_nodes));
  return text;
}

std::string info_text(const DatasetInfo& d) {
  std::string text;
  line(text, "name", d.name);
  line(text, "task", d.task_type + ", scored by " + d.metric);
  line(text, "nodes", grouped(d.num_nodes));
  line(text, "edges", grouped(d.num_edges) + (d.add_inverse_edge ? " (both directions)" : " (as stored)"));
  line(text, "features", features_text(d));
  line(text, "classes", grouped(d.num_classes));
  line(text, "labels", labels_text(d));
  line(text, "in-degree", degrees_text(d.in_degree) + "  (least / mean / most)");
  line(text, "out-degree", degrees_text(d.out_degree));
  line(text, "isolated nodes", grouped(d.isolated_nodes));
  line(text, "self-loops", grouped(d.self_loops));
  if (d.homophily)
    line(text, "homophily", fmt::format("{:.1f}% of edges join equal labels", 100.0 * *d.homophily));
  for (const SplitInfo& split : d.splits) {
    const char* mark = split.name == d.default_split ? "  (train / valid / test; the default)" : "";
    line(text, ("split " + split.name).c_str(), sizes_text(split.sizes) + mark);
  }
  line(text, "cache", fmt::format("{} ({})", d.cache.string(), bytes_text(d.cache_bytes)));
  line(text, "to train",
       d.training_bytes ? fmt::format("about {} of memory ({})", bytes_text(*d.training_bytes), d.recipe)
                        : "not as it is: " + d.why_not_trainable);
  return text;
}

}  // namespace

void run(const DatasetsCommand& command) {
  const std::vector<KnownDataset> all = datasets(command.root);
  print(command.json ? to_json(all) + "\n" : datasets_text(all));
}

void run(const ConvertCommand& command) {
  ConvertOptions options = command.options;
  options.events = terminal_events(false);
  const ConvertResult r = convert(command.name, options);
  end_progress();
  if (command.json) return print(to_json(r) + "\n");
  print(fmt::format("{}: {} ({}) in {:.2f} s\n", r.name, r.cache.string(), bytes_text(r.bytes), r.seconds));
}

void run(const InfoCommand& command) {
  InfoOptions options = command.options;
  options.events = terminal_events(false);
  const DatasetInfo found = info(command.name, options);
  end_progress();
  print(command.json ? to_json(found) + "\n" : info_text(found));
}

}  // namespace weft::cli
