#pragma once
// From addresses in the program to lines of its source, by addr2line and the program's debug information.
#include <string>
#include <vector>

namespace weft::simt {

struct CodePlace {
  std::string file;  // empty where there is no debug information
  int line = 0;
};
/// "kernels/cuda/spmm.cu:40", or what can be said without debug information.
std::string text_of(const CodePlace& place);

/// Whether it lies in this folder, so that debug information did not tell more.
bool in_runtime(const CodePlace& place);

/// Where each call came from, given its return address: the line in a kernel's file where that can be told,
/// also when the call was made by an inlined function of this folder. Slow (a process is started); what was
/// asked for once is remembered.
std::vector<CodePlace> places_of_calls(const std::vector<const void*>& return_addresses);
CodePlace place_of_call(const void* return_address);

}  // namespace weft::simt
