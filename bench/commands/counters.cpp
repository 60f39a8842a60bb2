// weft-bench counters: what one training epoch would move on a GPU, counted where there is none; scaled to
// known datasets, and with a card's published figures turned into times, each of which says that it is
// predicted.
#include <fmt/format.h>

#include <memory>
#include <optional>

#include "bench/commands/commands.hpp"
#include "bench/counters/epoch.hpp"
#include "bench/counters/occupancy.hpp"
#include "bench/counters/ptxas_report.hpp"
#include "bench/counters/scaling.hpp"

namespace weft::bench {
namespace {

struct Options {
  ProblemOptions problem;
  std::string ptxas, card;
  bool tf32 = false;
  bool json = false;
};

constexpr const char* kOccupancyOf[] = {"sm_75", "sm_80", "sm_86", "sm_89", "sm_90"};

Json kernel_json(const KernelCounters& k) {
  return {{"kernel", k.kernel},
          {"launches", k.launches},
          {"threads_per_block", k.threads},
          {"requests", k.loads.requests + k.stores.requests},
          {"sectors", k.loads.sectors + k.stores.sectors},
          {"fewest_sectors", k.loads.ideal_sectors + k.stores.ideal_sectors},
          {"sectors_over_fewest", k.sector_ratio()},
          {"share_of_16_bytes", k.wide_share()},
          {"active_lanes", k.active_lanes()},
          {"bank_conflicts", k.shared.conflicts},
          {"shared_wavefronts", k.shared.wavefronts},
          {"atomic_requests", k.atomics.requests},
          {"bytes_read", k.traffic.read},
          {"bytes_written", k.traffic.written},
          {"static_shared_bytes", k.static_shared_bytes},
          {"dynamic_shared_bytes", k.dynamic_shared_bytes}};
}

/// Resident warps of a kernel on each generation.
Json occupancy_json(const KernelCounters& k, const KernelResources& resources) {
  Json warps;
  for (const char* name : kOccupancyOf) {
    const Multiprocessor& sm = find_multiprocessor(name);
    const Occupancy found = occupancy(
        sm,
        {k.threads, resources.registers, resources.shared_bytes + static_cast<int>(k.dynamic_shared_bytes)});
    warps[name] = {{"warps", found.warps}, {"of", sm.warps}, {"limit", found.limit}};
  }
  return warps;
}

Json op_json(const OpCall& call, const Problem& problem) {
  return {{"op", call.op},
          {"operands", formula(call.once, problem.names())},
          {"passes", (call.counted_bytes() - call.counted_bytes(kScratchName)) / bytes_of(call.once)},
          {"scratch_bytes", call.counted_bytes(kScratchName)},
          {"launches", call.launches.size()},
          {"index_bytes", call.counted_bytes(kIndexName)},
          {"activations", call.counted_bytes() / problem.sizes().activation_bytes()},
          {"flops", call.product_flops()}};
}

Json scaled_json(const std::vector<OpCall>& calls, const Problem& problem, const KnownProblem& target,
                 const std::optional<Card>& card, bool tf32) {
  double bytes = 0.0, index = 0.0, flops = 0.0, seconds = 0.0;
  for (const ScaledOp& op : scaled(calls, problem, target.sizes)) {
    bytes += op.bytes;
    index += op.index;
    flops += op.flops;
    if (card) seconds += predicted_seconds(op, *card, tf32);
  }
  Json json{{"dataset", target.name},
            {"sizes_from", target.source},
            {"bytes_besides_index", bytes},
            {"index_bytes", index},
            {"activations", bytes / target.sizes.activation_bytes()},
            {"dense_flops", flops}};
  if (card) json["predicted_epoch_seconds"] = seconds;
  return json;
}

Json count(const Options& options) {
  const Problem problem(options.problem);
  const std::vector<OpCall> calls = count_training_epoch(problem);
  std::optional<PtxasReport> report;
  if (!options.ptxas.empty()) report.emplace(options.ptxas);
  std::optional<Card> card;
  if (!options.card.empty()) card = find_card(options.card);

  Json json = provenance("host execution of CUDA kernels: counted, not measured");
  const ProblemSizes& s = problem.sizes();
  json["recipe"] = options.problem.recipe;
  json["sizes"] = {{"N", s.n}, {"E", s.e}, {"R", s.r}, {"ER", s.er},
                   {"C", s.c}, {"H", s.h}, {"K", s.k}, {"P", s.p}};
  for (const KernelCounters& k : by_kernel(calls)) {
    Json kernel = kernel_json(k);
    const auto resources = report ? report->find(k.kernel, k.static_shared_bytes) : std::nullopt;
    if (resources) {
      kernel["registers"] = resources->registers;
      kernel["occupancy"] = occupancy_json(k, *resources);
    }
    json["kernels"].push_back(kernel);
  }
  for (const OpCall& call : calls) json["ops"].push_back(op_json(call, problem));
  json["activations_moved"] = activations_moved(calls, s);
  for (const KnownProblem& target : known_problems(problem.config())) {
    json["scaled"].push_back(scaled_json(calls, problem, target, card, options.tf32));
  }
  if (card) {
    json["card"] = {{"name", card->name},
                    {"memory_bytes_per_second", card->memory_bytes_per_second},
                    {"products_in", options.tf32 && card->tf32_flops > 0.0 ? "tf32" : "fp32"},
                    {"source", card->source}};
  }
  return json;
}

// ---- as text

double number(const Json& json, const char* key) { return json.at(key).get<double>(); }
std::string text(const Json& json, const char* key) { return json.at(key).get<std::string>(); }

void show_kernels(const Json& json) {
  fmt::print("\n{:42}{:>6}{:>10}{:>10}{:>9}{:>8}{:>7}{:>10}{:>8}{:>10}{:>12}\n", "kernel", "calls",
             "requests", "sectors", "/fewest", "16 byte", "lanes", "conflicts", "atomics", "kB read",
             "kB written");
  for (const Json& k : json["kernels"]) {
    fmt::print("{:42}{:>6}{:>10}{:>10}{:9.3f}{:7.0f}%{:7.1f}{:>10}{:>8}{:10.1f}{:12.1f}\n", text(k, "kernel"),
               k["launches"].dump(), k["requests"].dump(), k["sectors"].dump(),
               number(k, "sectors_over_fewest"), number(k, "share_of_16_bytes") * 100.0,
               number(k, "active_lanes"), k["bank_conflicts"].dump(), k["atomic_requests"].dump(),
               number(k, "bytes_read") / 1e3, number(k, "bytes_written") / 1e3);
  }
}

void show_occupancy(const Json& json) {
  bool headed = false;
  for (const Json& k : json["kernels"]) {
    if (!k.contains("occupancy")) continue;
    if (!headed) {
      fmt::print("\n{:42}{:>10}", "resident warps, theoretical", "registers");
      for (const char* name : kOccupancyOf) fmt::print("{:>24}", name);
      fmt::print("\n");
      headed = true;
    }
    fmt::print("{:42}{:>10}", text(k, "kernel"), k["registers"].dump());
    for (const auto& [name, o] : k["occupancy"].items()) {
      fmt::print("{:>24}", fmt::format("{}/{} {}", o["warps"].dump(), o["of"].dump(), text(o, "limit")));
    }
    fmt::print("\n");
  }
}

void show_ops(const Json& json) {
  fmt::print("\n{:26}{:44}{:>8}{:>9}{:>10}{:>12}{:>12}\n", "op", "operands, bytes", "passes", "launches", "U",
             "scratch kB", "index kB");
  for (const Json& op : json["ops"]) {
    fmt::print("{:26}{:44}{:8.2f}{:>9}{:10.3f}{:12.1f}{:12.1f}\n", text(op, "op"), text(op, "operands"),
               number(op, "passes"), op["launches"].dump(), number(op, "activations"),
               number(op, "scratch_bytes") / 1e3, number(op, "index_bytes") / 1e3);
  }
  fmt::print("an epoch moves {:.2f} U besides the index (U = one N x H activation of float32)\n",
             number(json, "activations_moved"));
}

void show_scaled(const Json& json) {
  fmt::print("\n");
  for (const Json& s : json["scaled"]) {
    fmt::print("{}: {:.3f} GB, {:.2f} U besides {:.3f} GB of index; {:.1f} GFLOP in dense products\n",
               text(s, "dataset"), number(s, "bytes_besides_index") / 1e9, number(s, "activations"),
               number(s, "index_bytes") / 1e9, number(s, "dense_flops") / 1e9);
    if (!s.contains("predicted_epoch_seconds")) continue;
    const Json& card = json["card"];
    fmt::print(
        "{}: predicted {:.3f} ms per training epoch on {} (predicted from {:.0f} GB/s as published, "
        "products in {}; not measured)\n",
        text(s, "dataset"), number(s, "predicted_epoch_seconds") * 1e3, text(card, "name"),
        number(card, "memory_bytes_per_second") / 1e9, text(card, "products_in"));
  }
}

void run(const Options& options) {
  const Json json = count(options);
  if (options.json) {
    fmt::print("{}\n", json.dump(1));
    return;
  }
  fmt::print("{}\n{}: sizes {}\n", text(json, "device"), text(json, "recipe"), json["sizes"].dump());
  show_kernels(json);
  show_occupancy(json);
  show_ops(json);
  show_scaled(json);
}

}  // namespace

void add_counters(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("counters", "what a training epoch would move on a GPU, counted");
  ProblemOptions& problem = options->problem;
  command->add_option("--recipe", problem.recipe, "what to train")->capture_default_str();
  command->add_option("--nodes", problem.nodes, "nodes of the small graph")
      ->check(CLI::Range(1024, 100000))
      ->capture_default_str();
  command->add_option("--classes", problem.classes, "classes")
      ->check(CLI::Range(1, 65536))
      ->capture_default_str();
  command->add_option("--hidden", problem.hidden, "hidden columns")
      ->check(CLI::Range(1, 65536))
      ->capture_default_str();
  command->add_option("--ptxas", options->ptxas, "report of bench/gpu/ptxas_report.py, for occupancy");
  command->add_option("--card", options->card, "a card to predict a time for, from its published figures");
  command->add_flag("--tf32", options->tf32, "predict with dense products in TF32 where the card has it");
  add_json_flag(command, options->json);
  command->callback([options] { run(*options); });
}

}  // namespace weft::bench
