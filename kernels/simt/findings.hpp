#pragma once
// The findings that nobody has taken yet.
#include "kernels/simt/check.hpp"

namespace weft::simt {

/// Prints the finding, and keeps or counts it; the process fails unless somebody takes it.
void report(Finding finding);

}  // namespace weft::simt
