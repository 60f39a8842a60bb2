#include "engine/run/checkpoint.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "data/containers/safetensors.hpp"

namespace weft::engine {
namespace {

constexpr const char* kFormat = "weft.format";
constexpr const char* kFormatVersion = "2";
constexpr const char* kWithoutChecksum = "1";
constexpr const char* kChecksum = "weft.crc32";
constexpr const char* kEvaluations = "weft.evaluations";  // float64 [evaluations, kFigures]
constexpr const char* kData = "weft.data.";               // and the name of a part of the fingerprint
constexpr std::size_t kFigures = 6;                       // run, epoch, loss, train, valid, test

/// A whole number that a checkpoint's metadata keeps as text: safetensors knows nothing else.
template <class T>
struct Counter {
  const char* key;
  T Checkpoint::*field;
};

constexpr Counter<std::int64_t> kCounters[] = {
    {"weft.features", &Checkpoint::features}, {"weft.classes", &Checkpoint::classes},
    {"weft.run", &Checkpoint::run},           {"weft.epoch", &Checkpoint::epoch},
    {"weft.step", &Checkpoint::step},
};
constexpr Counter<std::uint64_t> kSeed{"weft.seed", &Checkpoint::seed};
constexpr Counter<std::string> kConfig{"weft.config", &Checkpoint::config};
constexpr Counter<std::string> kDataset{"weft.dataset", &Checkpoint::dataset};
constexpr const char* kNodeOrder = "weft.node_order";  // only where it is not "none"
constexpr const char* kLog1p = "weft.log1p";           // "true" or "false"

[[noreturn]] void refuse(const std::string& file, const std::string& why) {
  fail(ErrorCode::kBadData, file, ": no checkpoint of weft: ", why,
       "; give a last.safetensors or best.safetensors that weft train wrote");
}

[[noreturn]] void refuse_damaged(const std::string& file, const std::string& why) {
  fail(ErrorCode::kBadData, file, ": damaged: ", why,
       "; use another copy, or, to train again from the start, delete the run's last.safetensors and give "
       "--resume");
}

std::string checksum_text(const data::Safetensors& contents) {
  return fmt::format("{:08x}", data::checksum(contents));
}

/// Whether there was a checksum to compare.
bool check_contents(const std::string& file, data::Safetensors contents) {
  const auto found = contents.metadata.find(kChecksum);
  if (found == contents.metadata.end()) return false;
  const std::string written = found->second;
  contents.metadata.erase(found);
  if (checksum_text(contents) != written) refuse_damaged(file, "its contents do not have its checksum");
  return true;
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

std::vector<double> figures_of(const std::vector<Evaluation>& evaluations) {
  std::vector<double> figures;
  for (const Evaluation& e : evaluations) {
    for (const double x : {double(e.run), double(e.epoch), e.loss, e.train, e.valid, e.test}) {
      figures.push_back(x);
    }
  }
  return figures;
}

/// Epochs ascend within a run, and each run follows the one before.
bool follows(const double* row, const Evaluation& before) {
  const double run = row[0], epoch = row[1];
  const bool in_order = run == before.run ? epoch > before.epoch : run == before.run + 1.0 && epoch >= 1.0;
  return in_order && epoch == std::floor(epoch) && epoch <= std::numeric_limits<int>::max();
}

std::vector<Evaluation> evaluations_of(const std::string& file, const data::Array& array) {
  const auto rows = static_cast<std::size_t>(array.rows());
  if (array.dtype != DType::kF64 || array.shape.size() != 2 || array.cols() != std::int64_t{kFigures}) {
    refuse_damaged(file, std::string(kEvaluations) + " has another type or shape");
  }
  const double* row = array.as<double>().data;
  std::vector<Evaluation> all;
  Evaluation before;
  before.run = 0;
  before.epoch = std::numeric_limits<int>::max();
  for (std::size_t i = 0; i < rows; ++i, row += kFigures) {
    if (!follows(row, before)) refuse_damaged(file, fmt::format("evaluation {} follows no other", i + 1));
    before = {static_cast<int>(row[0]), static_cast<int>(row[1]), row[2], row[3], row[4], row[5]};
    all.push_back(before);
  }
  return all;
}

}  // namespace

const CheckpointArray& Checkpoint::array(const std::string& name) const {
  for (const CheckpointArray& array : arrays) {
    if (array.name == name) return array;
  }
  refuse_damaged(file, "it has no array '" + name + "'");
}

void save_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint) {
  data::Safetensors contents;
  const std::vector<double> figures = figures_of(checkpoint.evaluations);
  const auto rows = static_cast<std::int64_t>(checkpoint.evaluations.size());
  contents.metadata = {{kFormat, kFormatVersion},
                       {kConfig.key, checkpoint.config},
                       {kDataset.key, checkpoint.dataset},
                       {kSeed.key, std::to_string(checkpoint.seed)}};
  if (checkpoint.node_order != "none") contents.metadata[kNodeOrder] = checkpoint.node_order;
  if (checkpoint.log1p) contents.metadata[kLog1p] = *checkpoint.log1p ? "true" : "false";
  for (const auto& counter : kCounters) {
    contents.metadata[counter.key] = std::to_string(checkpoint.*counter.field);
  }
  for (const auto& [part, sum] : checkpoint.data) contents.metadata[kData + part] = sum;
  if (rows > 0) {
    contents.arrays.emplace_back(kEvaluations,
                                 data::Array{DType::kF64, {rows, std::int64_t{kFigures}}, figures.data()});
  }
  for (const CheckpointArray& array : checkpoint.arrays) {
    contents.arrays.emplace_back(array.name, data::Array{DType::kF32, array.shape, array.values.data()});
  }
  contents.metadata[kChecksum] = checksum_text(contents);
  data::write_safetensors(path, contents);
}

Checkpoint load_checkpoint(const std::filesystem::path& path) {
  const data::Safetensors contents = data::read_safetensors(path);
  const std::string file = path.string();
  Checkpoint checkpoint;
  checkpoint.file = file;
  checkpoint.has_checksum = check_contents(file, contents);
  const std::string& version = text_of(file, contents, kFormat);
  if (version != kFormatVersion && version != kWithoutChecksum) {
    refuse(file, "it has format " + version + ", this program knows " + kFormatVersion);
  }
  if (version == kFormatVersion && !checkpoint.has_checksum) refuse_damaged(file, "it has no checksum");
  checkpoint.config = text_of(file, contents, kConfig.key);
  checkpoint.dataset = text_of(file, contents, kDataset.key);
  if (contents.metadata.count(kNodeOrder) > 0) checkpoint.node_order = text_of(file, contents, kNodeOrder);
  if (contents.metadata.count(kLog1p) > 0) checkpoint.log1p = text_of(file, contents, kLog1p) == "true";
  checkpoint.seed = number_of<std::uint64_t>(file, contents, kSeed.key);
  for (const auto& counter : kCounters) {
    checkpoint.*counter.field = number_of<std::int64_t>(file, contents, counter.key);
  }
  for (const auto& [key, value] : contents.metadata) {
    if (key.starts_with(kData)) checkpoint.data[key.substr(std::strlen(kData))] = value;
  }
  for (const auto& [name, array] : contents.arrays) {
    if (name == kEvaluations) {
      checkpoint.evaluations = evaluations_of(file, array);
    } else {
      checkpoint.arrays.push_back(copy_of(file, name, array));
    }
  }
  return checkpoint;
}

}  // namespace weft::engine
