#pragma once
// Where in a kernel file something was asked for. As the last default argument of a device function it costs
// nothing and names the caller's line in every complaint.

namespace weft::simt {

struct Place {
  const char* file = "";
  int line = 0;
  const void* call = nullptr;  // where known: the return address, which tells the line of the kernel itself

  static constexpr Place here(const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
    return {file, line, nullptr};
  }
};

bool operator==(const Place& a, const Place& b);
inline bool operator!=(const Place& a, const Place& b) { return !(a == b); }

}  // namespace weft::simt
