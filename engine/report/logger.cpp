#include "engine/report/logger.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

namespace weft::engine {
namespace {

template <class Score>
Spread spread(const std::vector<RunResult>& runs, Score score) {
  double sum = 0.0;
  for (const RunResult& run : runs) sum += score(run);
  Spread result;
  const auto count = static_cast<double>(runs.size());
  result.mean = sum / count;
  if (runs.size() < 2) return result;
  double squares = 0.0;
  for (const RunResult& run : runs) squares += std::pow(score(run) - result.mean, 2);
  result.std = std::sqrt(squares / (count - 1.0));
  return result;
}

std::string spread_text(const Spread& spread, const Metric& metric) {
  const std::string mean = metric.shown(spread.mean);
  return spread.std ? fmt::format("{} ± {}", mean, metric.shown(*spread.std)) : mean;
}

/// The better of two scores, exactly; any number is better than NaN.
double better_of(double a, double b, const Metric& metric) {
  if (std::isnan(a)) return b;
  return metric.higher_is_better ? std::max(a, b) : std::min(a, b);
}

/// Four figures in the lines of OGB's logger.
std::string block(const std::string& heading, const Metric& metric,
                  const std::array<std::string, 4>& figures) {
  return fmt::format("{}:\n{:>7} Train: {}\n{:>7} Valid: {}\n  Final Train: {}\n   Final Test: {}", heading,
                     metric.best_word(), figures[0], metric.best_word(), figures[1], figures[2], figures[3]);
}

constexpr const char* kLastEpoch = ", last epoch";  // in the headings of blocks

}  // namespace

std::string evaluation_line(const Evaluation& e, const Metric& metric) {
  const auto shown = [&](double score) { return metric.shown(score) + std::string(metric.unit); };
  return fmt::format("Run: {:02d}, Epoch: {:02d}, Loss: {:.4f}, Train: {}, Valid: {} Test: {}", e.run,
                     e.epoch, e.loss, shown(e.train), shown(e.valid), shown(e.test));
}

bool Logger::add(const Evaluation& evaluation) {
  const auto run = static_cast<std::size_t>(evaluation.run);
  WEFT_CHECK(run >= 1 && run >= runs_.size(), "logger: run ", evaluation.run, " comes after run ", runs());
  runs_.resize(run);
  runs_.back().push_back(evaluation);
  if (selection_.last) return false;
  const bool best = !best_valid_ || beats(evaluation.valid, *best_valid_, selection_.metric);
  if (best) best_valid_ = evaluation.valid;
  return best;
}

const std::vector<Evaluation>& Logger::evaluations(int run) const {
  WEFT_CHECK(run >= 0 && run < runs(), "logger: no run ", run, "; there are ", runs());
  return runs_[static_cast<std::size_t>(run)];
}

std::vector<Evaluation> Logger::up_to(int run, int epoch) const {
  std::vector<Evaluation> all;
  for (const std::vector<Evaluation>& of_run : runs_) {
    std::copy_if(of_run.begin(), of_run.end(), std::back_inserter(all),
                 [&](const Evaluation& e) { return e.run <= run || (e.run == run + 1 && e.epoch <= epoch); });
  }
  return all;
}

std::size_t Logger::best(int run) const {
  const std::vector<Evaluation>& all = evaluations(run);
  std::size_t best = 0;
  for (std::size_t i = 1; i < all.size(); ++i) {
    if (beats(all[i].valid, all[best].valid, selection_.metric)) best = i;
  }
  return best;
}

std::size_t Logger::chosen(int run) const {
  const std::vector<Evaluation>& all = evaluations(run);
  WEFT_CHECK(!all.empty(), "logger: run ", run, " has no evaluation");
  return selection_.last ? all.size() - 1 : best(run);
}

RunResult Logger::result(int run) const {
  const std::vector<Evaluation>& all = evaluations(run);
  const Evaluation& at = all[chosen(run)];
  RunResult result;
  result.best_epoch = at.epoch;
  result.train = at.train;
  result.valid = at.valid;
  result.test = at.test;
  result.highest_valid = all[best(run)].valid;
  result.highest_train = all.front().train;
  for (const Evaluation& e : all) result.highest_train = better_of(result.highest_train, e.train, metric());
  return result;
}

std::string Logger::run_block(int run) const {
  const RunResult r = result(run);
  const auto shown = [this](double score) { return metric().shown(score); };
  return block(fmt::format("Run {:02d}{}", run + 1, selection_.last ? kLastEpoch : ""), metric(),
               {shown(r.highest_train), shown(r.highest_valid), shown(r.train), shown(r.test)});
}

void summarize(TrainResult& summary) {
  WEFT_CHECK(!summary.runs.empty(), "summary: there is no finished run");
  summary.highest_train = spread(summary.runs, [](const RunResult& r) { return r.highest_train; });
  summary.highest_valid = spread(summary.runs, [](const RunResult& r) { return r.highest_valid; });
  summary.final_train = spread(summary.runs, [](const RunResult& r) { return r.train; });
  summary.final_test = spread(summary.runs, [](const RunResult& r) { return r.test; });
}

std::string all_runs_block(const TrainResult& summary, const Metric& metric) {
  const auto shown = [&](const Spread& spread) { return spread_text(spread, metric); };
  return block(fmt::format("All runs{}", summary.select == "last" ? kLastEpoch : ""), metric,
               {shown(summary.highest_train), shown(summary.highest_valid), shown(summary.final_train),
                shown(summary.final_test)});
}

}  // namespace weft::engine
