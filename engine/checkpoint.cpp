#include "engine/checkpoint.hpp"

#include <charconv>
#include <utility>

#include "data/safetensors.hpp"

namespace weft::engine {
namespace {

constexpr const char* kFormat = "weft.format";
constexpr const char* kFormatVersion = "1";

/// A whole number that a checkpoint's metadata keeps as text: safetensors knows nothing else.
template <class T>
struct Counter {
  const char* key;
  T Checkpoint::*field;
};

constexpr Counter<std::int64_t> kCounters[] = {
    {"weft.features", &Checkpoint::features}, {"weft.classes", &Checkpoint::classes},
    {"weft.run", &Checkpoint::run},           {"weft.epoch", &Checkpoint::epoch},
    {"weft.step", &Checkpoint::step},         {"weft.evaluations", &Checkpoint::evaluations},
};
constexpr Counter<std::uint64_t> kSeed{"weft.seed", &Checkpoint::seed};
constexpr Counter<std::string> kConfig{"weft.config", &Checkpoint::config};
constexpr Counter<std::string> kDataset{"weft.dataset", &Checkpoint::dataset};
constexpr const char* kNodeOrder = "weft.node_order";  // only where it is not "none"

[[noreturn]] void refuse(const std::string& file, const std::string& why) {
  fail(ErrorCode::kBadData, file, ": no checkpoint of weft: ", why,
       "; give a last.safetensors or best.safetensors that weft train wrote");
}

const std::string& text_of(const std::string& file, const data::Safetensors& contents, const char* key) {
  const auto found = contents.metadata.find(key);
  if (found == contents.metadata.end()) refuse(file, std::string("its metadata has no ") + key);
  return found->second;
}

template <class T>
T number_of(const std::string& file, const data::Safetensors& contents, const char* key) {
  const std::string& text = text_of(file, contents, key);
  T value{};
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status != std::errc{} || end != text.data() + text.size())
    refuse(file, std::string(key) + " is " + text);
  return value;
}

CheckpointArray copy_of(const std::string& file, const std::string& name, const data::Array& array) {
  if (array.dtype != DType::kF32) refuse(file, "array '" + name + "' holds " + dtype_name(array.dtype));
  const Vec<const float> values = array.as<float>();
  return {name, array.shape, {values.begin(), values.end()}};
}

}  // namespace

const CheckpointArray& Checkpoint::array(const std::string& name) const {
  for (const CheckpointArray& array : arrays) {
    if (array.name == name) return array;
  }
  fail(ErrorCode::kBadData, "checkpoint: has no array '", name, "'; it belongs to another model");
}

void save_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint) {
  data::Safetensors contents;
  contents.metadata = {{kFormat, kFormatVersion},
                       {kConfig.key, checkpoint.config},
                       {kDataset.key, checkpoint.dataset},
                       {kSeed.key, std::to_string(checkpoint.seed)}};
  if (checkpoint.node_order != "none") contents.metadata[kNodeOrder] = checkpoint.node_order;
  for (const auto& counter : kCounters) {
    contents.metadata[counter.key] = std::to_string(checkpoint.*counter.field);
  }
  for (const CheckpointArray& array : checkpoint.arrays) {
    contents.arrays.emplace_back(array.name, data::Array{DType::kF32, array.shape, array.values.data()});
  }
  data::write_safetensors(path, contents);
}

Checkpoint load_checkpoint(const std::filesystem::path& path) {
  const data::Safetensors contents = data::read_safetensors(path);
  const std::string file = path.string();
  if (const std::string& version = text_of(file, contents, kFormat); version != kFormatVersion) {
    refuse(file, "it has format " + version + ", this program knows " + kFormatVersion);
  }
  Checkpoint checkpoint;
  checkpoint.config = text_of(file, contents, kConfig.key);
  checkpoint.dataset = text_of(file, contents, kDataset.key);
  if (contents.metadata.count(kNodeOrder) > 0) checkpoint.node_order = text_of(file, contents, kNodeOrder);
  checkpoint.seed = number_of<std::uint64_t>(file, contents, kSeed.key);
  for (const auto& counter : kCounters) {
    checkpoint.*counter.field = number_of<std::int64_t>(file, contents, counter.key);
  }
  for (const auto& [name, array] : contents.arrays) {
    checkpoint.arrays.push_back(copy_of(file, name, array));
  }
  return checkpoint;
}

}  // namespace weft::engine
