#include "kernels/simt/symbols.hpp"

#include <dlfcn.h>
#include <link.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <sstream>

namespace weft::simt {
namespace {

constexpr const char* kOwnFolder = "kernels/simt/";
const std::string kBuildFolder = WEFT_BUILD_FOLDER;

/// A file that code was loaded from, and how far its addresses have moved.
struct LoadedFile {
  std::string path;
  std::uintptr_t moved = 0;
};

/// The byte before the return address belongs to the call.
std::uintptr_t address_of_call(const void* return_address) {
  return reinterpret_cast<std::uintptr_t>(return_address) - 1;
}

std::string own_path() {
  char path[4096];
  const ssize_t length = readlink("/proc/self/exe", path, sizeof(path));
  return length > 0 ? std::string(path, static_cast<std::size_t>(length)) : std::string();
}

LoadedFile file_of(const void* address) {
  Dl_info info{}, own{};
  if (dladdr(address, &info) == 0) return {};
  const bool in_program =
      dladdr(reinterpret_cast<const void*>(&own_path), &own) != 0 && own.dli_fbase == info.dli_fbase;
  const bool movable = static_cast<const ElfW(Ehdr)*>(info.dli_fbase)->e_type == ET_DYN;
  return {in_program ? own_path() : info.dli_fname,
          movable ? reinterpret_cast<std::uintptr_t>(info.dli_fbase) : 0};
}

/// What a command prints, line by line.
std::vector<std::string> lines_of(const std::string& command) {
  std::vector<std::string> lines;
  std::FILE* const pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return lines;
  char buffer[4096];
  while (std::fgets(buffer, sizeof(buffer), pipe) != nullptr) {
    std::string line = buffer;
    if (!line.empty() && line.back() == '\n') line.pop_back();
    lines.push_back(line);
  }
  pclose(pipe);
  return lines;
}

/// "kernels/cuda/spmm.cu:40 (discriminator 3)" or "??:0".
CodePlace parse(const std::string& line) {
  const std::size_t colon = line.rfind(':');
  if (colon == std::string::npos || line[0] == '?') return {};
  CodePlace place{line.substr(0, colon),
                  static_cast<int>(std::strtol(line.c_str() + colon + 1, nullptr, 10))};
  // clang names it twice.
  while (place.file.compare(0, kBuildFolder.size(), kBuildFolder) == 0)
    place.file.erase(0, kBuildFolder.size());
  return place.line > 0 ? place : CodePlace{};
}

/// `frames` are the inlined calls around an address, the innermost first.
CodePlace kernel_line(const std::vector<CodePlace>& frames) {
  for (const CodePlace& frame : frames) {
    if (!frame.file.empty() && !in_runtime(frame)) return frame;
  }
  return frames.empty() ? CodePlace{} : frames.front();
}

/// addr2line precedes each address's frames by a line with the address.
void ask(const LoadedFile& file, const std::vector<const void*>& wanted,
         std::map<const void*, CodePlace>& known) {
  std::ostringstream command;
  command << "addr2line -a -i -e '" << file.path << "'" << std::hex;
  for (const void* address : wanted) command << " 0x" << address_of_call(address) - file.moved;
  command << " 2>/dev/null";
  std::vector<std::vector<CodePlace>> frames;
  for (const std::string& line : lines_of(command.str())) {
    if (line.compare(0, 2, "0x") == 0) {
      frames.emplace_back();
    } else if (!frames.empty()) {
      frames.back().push_back(parse(line));
    }
  }
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    known[wanted[i]] = i < frames.size() ? kernel_line(frames[i]) : CodePlace{};
  }
}

}  // namespace

bool in_runtime(const CodePlace& place) { return place.file.find(kOwnFolder) != std::string::npos; }

std::string text_of(const CodePlace& place) {
  if (place.file.empty()) return "a place without debug information";
  return place.file + ":" + std::to_string(place.line);
}

std::vector<CodePlace> places_of_calls(const std::vector<const void*>& return_addresses) {
  static std::map<const void*, CodePlace> known;
  std::map<std::string, std::pair<LoadedFile, std::vector<const void*>>> unknown;
  for (const void* address : return_addresses) {
    if (known.count(address) != 0) continue;
    const LoadedFile file = file_of(address);
    unknown[file.path].first = file;
    unknown[file.path].second.push_back(address);
  }
  for (const auto& [path, wanted] : unknown) ask(wanted.first, wanted.second, known);
  std::vector<CodePlace> places;
  places.reserve(return_addresses.size());
  for (const void* address : return_addresses) places.push_back(known[address]);
  return places;
}

CodePlace place_of_call(const void* return_address) { return places_of_calls({return_address}).front(); }

}  // namespace weft::simt
