// weft synth.
#include <fmt/format.h>

#include "commands.hpp"
#include "signals.hpp"
#include "terminal.hpp"

namespace weft::cli {

void run(const SynthCommand& command) {
  SynthOptions options = command.options;
  options.events = terminal_events(false);
  const SignalHandlers handlers(kStopping);
  const SynthResult r = synth(command.name, options);
  end_progress();
  if (command.json) return print(to_json(r) + "\n");
  print(
      fmt::format("{}: {} ({} nodes, {} edges as {} entries, {} communities, mixing {:.3g}{}) in {:.2f} s\n",
                  r.name, (r.cache.empty() ? r.folder : r.cache).string(), grouped(r.nodes), grouped(r.edges),
                  grouped(r.entries), grouped(r.communities), r.mixing, order_text(r.node_order), r.seconds));
}

}  // namespace weft::cli
