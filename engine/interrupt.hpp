#pragma once
// The wish to stop: set from a signal handler or another thread, polled where work can end.
#include <string>

namespace weft::engine {

/// Whether weft::request_stop() was called since the last clear_stop().
bool stop_requested() noexcept;
void clear_stop() noexcept;
/// Errors: kInterrupted, "NAME: stopped; LEFT", where somebody wishes so.
void end_if_asked(const std::string& name, const char* left);

}  // namespace weft::engine
