#pragma once
// What of the host's memory a kernel may reach on its fiber: its own stack, the arguments of the launch, and
// the program's constants. Anything else is a host pointer on the device.
#include <cstdint>
#include <vector>

namespace weft::simt {

class HostProgram {
 public:
  bool may_reach(std::uintptr_t address);

 private:
  struct Range {
    std::uintptr_t begin, end;
  };
  bool in_loaded_file(std::uintptr_t address) const;
  void list_loaded_files();

  std::vector<Range> loaded_;
};

}  // namespace weft::simt
