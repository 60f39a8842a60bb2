#pragma once
// A dataset in OGB's raw layout as the zip that a server would have.
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/archive_bytes.hpp"
#include "tests/support/files.hpp"
#include "tests/support/raw_folder.hpp"

namespace weft::testing {

/// The files, below `top` ("arxiv/", or "" for none), with a release marker.
inline std::vector<ZipMember> dataset_members(const RawFiles& files, const std::string& top,
                                              int version = 1) {
  const TemporaryFolder folder;
  files.write(folder.path());
  std::vector<ZipMember> members;
  if (!top.empty()) members.push_back({top, "", 040755});
  members.push_back({top + "RELEASE_v" + std::to_string(version) + ".txt", ""});
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path())) {
    const std::string name = top + std::filesystem::relative(entry.path(), folder.path()).string();
    if (entry.is_directory()) {
      members.push_back({name + "/", "", 040755});
    } else {
      members.push_back({name, read_bytes(entry.path())});
    }
  }
  return members;
}

/// The same as OGB's ogbn-arxiv: the split "own" goes by its split's name.
inline std::vector<ZipMember> arxiv_members(const RawFiles& files = {}, const std::string& top = "arxiv/",
                                            int version = 1) {
  RawFiles arxiv = files;
  for (const char* part : {"train", "valid", "test"}) {
    auto node = arxiv.text.extract(std::string("split/own/") + part + ".csv.gz");
    node.key() = std::string("split/time/") + part + ".csv.gz";
    arxiv.text.insert(std::move(node));
  }
  return dataset_members(arxiv, top, version);
}

}  // namespace weft::testing
