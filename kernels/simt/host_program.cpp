#include "kernels/simt/host_program.hpp"

#include <link.h>

#include "kernels/simt/machine.hpp"

namespace weft::simt {

bool HostProgram::may_reach(std::uintptr_t address) {
  const Machine& machine = Machine::get();
  if (machine.fibers().holds(address)) return true;
  const Launch& launch = machine.current_launch();
  if (address - reinterpret_cast<std::uintptr_t>(launch.arguments) < launch.argument_bytes) return true;
  if (in_loaded_file(address)) return true;
  list_loaded_files();  // a library may have come since
  return in_loaded_file(address);
}

bool HostProgram::in_loaded_file(std::uintptr_t address) const {
  for (const Range& range : loaded_) {
    if (address >= range.begin && address < range.end) return true;
  }
  return false;
}

void HostProgram::list_loaded_files() {
  loaded_.clear();
  dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* ranges) {
        for (int i = 0; i < info->dlpi_phnum; ++i) {
          if (info->dlpi_phdr[i].p_type != PT_LOAD) continue;
          const std::uintptr_t begin = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
          static_cast<std::vector<Range>*>(ranges)->push_back({begin, begin + info->dlpi_phdr[i].p_memsz});
        }
        return 0;
      },
      &loaded_);
}

}  // namespace weft::simt
