#pragma once
// The numbers of a training on their way between the backend's memory and a checkpoint.
#include "engine/run/checkpoint.hpp"
#include "engine/run/snapshot.hpp"

namespace weft::engine {

/// Writes a snapshot into the checkpoint's arrays and step, by the parameters' names. Waits for it.
void to_checkpoint(const models::Parameters& parameters, const Snapshot& snapshot, Stream& stream,
                   Checkpoint& checkpoint);

/// Bytes of a checkpoint's file, or some more.
std::uint64_t checkpoint_bytes(const models::Parameters& parameters);

/// Loads a checkpoint's arrays into parameters, moments and running statistics.
/// Errors: kBadData, naming the file, for an array that is missing or has another shape.
void restore(const Checkpoint& checkpoint, models::Parameters& parameters, Stream& stream);

}  // namespace weft::engine
