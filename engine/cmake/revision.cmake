# Writes the commit that is checked out into a C++ file, and leaves the file alone when nothing changed.
#   cmake -D OUTPUT=revision.cpp -D SOURCE=<source tree> -P revision.cmake
set(revision "unknown")
find_program(git git)
if(git)
  execute_process(COMMAND ${git} -C ${SOURCE} rev-parse --short=12 HEAD
    OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
  if(NOT failed)
    execute_process(COMMAND ${git} -C ${SOURCE} status --porcelain --untracked-files=no
      OUTPUT_VARIABLE changes ERROR_QUIET)
    set(revision "${commit}")
    if(changes)
      string(APPEND revision "+")
    endif()
  endif()
endif()
file(CONFIGURE OUTPUT ${OUTPUT} @ONLY CONTENT [[
#include "engine/include/weft/weft.hpp"

namespace weft {

std::string git_revision() { return "@revision@"; }

}  // namespace weft
]])
