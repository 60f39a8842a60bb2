#pragma once
// How long work is watched: it tells how far it is, and asks whether to go on.
#include <cstdint>
#include <functional>
#include <string>

namespace weft::data {

/// Each may be empty.
struct Watch {
  /// `what` is "download" or "unpack"; bytes done, and in all (0: not known).
  std::function<void(const char* what, std::uint64_t done, std::uint64_t total)> progress;
  std::function<void(const std::string& line)> note;
  std::function<bool()> stop;

  void show(const char* what, std::uint64_t done, std::uint64_t total) const {
    if (progress) progress(what, done, total);
  }
  void say(const std::string& line) const {
    if (note) note(line);
  }
  bool stopped() const { return stop && stop(); }
};

}  // namespace weft::data
