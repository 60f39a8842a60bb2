#pragma once
// What the program shows: results on stdout, a log and, on a terminal, a progress bar on stderr.
#include <string>

#include "weft/weft.hpp"

namespace weft::cli {

/// Notes and progress of a command, which may quote what files hold: they are cleaned as errors are
/// (one_line). With `results`, lines of results too.
Events terminal_events(bool results);

/// Writes a result to stdout; a closed terminal is taken as its signal, SIGHUP. Errors: kIo (a full disk, a
/// closed pipe).
void print(const std::string& text);

/// Wipes the progress bar off the terminal, if there is one.
void end_progress();

/// Appends a row of a report: what it is about, and the value, both cleaned as notes are.
void line(std::string& text, const char* what, const std::string& value);

/// "1,234,567".
std::string grouped(std::int64_t number);
/// ", nodes in order rcm"; nothing for "none" and where there is no cache.
std::string order_text(const std::string& node_order);
/// "1.23 GB", in powers of 1000.
std::string bytes_text(std::uint64_t bytes);

}  // namespace weft::cli
