#include "engine/run/model_state.hpp"

#include <algorithm>
#include <vector>

namespace weft::engine {
namespace {

constexpr const char* kMoment1 = "adam.m.";
constexpr const char* kMoment2 = "adam.v.";

std::vector<std::int64_t> shape_of(const models::NamedArray& array) {
  if (array.cols == 1) return {array.rows};
  return {array.rows, array.cols};
}

void append(const std::vector<models::NamedArray>& arrays, const std::string& prefix,
            const Buffer<float>& buffer, Stream& stream, Checkpoint& checkpoint) {
  std::vector<float> from(static_cast<std::size_t>(buffer.size()));
  buffer.download(stream, from.data());
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
      fail(ErrorCode::kBadData, checkpoint.file, ": damaged: array '", saved.name, "' has ",
           saved.values.size(), " values where its model has ", array.size(), "; use another copy");
    }
    std::copy(saved.values.begin(), saved.values.end(), host.begin() + array.offset);
  }
  buffer.upload(stream, host.data());
}

}  // namespace

void to_checkpoint(const models::Parameters& parameters, const Snapshot& snapshot, Stream& stream,
                   Checkpoint& checkpoint) {
  checkpoint.step = snapshot.step();
  append(parameters.arrays(), "", snapshot.values(), stream, checkpoint);
  append(parameters.arrays(), kMoment1, snapshot.moment1(), stream, checkpoint);
  append(parameters.arrays(), kMoment2, snapshot.moment2(), stream, checkpoint);
  append(parameters.state_arrays(), "", snapshot.states(), stream, checkpoint);
}

std::uint64_t checkpoint_bytes(const models::Parameters& parameters) {
  constexpr std::uint64_t kHeader = 1 << 16;  // more than names, shapes and options take
  const auto values = static_cast<std::uint64_t>(3 * parameters.count());  // and their two moments
  std::uint64_t states = 0;
  for (const models::NamedArray& array : parameters.state_arrays()) {
    states += static_cast<std::uint64_t>(array.size());
  }
  return kHeader + sizeof(float) * (values + states);
}

void restore(const Checkpoint& checkpoint, models::Parameters& parameters, Stream& stream) {
  load(parameters.arrays(), "", checkpoint, parameters.values(), stream);
  load(parameters.arrays(), kMoment1, checkpoint, parameters.moment1(), stream);
  load(parameters.arrays(), kMoment2, checkpoint, parameters.moment2(), stream);
  load(parameters.state_arrays(), "", checkpoint, parameters.states(), stream);
}

}  // namespace weft::engine
