#include "engine/report/logger.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

namespace weft::engine {
namespace {

/// A score as OGB's logger stores and compares it.
float percent(double score) { return 100.0f * static_cast<float>(score); }

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

std::string spread_text(const Spread& spread) {
  const std::string mean = fmt::format("{:.2f}", 100.0 * spread.mean);
  return spread.std ? fmt::format("{} ± {:.2f}", mean, 100.0 * *spread.std) : mean;
}

constexpr const char* kLastEpoch = ", last epoch";  // in the headings of blocks

}  // namespace

bool beats(double score, double best, Better better) {
  const float a = percent(score);
  const float b = percent(best);
  if (std::isnan(a) || std::isnan(b)) return !std::isnan(a);
  return better == Better::kHigher ? a > b : a < b;
}

std::string evaluation_line(const Evaluation& e) {
  return fmt::format("Run: {:02d}, Epoch: {:02d}, Loss: {:.4f}, Train: {:.2f}%, Valid: {:.2f}% Test: {:.2f}%",
                     e.run, e.epoch, e.loss, 100.0 * e.train, 100.0 * e.valid, 100.0 * e.test);
}

bool Logger::add(const Evaluation& evaluation) {
  const auto run = static_cast<std::size_t>(evaluation.run);
  WEFT_CHECK(run >= 1 && run >= runs_.size(), "logger: run ", evaluation.run, " comes after run ", runs());
  runs_.resize(run);
  runs_.back().push_back(evaluation);
  if (selection_.last) return false;
  const bool best = !best_valid_ || beats(evaluation.valid, *best_valid_, selection_.better);
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
    if (beats(all[i].valid, all[best].valid, selection_.better)) best = i;
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
  for (const Evaluation& e : all) result.highest_train = std::max(result.highest_train, e.train);
  return result;
}

std::string Logger::run_block(int run) const {
  const RunResult r = result(run);
  return fmt::format(
      "Run {:02d}{}:\nHighest Train: {:.2f}\nHighest Valid: {:.2f}\n  Final Train: {:.2f}\n   Final Test: "
      "{:.2f}",
      run + 1, selection_.last ? kLastEpoch : "", 100.0 * r.highest_train, 100.0 * r.highest_valid,
      100.0 * r.train, 100.0 * r.test);
}

void summarize(TrainResult& summary) {
  WEFT_CHECK(!summary.runs.empty(), "summary: there is no finished run");
  summary.highest_train = spread(summary.runs, [](const RunResult& r) { return r.highest_train; });
  summary.highest_valid = spread(summary.runs, [](const RunResult& r) { return r.highest_valid; });
  summary.final_train = spread(summary.runs, [](const RunResult& r) { return r.train; });
  summary.final_test = spread(summary.runs, [](const RunResult& r) { return r.test; });
}

std::string all_runs_block(const TrainResult& summary) {
  return fmt::format(
      "All runs{}:\nHighest Train: {}\nHighest Valid: {}\n  Final Train: {}\n   Final Test: {}",
      summary.select == "last" ? kLastEpoch : "", spread_text(summary.highest_train),
      spread_text(summary.highest_valid), spread_text(summary.final_train), spread_text(summary.final_test));
}

}  // namespace weft::engine
