// weft-bench counters where the checking runtime was not built: without WEFT_SIMT, or under a sanitizer.
#include "bench/commands/commands.hpp"
#include "kernels/base/error.hpp"

namespace weft::bench {

void add_counters(CLI::App& app) {
  app.add_subcommand("counters", "what kernels move, counted (not in this build)")->callback([] {
    fail(ErrorCode::kUnsupported,
         "this build has no checking runtime; configure with -D WEFT_SIMT=ON and no sanitizer");
  });
}

}  // namespace weft::bench
