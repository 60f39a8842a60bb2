// weft info.
#include <fmt/format.h>

#include <algorithm>

#include "commands.hpp"
#include "signals.hpp"
#include "terminal.hpp"

namespace weft::cli {
namespace {

constexpr const char* kGraphs = "graph";  // the table of graphs among the node types
constexpr std::size_t kFewClasses = 6;    // as many are listed one by one

std::string degrees_text(const Degrees& d) {
  return fmt::format("{} / {:.2f} / {}", grouped(d.min), d.mean, grouped(d.max));
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::string features_text(const NodeTypeInfo& type) {
  if (type.feature_columns == 0) return "none";
  std::string text = fmt::format("{} x {}", grouped(type.feature_columns), type.feature_type);
  if (type.sparse_values) text += fmt::format(", sparse ({} values)", grouped(*type.sparse_values));
  return text;
}

void add_node_types(std::string& text, const DatasetInfo& d) {
  const bool several = d.node_types.size() > 1;
  for (const NodeTypeInfo& type : d.node_types) {
    if (type.name == kGraphs) continue;
    if (several && d.num_graphs == 1)
      line(text, ("nodes " + type.name).c_str(),
           fmt::format("{}, features: {}", grouped(type.count), features_text(type)));
    else
      line(text, "features", features_text(type));
    if (!type.columns.empty()) line(text, "  also", joined(type.columns));
  }
}

std::string weights_text(const WeightInfo& w, const DatasetInfo& d) {
  return fmt::format("{:.4g} / {:.4g} / {:.4g}  (least / mean / most); {} {} them", w.min, w.mean, w.max,
                     d.recipe, d.uses_edge_weights ? "trains on" : "does not train on");
}

void add_relations(std::string& text, const DatasetInfo& d) {
  const bool several = d.relations.size() > 1;
  for (const RelationInfo& r : d.relations) {
    if (several) {
      line(text, "relation",
           fmt::format("{} -{}-> {}, {} edges", r.source, r.name, r.target, grouped(r.num_edges)));
    }
    line(text, several ? "  in-degree" : "in-degree", degrees_text(r.in_degree) + "  (least / mean / most)");
    line(text, several ? "  out-degree" : "out-degree", degrees_text(r.out_degree));
    if (!r.columns.empty()) line(text, several ? "  also" : "edge columns", joined(r.columns));
    if (r.weights) line(text, several ? "  weights" : "edge weights", weights_text(*r.weights, d));
  }
}

/// "0: 96.49%, 1: 3.51%", or the rarest and the most frequent of many; classes that do not occur are counted.
std::string balance_text(const std::map<std::int64_t, std::int64_t>& counts, std::int64_t num_classes) {
  double total = 0;
  for (const auto& [label, count] : counts) total += static_cast<double>(count);
  const auto share = [&](const auto& entry) { return 100.0 * static_cast<double>(entry.second) / total; };
  std::string text;
  if (counts.size() <= kFewClasses) {
    for (const auto& entry : counts)
      text += fmt::format("{}{}: {:.2f}%", text.empty() ? "" : ", ", entry.first, share(entry));
  } else {
    const auto [least, most] = std::minmax_element(
        counts.begin(), counts.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    text = fmt::format("least {:.2f}% (class {}), most {:.2f}% (class {})", share(*least), least->first,
                       share(*most), most->first);
  }
  const std::int64_t absent = num_classes - static_cast<std::int64_t>(counts.size());
  if (absent > 0) text += fmt::format(", {} {} not occur", grouped(absent), absent == 1 ? "does" : "do");
  return text;
}

void add_labels(std::string& text, const DatasetInfo& d) {
  if (d.labels.empty() && !d.tokens) line(text, "labels", "none");
  for (const LabelInfo& l : d.labels) {
    std::string row = fmt::format("{} to {}, {} {} per {}", l.min, l.max, grouped(l.num_tasks),
                                  l.num_tasks == 1 ? "task" : "tasks", l.of);
    if (l.unlabelled > 0) row += fmt::format(", {} without", grouped(l.unlabelled));
    if (l.missing > 0) row += fmt::format(", {:.2f}% missing", 100.0 * l.missing);
    line(text, "labels", row);
    if (!l.class_counts.empty()) {
      line(text, "label balance", balance_text(l.class_counts, d.num_classes));
    } else {
      line(text, "label spread", fmt::format("mean {:.4g}, std {:.4g}", l.mean, l.std.value_or(0.0)));
    }
  }
  if (d.tokens) {
    line(text, "labels", fmt::format("tokens out of {}", grouped(d.tokens->vocabulary)));
    line(text, "tokens per graph", degrees_text(d.tokens->per_graph) + "  (least / mean / most)");
  }
}

std::string parts_text(const std::array<std::int64_t, 3>& sizes) {
  return fmt::format("{} / {} / {}", grouped(sizes[0]), grouped(sizes[1]), grouped(sizes[2]));
}

void add_splits(std::string& text, const DatasetInfo& d) {
  const char* what = d.task == "link" ? " positive edges" : d.task == kGraphs ? " graphs" : "";
  for (const SplitInfo& split : d.splits) {
    const std::string mark = split.name == d.default_split ? "; the default" : "";
    line(text, ("split " + split.name).c_str(),
         parts_text(split.sizes) + what + "  (train / valid / test" + mark + ")");
    if (split.negatives != std::array<std::int64_t, 3>{})
      line(text, "  negatives", parts_text(split.negatives));
  }
}

std::string info_text(const DatasetInfo& d) {
  std::string text;
  line(text, "name", d.name);
  line(text, "task", d.task_type + ", scored by " + d.metric);
  if (d.num_graphs > 1) {
    line(text, "graphs", grouped(d.num_graphs));
    line(text, "nodes per graph", degrees_text(d.nodes_per_graph) + "  (least / mean / most)");
    line(text, "edges per graph", degrees_text(d.edges_per_graph));
  }
  line(text, "nodes", grouped(d.num_nodes));
  line(text, "edges", grouped(d.num_edges) + (d.add_inverse_edge ? " (both directions)" : " (as stored)"));
  add_node_types(text, d);
  if (d.num_classes > 0) line(text, "classes", grouped(d.num_classes));
  add_labels(text, d);
  add_relations(text, d);
  if (d.node_order != "none") line(text, "node order", d.node_order + " (ids are those of the raw files)");
  line(text, "isolated nodes", grouped(d.isolated_nodes));
  line(text, "self-loops", grouped(d.self_loops));
  if (d.homophily)
    line(text, "homophily", fmt::format("{:.1f}% of edges join equal labels", 100.0 * *d.homophily));
  add_splits(text, d);
  line(text, "cache", fmt::format("{} ({})", d.cache.string(), bytes_text(d.cache_bytes)));
  line(text, "to train",
       d.training_bytes ? fmt::format("about {} of memory ({})", bytes_text(*d.training_bytes), d.recipe)
                        : "not as it is: " + d.why_not_trainable);
  return text;
}

}  // namespace

void run(const InfoCommand& command) {
  InfoOptions options = command.options;
  options.events = terminal_events(false);
  const SignalHandlers handlers(kStopping);
  const DatasetInfo found = info(command.name, options);
  end_progress();
  print(command.json ? to_json(found) + "\n" : info_text(found));
}

}  // namespace weft::cli
