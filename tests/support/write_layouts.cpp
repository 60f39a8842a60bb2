// write_layouts FOLDER: small made datasets in the layouts of OGB's, under OGB's folder names, for
// check_against_ogb.py and for trying commands without a download.
#include <cstdio>

#include "tests/support/ogb_layouts.hpp"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: write_layouts FOLDER\n", stderr);
    return 2;
  }
  for (const auto& [name, files] : weft::testing::ogb_layouts())
    files().write(std::filesystem::path(argv[1]) / name);
  return 0;
}
