#include "engine/run/snapshot.hpp"

#include <algorithm>

namespace weft::engine {
namespace {

void copy(Backend& backend, Stream& stream, const Buffer<float>& from, Buffer<float>& to) {
  backend.copy(stream, to.data(), from.data(), from.bytes());
}

}  // namespace

Snapshot::Snapshot(Backend& backend, models::Parameters& parameters)
    : values_(backend, parameters.values().size(), "kept parameters"),
      moment1_(backend, parameters.moment1().size(), "kept moments"),
      moment2_(backend, parameters.moment2().size(), "kept moments"),
      states_(backend, parameters.states().size(), "kept running statistics") {}

void Snapshot::take(Backend& backend, Stream& stream, models::Parameters& parameters, std::int64_t step) {
  copy(backend, stream, parameters.values(), values_);
  copy(backend, stream, parameters.moment1(), moment1_);
  copy(backend, stream, parameters.moment2(), moment2_);
  copy(backend, stream, parameters.states(), states_);
  step_ = step;
}

SnapshotPool::SnapshotPool(Backend& backend, models::Parameters& parameters, int count) {
  for (int i = 0; i < count; ++i) all_.push_back(std::make_shared<Snapshot>(backend, parameters));
}

SnapshotPtr SnapshotPool::take(Backend& backend, Stream& stream, models::Parameters& parameters,
                               std::int64_t step) {
  const auto free = std::find_if(all_.begin(), all_.end(), [](const auto& s) { return s.use_count() == 1; });
  WEFT_CHECK(free != all_.end(), "snapshots: all ", all_.size(), " are held");
  (*free)->take(backend, stream, parameters, step);
  return *free;
}

}  // namespace weft::engine
