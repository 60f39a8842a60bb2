// weft-bench: measurements of devices, products, every other op, epochs, conversions and scores, and counts
// of what kernels move. Exit status as weft's: 0 done, 1 failed, 2 wrong usage; one line on stderr says what
// went wrong.
#include <cstdio>

#include "bench/commands/commands.hpp"

namespace {

constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Measures Weft on a device, or counts what its kernels would move on one.", "weft-bench");
  app.require_subcommand(1);
  weft::bench::add_bandwidth(app);
  weft::bench::add_convert(app);
  weft::bench::add_counters(app);
  weft::bench::add_epoch(app);
  weft::bench::add_evaluate(app);
  weft::bench::add_gemm(app);
  weft::bench::add_ops(app);
  weft::bench::add_spmm(app);
  try {
    app.parse(argc, argv);
    return 0;
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kWrongUsage;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "weft-bench: %s\n", error.what());
    return kFailed;
  }
}
