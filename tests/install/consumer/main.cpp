// A program of its own over the installed package: it includes one header and links one target.
#include <weft/version.h>
#include <cstdio>
#include <weft/weft.hpp>

int main() {
  if (weft::version() != WEFT_VERSION || weft::recipe_names().empty()) return 1;
  try {
    weft::info("no-such-dataset");
  } catch (const weft::Error& error) {
    std::printf("%s\n", error.what());
    return error.code() == weft::ErrorCode::kNotFound ? 0 : 1;
  }
  return 1;
}
