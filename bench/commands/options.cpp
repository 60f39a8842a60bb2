#include <unistd.h>

#include <fstream>
#include <iterator>

#include "bench/commands/commands.hpp"
#include "engine/include/weft/weft.hpp"

namespace weft::bench {
namespace {

std::string command_line() {
  std::ifstream in("/proc/self/cmdline");
  std::string words{std::istreambuf_iterator<char>(in), {}};
  if (!words.empty()) words.pop_back();
  for (char& letter : words) {
    if (letter == '\0') letter = ' ';
  }
  return words;
}

}  // namespace

void add_device_options(CLI::App* command, DeviceOptions& device) {
  command->add_option("--device", device.device, "where to compute: auto takes a GPU where one can be used")
      ->check(CLI::IsMember({"auto", "cpu", "cuda"}))
      ->capture_default_str();
  command->add_option("--threads", device.threads, "of the CPU; 0 is every one the process may use")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
}

void add_json_flag(CLI::App* command, bool& json) {
  command->add_flag("--json", json, "print JSON instead of a table");
}

void add_repeats_option(CLI::App* command, int& repeats) {
  command->add_option("--repeats", repeats, "how often each thing is timed")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
}

void add_root_option(CLI::App* command, std::string& root) {
  root = default_root().string();
  command->add_option("--root", root, "where dataset folders lie")->capture_default_str();
}

Json provenance(const std::string& device_description) {
  return {{"version", version()},
          {"git_revision", git_revision()},
          {"device", device_description},
          {"command", command_line()}};
}

}  // namespace weft::bench
