#include "engine/run/epoch_ring.hpp"

#include <algorithm>

namespace weft::engine {

EpochRing::EpochRing(Backend& backend, int size) : backend_(backend) {
  slots_.reserve(static_cast<std::size_t>(size));
  for (int i = 0; i < size; ++i) slots_.emplace_back(backend);
}

void EpochRing::begin(Stream& stream) {
  WEFT_CHECK(in_flight_ < static_cast<int>(slots_.size()), "epochs: all ", slots_.size(), " are in flight");
  newest().has_scores = false;
  newest().begin->record(stream);
}

void EpochRing::trained(Stream& stream, Vec<const double> loss) {
  backend_.download_later(stream, &newest().results->loss, loss.data, sizeof(double));
  newest().trained->record(stream);
}

void EpochRing::evaluated(Stream& stream, Vec<const std::int64_t> correct) {
  backend_.download_later(stream, newest().results->correct, correct.data, sizeof(Results::correct));
  newest().evaluated->record(stream);
  newest().has_scores = true;
}

void EpochRing::end(SnapshotPtr state) {
  newest().state = std::move(state);
  next_ = (next_ + 1) % static_cast<int>(slots_.size());
  ++in_flight_;
}

Epoch EpochRing::take() {
  WEFT_CHECK(in_flight_ > 0, "epochs: none is in flight");
  const int size = static_cast<int>(slots_.size());
  Slot& slot = slots_[static_cast<std::size_t>((next_ - in_flight_ + size) % size)];
  --in_flight_;
  (slot.has_scores ? slot.evaluated : slot.trained)->wait();
  Epoch epoch;
  epoch.loss = slot.results->loss;
  epoch.seconds_train = slot.trained->seconds_since(*slot.begin);
  epoch.state = std::move(slot.state);
  if (!slot.has_scores) return epoch;
  epoch.seconds_evaluate = slot.evaluated->seconds_since(*slot.trained);
  epoch.correct.emplace();
  std::copy_n(slot.results->correct, kSplitParts, epoch.correct->begin());
  return epoch;
}

}  // namespace weft::engine
