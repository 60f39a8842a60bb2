// Any bytes as a file of predictions: scored or refused with an Error, and three threads see what one sees.
// The first byte chooses metric and format.
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

#include "data/metrics/evaluate_file.hpp"
#include "kernels/base/error.hpp"

namespace {

using namespace weft;

constexpr std::array kMetrics{"acc", "rocauc", "ap", "rmse", "F1", "hits@2", "mrr"};
constexpr std::array kEndings{".csv", ".json", ".npz", ".csv"};

/// The scores, or the message of the error.
std::string scored(const data::Evaluator& evaluator, const std::filesystem::path& path, int threads) {
  data::EvaluateOptions options;
  options.threads = threads;
  try {
    std::string text;
    for (const auto& [key, score] : data::evaluate_file(evaluator, path, options).scores) {
      std::uint64_t bits = 0;
      std::memcpy(&bits, &score, sizeof(bits));
      text += key + " " + std::to_string(bits) + "\n";
    }
    return text;
  } catch (const Error& error) {
    return error.what();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const char* metric = kMetrics[data[0] % kMetrics.size()];
  const char* ending = kEndings[data[0] / kMetrics.size() % kEndings.size()];
  const auto path =
      std::filesystem::temp_directory_path() / ("weft-fuzz-score-" + std::to_string(::getpid()) + ending);
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(data) + 1, static_cast<std::streamsize>(size - 1));
  const data::Evaluator evaluator(metric, 1);
  if (scored(evaluator, path, 1) != scored(evaluator, path, 3)) __builtin_trap();
  std::filesystem::remove(path);
  return 0;
}
