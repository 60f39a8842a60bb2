// weft-bench spmm: the sparse product y = A x on a graph, every way that the device knows, beside what its
// memory gives for a copy and for rows drawn at random.
#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <memory>
#include <optional>

#include "bench/commands/commands.hpp"
#include "bench/support/ceilings.hpp"
#include "bench/support/device.hpp"
#include "bench/support/graphs.hpp"
#include "kernels/cpu_backend.hpp"

namespace weft::bench {
namespace {

struct Options {
  std::string dataset, root, matrix;
  std::vector<std::int64_t> random;  // nodes, edges
  std::vector<std::int64_t> cols{256};
  std::vector<std::string> types{"fp32"};
  std::string device = "cuda";
  std::string method = "auto";
  bool scaled = false;
  int repeats = 30;
  bool json = false;
};

data::HostCsr make_graph(const Options& options) {
  if (!options.matrix.empty()) return read_matrix_market(options.matrix);
  if (!options.dataset.empty()) return dataset_graph(options.dataset, options.root, usable_cpus());
  return power_law_graph(static_cast<NodeId>(options.random[0]), options.random[1] / 2);
}

std::string graph_name(const Options& options) {
  if (!options.matrix.empty()) return options.matrix;
  if (!options.dataset.empty()) return options.dataset;
  return fmt::format("random {},{}", options.random[0], options.random[1]);
}

std::vector<SpmmMethod> methods(const Backend& backend, const std::string& name) {
  std::vector<SpmmMethod> all{SpmmMethod::kAuto};
  for (const SpmmMethod method : backend.spmm_methods()) all.push_back(method);
  if (name == "all") return all;
  std::string known;
  for (const SpmmMethod method : all) {
    if (name == spmm_method_name(method)) return {method};
    known += std::string(known.empty() ? "" : ", ") + spmm_method_name(method);
  }
  fail(ErrorCode::kNotFound, backend.name(), " has no method '", name, "'; it has all, ", known);
}

/// The graph and its operands in the device's memory.
class Product {
 public:
  Product(Backend& backend, Stream& stream, const CsrView& a, std::int64_t cols, DType dtype, bool scaled)
      : backend_(backend),
        stream_(stream),
        a_(a),
        dtype_(dtype),
        x_(backend, stream, a.num_cols, cols, dtype),
        y_(backend, stream, a.num_rows, cols, dtype),
        scale_(backend, stream, std::max(a.num_rows, a.num_cols), 1, DType::kF32),
        scaled_(scaled) {}

  /// Times one method; nothing when the method cannot do what is asked.
  std::optional<Samples> time(Stopwatch& stopwatch, SpmmMethod method, int repeats) {
    SpmmOptions options;
    options.method = method;
    if (scaled_) {
      options.row_scale = {scale_.view().f32(), a_.num_rows};
      options.col_scale = {scale_.view().f32(), a_.num_cols};
    }
    try {
      const Buffer<char> scratch(
          backend_, static_cast<std::int64_t>(backend_.spmm_scratch(a_, x_.view().cols, options)), "scratch");
      Stream with_scratch{stream_.queue, scratch.data(), scratch.bytes()};
      return stopwatch.time(repeats, [&] { backend_.spmm(with_scratch, a_, x_.view(), y_.view(), options); });
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kUnsupported) throw;
      return std::nullopt;
    }
  }

  double flops() const { return 2.0 * static_cast<double>(a_.num_edges * x_.view().cols); }
  /// Offsets, columns, a row of x for every edge, y.
  double gathered_bytes() const {
    return index_bytes() + row_bytes() * static_cast<double>(a_.num_edges + a_.num_rows);
  }
  /// The same with each row of x once.
  double distinct_bytes() const {
    return index_bytes() + row_bytes() * static_cast<double>(a_.num_cols + a_.num_rows);
  }
  DType dtype() const { return dtype_; }
  std::int64_t cols() const { return x_.view().cols; }

 private:
  double index_bytes() const {
    return 8.0 * static_cast<double>(a_.num_rows + 1) + 4.0 * static_cast<double>(a_.num_edges);
  }
  double row_bytes() const {
    return static_cast<double>(x_.view().cols) * static_cast<double>(dtype_bytes(dtype_));
  }

  Backend& backend_;
  Stream& stream_;
  CsrView a_;
  DType dtype_;
  BenchMatrix x_, y_, scale_;
  bool scaled_;
};

/// One width and type: every method's times, and the ceiling at that width.
Json measure(Backend& backend, Stopwatch& stopwatch, Product& product, std::int64_t rows,
             const Options& options) {
  const Rate gather = gather_rate(backend, stopwatch, rows, product.cols(), product.dtype(), options.repeats);
  Json json{{"cols", product.cols()},
            {"type", dtype_name(product.dtype())},
            {"gathered_bytes", product.gathered_bytes()},
            {"distinct_bytes", product.distinct_bytes()},
            {"flops", product.flops()},
            {"gather_bytes_per_second", gather.bytes_per_second()},
            {"methods", Json::array()}};
  for (const SpmmMethod method : methods(backend, options.method)) {
    Json result{{"method", spmm_method_name(method)}};
    if (const auto samples = product.time(stopwatch, method, options.repeats)) {
      result.update(to_json(*samples));
      result["gathered_bytes_per_second"] = product.gathered_bytes() / samples->median();
      result["flops_per_second"] = product.flops() / samples->median();
    } else {
      result["unsupported"] = true;
    }
    json["methods"].push_back(result);
  }
  return json;
}

Json measure(Backend& backend, const Options& options) {
  const data::HostCsr host = make_graph(options);
  Stopwatch stopwatch(backend);
  const Csr graph(backend, stopwatch.stream(), host.view());
  CsrView a = graph.view();
  a.longest_row = longest_row(host.view());

  Json json = provenance(backend.description());
  json["graph"] = graph_name(options);
  json["rows"] = a.num_rows;
  json["edges"] = a.num_edges;
  json["longest_row"] = a.longest_row;
  json["scaled"] = options.scaled;
  const double before = copy_rate(backend, stopwatch, options.repeats).bytes_per_second();
  json["products"] = Json::array();
  for (const std::string& type : options.types) {
    const DType dtype = type == "bf16" ? DType::kBf16 : DType::kF32;
    if (dtype == DType::kBf16 && !backend.stores_bf16()) {
      fail(ErrorCode::kUnsupported, backend.name(), " stores no bf16; give --type fp32");
    }
    for (const std::int64_t cols : options.cols) {
      Product product(backend, stopwatch.stream(), a, cols, dtype, options.scaled);
      json["products"].push_back(measure(backend, stopwatch, product, a.num_cols, options));
    }
  }
  const double after = copy_rate(backend, stopwatch, options.repeats).bytes_per_second();
  json["copy_bytes_per_second"] = {{"before", before}, {"after", after}};
  return json;
}

double number(const Json& json, const char* key) { return json.at(key).get<double>(); }

void show_product(const Json& product, double copy) {
  const double gather = number(product, "gather_bytes_per_second");
  fmt::print("\n{} columns, {}: gathers {:.1f} MB, {:.1f} MB with each row once; random rows {:.1f} GB/s\n",
             product["cols"].dump(), product["type"].get<std::string>(),
             number(product, "gathered_bytes") / 1e6, number(product, "distinct_bytes") / 1e6, gather / 1e9);
  fmt::print("{:16}{:>11}{:>11}{:>9}{:>10}{:>9}{:>11}\n", "method", "median ms", "min ms", "GB/s", "GFLOP/s",
             "of copy", "of gather");
  for (const Json& r : product["methods"]) {
    const std::string name = r["method"];
    if (r.contains("unsupported")) {
      fmt::print("{:16} cannot do this\n", name);
      continue;
    }
    const double rate = number(r, "gathered_bytes_per_second");
    fmt::print("{:16}{:11.4f}{:11.4f}{:9.1f}{:10.1f}{:8.0f}%{:10.0f}%\n", name,
               number(r, "median_seconds") * 1e3, number(r, "minimum_seconds") * 1e3, rate / 1e9,
               number(r, "flops_per_second") / 1e9, rate / copy * 100.0, rate / gather * 100.0);
  }
}

void show(const Json& json) {
  const double before = number(json["copy_bytes_per_second"], "before");
  const double after = number(json["copy_bytes_per_second"], "after");
  fmt::print("{}\n{}: {} rows, {} edges, longest row {}{}\ncopy {:.1f} GB/s before, {:.1f} after\n",
             json["device"].get<std::string>(), json["graph"].get<std::string>(), json["rows"].dump(),
             json["edges"].dump(), json["longest_row"].dump(),
             json["scaled"].get<bool>() ? ", scaled rows and columns" : "", before / 1e9, after / 1e9);
  for (const Json& product : json["products"]) show_product(product, 0.5 * (before + after));
}

void run(const Options& options) {
  const auto backend = make_device(options.device);
  const Json json = measure(*backend, options);
  if (options.json) {
    fmt::print("{}\n", json.dump(1));
  } else {
    show(json);
  }
}

}  // namespace

void add_spmm(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("spmm", "the sparse product, every way that a device knows");
  CLI::Option_group* graph = command->add_option_group("graph", "one of these");
  graph->add_option("--dataset", options->dataset,
                    "a dataset's graph, made symmetric, with self-loops (a name, or a folder)");
  graph->add_option("--mtx", options->matrix, "a MatrixMarket file");
  graph->add_option("--random", options->random, "nodes and edges of a made-up graph with skewed degrees")
      ->delimiter(',')
      ->expected(2)
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{std::numeric_limits<NodeId>::max()}));
  graph->require_option(1);
  add_root_option(command, options->root);
  command->add_option("--cols", options->cols, "columns of x, one number or several")
      ->delimiter(',')
      ->check(CLI::Range(1, 65536))
      ->capture_default_str();
  command->add_option("--type", options->types, "how x and y are stored, one or both")
      ->delimiter(',')
      ->check(CLI::IsMember({"fp32", "bf16"}))
      ->capture_default_str();
  add_device_option(command, options->device);
  command->add_option("--method", options->method, "auto, all, or one by name")->capture_default_str();
  command->add_flag("--scaled", options->scaled, "with the row and column factors of a normalisation");
  add_repeats_option(command, options->repeats);
  add_json_flag(command, options->json);
  command->callback([options] { run(*options); });
}

}  // namespace weft::bench
