#include "engine/model_state.hpp"

#include <algorithm>

namespace weft::engine {
namespace {

constexpr const char* kMoment1 = "adam.m.";
constexpr const char* kMoment2 = "adam.v.";

void download(const Buffer<float>& buffer, Stream& stream, std::vector<float>& host) {
  host.resize(static_cast<std::size_t>(buffer.size()));
  buffer.download(stream, host.data());
}

std::vector<std::int64_t> shape_of(const models::NamedArray& array) {
  if (array.cols == 1) return {array.rows};
  return {array.rows, array.cols};
}

void append(const std::vector<models::NamedArray>& arrays, const std::string& prefix,
            const std::vector<float>& from, Checkpoint& checkpoint) {
  for (const models::NamedArray& array : arrays) {
    const auto begin = from.begin() + array.offset;
    checkpoint.arrays.push_back({prefix + array.name, shape_of(array), {begin, begin + array.size()}});
  }
}

void load(const std::vector<models::NamedArray>& arrays, const std::string& prefix,
          const Checkpoint& checkpoint, Buffer<float>& buffer, Stream& stream) {
  std::vector<float> host(static_cast<std::size_t>(buffer.size()), 0.0f);
  for (const models::NamedArray& array : arrays) {
    const CheckpointArray& saved = checkpoint.array(prefix + array.name);
    if (saved.shape != shape_of(array)) {
      fail(ErrorCode::kBadData, "checkpoint: array '", saved.name, "' has ", saved.values.size(),
           " values where ", array.size(), " are wanted; it belongs to another model");
    }
    std::copy(saved.values.begin(), saved.values.end(), host.begin() + array.offset);
  }
  buffer.upload(stream, host.data());
}

}  // namespace

void take(Session& session, ModelState& state) {
  models::Parameters& parameters = session.parameters();
  download(parameters.values(), session.stream(), state.values);
  download(parameters.moment1(), session.stream(), state.moment1);
  download(parameters.moment2(), session.stream(), state.moment2);
  download(parameters.states(), session.stream(), state.states);
  state.step = session.step();
}

void to_checkpoint(const models::Parameters& parameters, const ModelState& state, Checkpoint& checkpoint) {
  checkpoint.step = state.step;
  append(parameters.arrays(), "", state.values, checkpoint);
  append(parameters.arrays(), kMoment1, state.moment1, checkpoint);
  append(parameters.arrays(), kMoment2, state.moment2, checkpoint);
  append(parameters.state_arrays(), "", state.states, checkpoint);
}

void restore(const Checkpoint& checkpoint, Session& session) {
  models::Parameters& parameters = session.parameters();
  load(parameters.arrays(), "", checkpoint, parameters.values(), session.stream());
  load(parameters.arrays(), kMoment1, checkpoint, parameters.moment1(), session.stream());
  load(parameters.arrays(), kMoment2, checkpoint, parameters.moment2(), session.stream());
  load(parameters.state_arrays(), "", checkpoint, parameters.states(), session.stream());
}

}  // namespace weft::engine
