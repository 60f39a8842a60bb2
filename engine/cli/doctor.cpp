// weft doctor.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "commands.hpp"
#include "terminal.hpp"

namespace weft::cli {
namespace {

std::string or_none(const std::string& text, const char* none) { return text.empty() ? none : text; }

std::string libraries_text(const Machine& machine) {
  std::vector<std::string> parts;
  for (const auto& [name, its_version] : machine.libraries) parts.push_back(name + " " + its_version);
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string doctor_text(const Diagnosis& d) {
  std::string text;
  line(text, "weft", d.machine.version + " (" + d.machine.git_revision + ")");
  line(text, "built with", libraries_text(d.machine));
  line(text, "CPU", fmt::format("{}, {} that this process may use", d.machine.cpu_model, d.machine.cpus));
  line(text, "instruction sets", fmt::format("{}", fmt::join(d.machine.instruction_sets, ", ")));
  line(text, "memory", bytes_text(d.memory_bytes) + ", " + bytes_text(d.memory_available_bytes) + " free");
  line(text, "GPU", d.gpu.usable ? d.gpu.device : d.gpu.seen ? "seen, but not usable" : "none");
  line(text, "NVIDIA driver", or_none(d.gpu.driver, "not loaded"));
  line(text, "CUDA library", or_none(d.gpu.library, "not found"));
  if (!d.gpu.usable) line(text, "CUDA says", d.gpu.problem);
  for (const std::string& advice : d.advice) line(text, "to do", advice);
  if (d.advice.empty()) line(text, "to do", "nothing");
  return text;
}

}  // namespace

void run(const DoctorCommand& command) {
  const Diagnosis found = diagnose();
  print(command.json ? to_json(found) + "\n" : doctor_text(found));
}

}  // namespace weft::cli
