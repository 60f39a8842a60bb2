#pragma once
// The wish to stop: set from a signal handler or another thread, polled by the trainer between epochs.

namespace weft::engine {

/// Whether weft::request_stop() was called since the last clear_stop().
bool stop_requested() noexcept;
void clear_stop() noexcept;

}  // namespace weft::engine
