// Edits of a sound cache whose checksums are made to fit: it opens, and everything that info, training and
// prediction do with it is done, or it is refused with an Error. An input is a list of edits of 12 bytes, and
// whatever follows the last whole one, behind a byte 255, the description in place of the sound one.
#include <unistd.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>

#include "data/cache/cache_checks.hpp"
#include "engine/report/dataset_report.hpp"
#include "engine/run/session.hpp"
#include "kernels/cpu_backend.hpp"
#include "tests/fuzz/touch.hpp"
#include "tests/support/forged_cache.hpp"

namespace {

using namespace weft;
using testing::ForgedCache;
using testing::ForgedSection;

constexpr std::size_t kEditBytes = 12;
constexpr std::uint8_t kDescription = 255;

/// Takes numbers off the input; 0 behind its end.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : data_(data), left_(size) {}
  std::size_t left() const { return left_; }
  std::uint8_t next() const { return left_ == 0 ? 0 : *data_; }
  template <class T>
  T take() {
    T value{};
    const std::size_t size = std::min(left_, sizeof(T));
    std::memcpy(&value, data_, size);
    data_ += size;
    left_ -= size;
    return value;
  }
  std::string rest() { return {reinterpret_cast<const char*>(data_), left_}; }

 private:
  const std::uint8_t* data_;
  std::size_t left_;
};

/// Puts a number in place of the `index`-th one of the description.
void change_number(ForgedCache& cache, std::size_t index, std::int64_t value) {
  std::string text = cache.at(data::cache::kDataset).bytes;
  constexpr const char* kDigits = "-0123456789";
  std::size_t at = text.find_first_of(kDigits);
  for (; index > 0 && at != std::string::npos; --index)
    at = text.find_first_of(kDigits, text.find_first_not_of(kDigits, at));
  if (at == std::string::npos) return;
  const std::size_t end = std::min(text.find_first_not_of(kDigits, at), text.size());
  text.replace(at, end - at, std::to_string(value));
  cache.set_text(data::cache::kDataset, text);
}

/// Leaves as many whole rows as the bytes fill.
void cut(ForgedSection& section, std::uint16_t bytes) {
  if (section.shape.empty() || section.shape[0] <= 0) return;
  const std::size_t row = section.bytes.size() / static_cast<std::size_t>(section.shape[0]);
  const std::size_t rows = row == 0 ? 0 : std::min<std::size_t>(bytes, section.bytes.size()) / row;
  section.bytes.resize(rows * row);
  section.shape[0] = static_cast<std::int64_t>(rows);
}

void edit(ForgedCache& cache, Input& input) {
  ForgedSection& section = cache.sections[input.take<std::uint8_t>() % cache.sections.size()];
  const auto how = input.take<std::uint8_t>();
  const auto at = input.take<std::uint16_t>();
  const auto value = input.take<std::int64_t>();
  const std::size_t width = dtype_bytes(section.dtype);
  switch (how % 6) {
    case 0:  // a value
      if (section.bytes.size() >= width)
        std::memcpy(section.bytes.data() + at % (section.bytes.size() / width) * width, &value, width);
      break;
    case 1:
      change_number(cache, at, value);
      break;
    case 2:
      cut(section, at);
      break;
    case 3: {  // the same bytes as another type
      constexpr std::array kTypes{DType::kF32, DType::kF64, DType::kI32,
                                  DType::kI64, DType::kU8,  DType::kBf16};
      section.dtype = kTypes[at % kTypes.size()];
      const std::size_t values = section.bytes.size() / dtype_bytes(section.dtype);
      section.bytes.resize(values * dtype_bytes(section.dtype));
      section.shape = {static_cast<std::int64_t>(values)};
      break;
    }
    case 4:  // a dimension, whether or not the bytes bear it out
      if (!section.shape.empty()) section.shape[at % section.shape.size()] = value;
      break;
    default:
      section.bytes.append(static_cast<std::size_t>(at % 64) * width, '\1');
      if (!section.shape.empty()) section.shape[0] += at % 64;
  }
}

void touch(const data::Arrays& arrays) {
  for (const auto& [name, array] : arrays) fuzz::touch(array);
}

void touch(const data::Dataset& dataset) {
  for (const auto& [type, table] : dataset.tables) touch(table.columns);
  for (const data::Relation& relation : dataset.relations) touch(relation.edge_columns);
  for (const auto& [name, split] : dataset.splits) {
    for (const data::Part part : data::kParts) touch(split[part]);
  }
  touch(dataset.arrays);
}

/// Runs `use`, which may refuse the dataset.
template <class Use>
void attempt(const Use& use) {
  try {
    use();
  } catch (const Error&) {
  }
}

/// A session as training, or prediction with a model of this shape, has one.
void use(const data::Dataset& dataset, const engine::TrainConfig& config, engine::ModelShape shape,
         engine::Use use) {
  constexpr std::int64_t kMostWork = 1 << 16;  // a larger model shows nothing new and takes long
  if (shape.channels > kMostWork || shape.classes > kMostWork) return;
  const auto backend = make_cpu_backend({1, Isa::kAuto});
  engine::Session session(dataset, config, shape, *backend, {use, 1});
  session.allocate();
  session.begin_run(1);
  if (use == engine::Use::kPredict) return static_cast<void>(session.predict());
  session.submit(true);
  session.collect();
}

void use_all(const data::Dataset& dataset) {
  attempt([&] { engine::describe(dataset, 1); });
  engine::TrainConfig config;
  config.model.hidden = 3;
  config.model.layers = 2;
  config.split = dataset.facts.default_split;
  attempt(
      [&] { use(dataset, config, engine::trainable_shape(dataset, config.features), engine::Use::kTrain); });
  attempt([&] {
    use(dataset, config, {engine::feature_width(dataset, config.features), 3}, engine::Use::kPredict);
  });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  ForgedCache cache = input.next() % 2 == 0 ? testing::small_cache() : testing::small_link_cache();
  while (input.left() >= kEditBytes && input.next() != kDescription) edit(cache, input);
  if (input.next() == kDescription) {
    input.take<std::uint8_t>();
    cache.set_text(data::cache::kDataset, input.rest());
  }
  const auto path =
      std::filesystem::temp_directory_path() / ("weft-fuzz-cache-" + std::to_string(::getpid()) + ".weft");
  const std::string file = cache.file();
  std::ofstream(path, std::ios::binary).write(file.data(), static_cast<std::streamsize>(file.size()));
  attempt([&] {
    const data::Dataset dataset = data::cache::read_dataset(data::Store::open(path), "input");
    touch(dataset);
    attempt([&] { data::cache::check_ids(dataset, "input"); });
    use_all(dataset);
  });
  std::filesystem::remove(path);
  return 0;
}
