// weft datasets, weft convert.
#include <fmt/format.h>

#include "commands.hpp"
#include "signals.hpp"
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

}  // namespace

void run(const DatasetsCommand& command) {
  const std::vector<KnownDataset> all = datasets(command.root);
  print(command.json ? to_json(all) + "\n" : datasets_text(all));
}

void run(const ConvertCommand& command) {
  ConvertOptions options = command.options;
  options.events = terminal_events(false);
  const SignalHandlers handlers(kStopping);
  const ConvertResult r = convert(command.name, options);
  end_progress();
  if (command.json) return print(to_json(r) + "\n");
  print(fmt::format("{}: {} ({}{}) in {:.2f} s\n", r.name, r.cache.string(), bytes_text(r.bytes),
                    order_text(r.node_order), r.seconds));
}

}  // namespace weft::cli
