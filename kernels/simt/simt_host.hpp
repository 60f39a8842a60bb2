#pragma once
// The host's form of simt.hpp's vocabulary. README.md tells how kernels run.
#include "kernels/simt/intrinsics.hpp"
#include "kernels/simt/launch.hpp"
#include "kernels/simt/memory_access.hpp"
#include "kernels/simt/qualifiers.hpp"
#include "kernels/simt/shared_memory.hpp"
#include "kernels/simt/thread.hpp"
#include "kernels/simt/vector_types.hpp"
