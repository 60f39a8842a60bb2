// weft-bench gemm: the three dense products of a layer, forward and backward, beside Eigen's.
#include <fmt/format.h>

#include <array>
#include <memory>

#include "bench/commands/commands.hpp"
#include "bench/support/eigen.hpp"
#include "bench/support/rows.hpp"

namespace weft::bench {
namespace {

struct Options {
  std::int64_t rows = 169343;  // ogbn-arxiv's nodes
  std::vector<std::int64_t> k, h;
  double zeros = 0.0;
  DeviceOptions device;
  int repeats = 10;
  bool json = false;
};

/// Columns in and out of a layer, for `rows` rows.
struct Shape {
  std::int64_t rows, k, h;

  double flops() const {
    return 2.0 * static_cast<double>(rows) * static_cast<double>(k) * static_cast<double>(h);
  }
  /// Each operand once, the output too.
  double bytes() const { return 4.0 * static_cast<double>(rows * k + k * h + rows * h); }
  std::string text() const { return fmt::format("{} x {} x {}", rows, k, h); }
};

/// A 3 x 256 model's layers on ogbn-arxiv, unless other widths were given.
std::vector<Shape> shapes(const Options& options) {
  if (options.k.empty()) return {{options.rows, 128, 256}, {options.rows, 256, 256}, {options.rows, 256, 40}};
  std::vector<Shape> shapes;
  for (const std::int64_t k : options.k) {
    for (const std::int64_t h : options.h) shapes.push_back({options.rows, k, h});
  }
  return shapes;
}

/// The three products of one layer: y = x w, dw += x^T dy, dx = dy w^T.
class Layer {
 public:
  Layer(Backend& backend, Stream& stream, const Shape& shape, double zeros)
      : backend_(backend),
        stream_(stream),
        shape_(shape),
        x_(backend, stream, shape.rows, shape.k, DType::kF32, zeros),
        w_(backend, stream, shape.k, shape.h, DType::kF32),
        dw_(backend, stream, shape.k, shape.h, DType::kF32),
        dy_(backend, stream, shape.rows, shape.h, DType::kF32) {}

  void measure(Stopwatch& stopwatch, int repeats, bool beside_eigen, Json& rows) {
    // y lies where dy does, dx where x does: a product that runs again finds what it made itself, which is as
    // good as anything; x comes last, so that its zeros are still there for the others.
    const Mat x = x_.view(), w = w_.view(), dw = dw_.view(), dy = dy_.view();
    const auto ours = [&](const auto& op) {
      const Buffer<char> memory(backend_, static_cast<std::int64_t>(backend_.scratch(op)), "scratch");
      Stream stream{stream_.queue, memory.data(), memory.bytes()};
      rows.push_back(row(op.kName, stopwatch.time(repeats, [&] { backend_.run(stream, op); })));
    };
    const auto eigen = [&](const char* name, const auto& product) {
      if (beside_eigen) rows.push_back(row(name, stopwatch.time(repeats, product)));
    };
    ours(Gemm{x, w, dy});
    eigen("gemm, Eigen", [&] { eigen_gemm(x, w, dy); });
    ours(GemmTn{x, dy, dw});
    eigen("gemm_tn, Eigen", [&] { eigen_gemm_tn(x, dy, dw); });
    ours(GemmNt{dy, w, x});
    eigen("gemm_nt, Eigen", [&] { eigen_gemm_nt(dy, w, x); });
  }

 private:
  Json row(const char* name, const Samples& samples) const {
    return to_json(Row{name, shape_.text(), shape_.bytes(), shape_.flops(), samples});
  }

  Backend& backend_;
  Stream& stream_;
  Shape shape_;
  BenchMatrix x_, w_, dw_, dy_;
};

void run(const Options& options) {
  WEFT_CHECK(options.k.empty() == options.h.empty(), "gemm: --k and --h go together");
  const Device device = open_device(options.device);
  Json json = provenance(device.backend->description());
  json["zeros"] = options.zeros;
  json["eigen"] = eigen_version() == nullptr ? Json(nullptr) : Json(eigen_version());
  json = between_peaks(device, std::move(json), [&] {
    Stopwatch stopwatch(*device.backend);
    Json rows = Json::array();
    for (const Shape& shape : shapes(options)) {
      Layer layer(*device.backend, stopwatch.stream(), shape, options.zeros);
      layer.measure(stopwatch, options.repeats, eigen_version() != nullptr && device.is_cpu(), rows);
    }
    return rows;
  });
  print(json, options.json);
}

}  // namespace

void add_gemm(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "gemm", "the dense products of a layer: y = x w (gemm), dw += x^T dy (gemm_tn), dx = dy w^T (gemm_nt)");
  const auto size = CLI::Range(std::int64_t{1}, std::int64_t{1} << 31);
  command->add_option("--rows", options->rows, "rows of x")->check(size)->capture_default_str();
  command->add_option("--k", options->k, "columns of x, one number or several; default: 128, 256, 256")
      ->delimiter(',')
      ->check(size);
  command
      ->add_option("--h", options->h,
                   "columns of y, each with each of --k; without both: 128 x 256, 256 x 256 and 256 x 40")
      ->delimiter(',')
      ->check(size);
  command->add_option("--zeros", options->zeros, "share of x that is 0, as ReLU and dropout leave it")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  add_device_options(command, options->device);
  add_repeats_option(command, options->repeats);
  add_json_flag(command, options->json);
  command->callback([options] { run(*options); });
}

}  // namespace weft::bench
