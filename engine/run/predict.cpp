// A trained model on a dataset.
#include <cmath>

#include "engine/devices.hpp"
#include "engine/input/counts.hpp"
#include "engine/input/open_dataset.hpp"
#include "engine/interrupt.hpp"
#include "engine/run/model_state.hpp"
#include "engine/run/session.hpp"
#include "engine/run/trainer.hpp"

namespace weft::engine {
namespace {

/// The options a model was trained with, but for arithmetic that this backend lacks: the parameters are
/// float32 and predict as well in that.
TrainConfig as_this_backend_can(TrainConfig config, const Backend& backend, const Events& events) {
  if (can_compute(backend, config.compute)) return config;
  if (events.note) {
    events.note("trained with precision " + config.compute.precision + " and math " + config.compute.math +
                "; predicting with fp32");
  }
  config.compute.precision = config.compute.math = "fp32";
  return config;
}

}  // namespace

PredictResult predict(const PredictJob& job, const TrainEnvironment& environment) {
  const Checkpoint checkpoint = load_checkpoint(job.checkpoint);
  if (!checkpoint.has_checksum && environment.events.note) {
    environment.events.note(checkpoint.file + ": was left by an older weft, without a checksum to compare");
  }
  TrainConfig config;
  config.graph.edge_weights =
      "ignore";  // of a checkpoint that does not say: it is from before they could be used
  apply_toml(config, checkpoint.config, job.checkpoint.string());
  const int threads = thread_count(job.threads);
  std::string device_note;  // said once the data has proved good
  const auto backend = environment.make_backend(backend_request(job.device, threads, config.compute.math),
                                                [&](const std::string& line) { device_note = line; });
  config = as_this_backend_can(config, *backend, environment.events);
  const data::Dataset dataset = open_dataset(job.dataset, config.features, threads, environment);
  end_if_asked(job.dataset, "nothing was predicted");
  config.features.log1p = took_log1p(checkpoint.log1p, config.features, dataset);
  if (config.split.empty()) config.split = dataset.facts.default_split;
  Session session(dataset, config, {checkpoint.features, checkpoint.classes}, *backend,
                  {Use::kPredict, threads});
  session.allocate();
  session.continue_run(checkpoint.seed, checkpoint.step);
  restore(checkpoint, session.parameters(), session.stream());

  if (!device_note.empty() && environment.events.note) environment.events.note(device_note);
  for (const std::string& line : session.notes()) {
    if (environment.events.note) environment.events.note(line);
  }
  if (config.features.source != "file" && environment.events.note)
    environment.events.note(made_up_note(config.features));
  auto [classes, scores] = session.predict();
  PredictResult prediction;
  prediction.classes = std::move(classes);
  if (dataset.splits.count(config.split) == 0) return prediction;
  prediction.split = config.split;
  for (std::size_t part = 0; part < scores.size(); ++part) {
    if (!std::isnan(scores[part])) prediction.scores[part] = scores[part];
  }
  return prediction;
}

}  // namespace weft::engine
