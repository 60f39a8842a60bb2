// kernels/cuda/spmm_cusparse.hpp where there is no cuSPARSE: the backend offers no such method, so nobody
// asks.
#include "kernels/cuda/spmm_cusparse.hpp"

namespace weft::simt {

std::vector<SpmmMethod> cusparse_methods() { return {}; }

std::shared_ptr<Cusparse> make_cusparse(Queue) {
  fail(ErrorCode::kUnsupported, "spmm: the host execution of CUDA kernels has no cuSPARSE");
}

}  // namespace weft::simt
