#include "models/gcn.hpp"
#include "models/mlp.hpp"

namespace weft::models {

std::unique_ptr<Encoder> make_encoder(const EncoderOptions& options) {
  WEFT_CHECK(options.layers >= 1, "model: layers is ", options.layers, "; it must be at least 1");
  WEFT_CHECK(options.in > 0 && options.out > 0 && options.hidden > 0, "model: widths are ", options.in,
             " (features), ", options.hidden, " (hidden) and ", options.out,
             " (classes); each must be positive");
  if (options.model == "gcn") return std::make_unique<Gcn>(options);
  if (options.model == "mlp") return std::make_unique<Mlp>(options);
  fail(ErrorCode::kNotFound, "no model '", options.model, "'; choose one of: gcn, mlp");
}

}  // namespace weft::models
