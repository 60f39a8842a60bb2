#include "bench/counters/ptxas_report.hpp"

#include <fstream>
#include <nlohmann/json.hpp>

#include "kernels/base/error.hpp"

namespace weft::bench {
namespace {

std::string plain_name(const std::string& kernel) { return kernel.substr(0, kernel.find('<')); }

}  // namespace

PtxasReport::PtxasReport(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) fail(ErrorCode::kNotFound, file.string(), ": cannot be read; bench/gpu/ptxas_report.py writes it");
  try {
    const auto json = nlohmann::json::parse(in);
    architecture_ = json.at("architecture");
    for (const auto& k : json.at("kernels")) {
      if (k.at("kernel").get<std::string>().find("Bf16") != std::string::npos) continue;
      kernels_.emplace(plain_name(k.at("kernel")),
                       KernelResources{k.at("registers").get<int>(), k.at("shared_bytes").get<int>()});
    }
  } catch (const nlohmann::json::exception& error) {
    fail(ErrorCode::kBadData, file.string(), ": is no report of ptxas_report.py: ", error.what());
  }
}

std::optional<KernelResources> PtxasReport::find(const std::string& kernel, std::size_t shared_bytes) const {
  std::optional<KernelResources> most, most_of_any;
  const auto keep_more = [](std::optional<KernelResources>& kept, const KernelResources& found) {
    if (!kept || kept->registers < found.registers) kept = found;
  };
  const auto [begin, end] = kernels_.equal_range(plain_name(kernel));
  for (auto at = begin; at != end; ++at) {
    keep_more(most_of_any, at->second);
    if (static_cast<std::size_t>(at->second.shared_bytes) == shared_bytes) keep_more(most, at->second);
  }
  return most ? most : most_of_any;
}

}  // namespace weft::bench
