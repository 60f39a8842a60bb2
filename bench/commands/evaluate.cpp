// weft-bench evaluate: scores of made predictions of the sizes of OGB's test sets, from memory.
#include <fmt/format.h>

#include <memory>
#include <random>

#include "bench/commands/commands.hpp"
#include "bench/support/rows.hpp"
#include "data/metrics/evaluator.hpp"
#include "kernels/cpu_backend.hpp"

namespace weft::bench {
namespace {

struct Options {
  int threads = 0;
  int repeats = 10;
  bool json = false;
};

std::vector<float> random_scores(std::int64_t count) {
  std::vector<float> scores(static_cast<std::size_t>(count));
  std::mt19937 draw(1);
  for (float& score : scores) score = static_cast<float>(draw() >> 8) * 0x1.0p-24f;
  return scores;
}

/// One dataset's test set: what is scored, its size, and the time.
Json measure(const char* dataset, const data::Arrays& inputs, Stopwatch& stopwatch, int threads,
             int repeats) {
  const data::Evaluator evaluator{std::string(dataset)};
  data::Evaluation evaluation;
  const Samples samples = stopwatch.time(repeats, [&] {
    evaluation = evaluator.evaluate(inputs, {threads, false});
  });
  double bytes = 0.0;
  for (const auto& [key, array] : inputs) bytes += static_cast<double>(array.bytes());
  Json json = to_json(Row{dataset, evaluator.metric(), bytes, 0.0, samples});
  json["score"] = evaluation.score(evaluator.metric());
  return json;
}

Json measure_ranks(Stopwatch& stopwatch, int threads, int repeats) {
  constexpr std::int64_t kRows = 86'596, kCandidates = 1'000;  // ogbl-citation2
  const std::vector<float> positives = random_scores(kRows), negatives = random_scores(kRows * kCandidates);
  return measure("ogbl-citation2",
                 {{"y_pred_pos", {DType::kF32, {kRows}, positives.data()}},
                  {"y_pred_neg", {DType::kF32, {kRows, kCandidates}, negatives.data()}}},
                 stopwatch, threads, repeats);
}

Json measure_areas(Stopwatch& stopwatch, int threads, int repeats) {
  constexpr std::int64_t kRows = 24'679, kTasks = 112;  // ogbn-proteins
  const std::vector<float> scores = random_scores(kRows * kTasks);
  std::vector<std::int64_t> labels(scores.size());
  std::mt19937 draw(2);
  for (std::int64_t& label : labels) label = draw() & 1u;
  return measure("ogbn-proteins",
                 {{"y_true", {DType::kI64, {kRows, kTasks}, labels.data()}},
                  {"y_pred", {DType::kF32, {kRows, kTasks}, scores.data()}}},
                 stopwatch, threads, repeats);
}

void run(const Options& options) {
  const Device device = open_device({"cpu", options.threads});
  const Json json = between_peaks(device, provenance(device.backend->description()), [&] {
    Stopwatch stopwatch(*device.backend);
    return Json::array({measure_ranks(stopwatch, device.threads, options.repeats),
                        measure_areas(stopwatch, device.threads, options.repeats)});
  });
  print(json, options.json);
}

}  // namespace

void add_evaluate(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "evaluate", "scores of predictions as many as OGB's large test sets have, from memory");
  command->add_option("--threads", options->threads, "threads; 0 is every CPU the process may use")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  add_repeats_option(command, options->repeats);
  add_json_flag(command, options->json);
  command->callback([options] { run(*options); });
}

}  // namespace weft::bench
