#include "engine/input/open_dataset.hpp"

#include <fmt/format.h>

#include "data/cache/convert.hpp"
#include "engine/interrupt.hpp"
#include "kernels/base/error.hpp"

namespace weft::engine {

data::Dataset open_dataset(const std::string& name, const FeatureOptions& features, int threads,
                           const TrainEnvironment& environment) {
  data::ConvertOptions options;
  options.threads = threads;
  options.features_may_lack = features.source != "file";
  options.sources = data::SourceCheck::kChanges;
  options.note = environment.events.note;
  options.progress = stoppable_progress(name, environment.events);
  const data::Location location = data::locate(name, environment.root);
  data::Dataset dataset = data::open_or_convert(location, options);
  data::verify_cache(location, dataset,
                     threads);  // a few milliseconds per 100 MB; a damaged cache must not score
  return dataset;
}

std::function<void(const std::string& what, double fraction)> stoppable_progress(const std::string& name,
                                                                                 const Events& events) {
  return [name, report = events.progress](const std::string& what, double fraction) {
    end_if_asked(name, "no cache was made");
    if (report) report({what, fraction, ""});
  };
}

std::uint64_t graph_memory(double gigabytes) {
  WEFT_CHECK(gigabytes >= 0.0 && gigabytes <= 1e6, "memory is ", gigabytes,
             " GB; give a number from 0 to 1e6");
  constexpr double kGigabyte = 1e9;
  return gigabytes > 0.0 ? static_cast<std::uint64_t>(gigabytes * kGigabyte) : data::kGraphMemory;
}

std::string made_up_note(const FeatureOptions& features) {
  return fmt::format("Features: {} are made up; scores are not comparable with any other", features.source);
}

}  // namespace weft::engine
