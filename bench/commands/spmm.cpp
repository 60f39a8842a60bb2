// weft-bench spmm: the sparse product y = A x on a graph, every way that the device knows and every way that
// lies in bench/spmm, beside what memory gives for rows in order and for rows drawn at random.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <memory>
#include <optional>

#include "bench/commands/commands.hpp"
#include "bench/support/graphs.hpp"
#include "bench/support/own_spmm.hpp"
#include "bench/support/rows.hpp"
#include "data/graph/node_order.hpp"
#include "engine/include/weft/weft.hpp"

namespace weft::bench {
namespace {

struct Options {
  std::string dataset, root, matrix;
  std::vector<std::int64_t> random;  // nodes, edges
  std::string reorder;               // else as it comes
  std::vector<std::int64_t> cols{256};
  std::vector<std::string> types{"fp32"};
  DeviceOptions device;
  std::string method = "auto";
  bool scaled = false;
  int repeats = 30;
  bool json = false;
};

data::HostCsr make_graph(const Options& options, int threads) {
  if (!options.matrix.empty()) return read_matrix_market(options.matrix);
  if (!options.dataset.empty()) {
    return dataset_graph(options.dataset, options.root, !options.reorder.empty(), threads);
  }
  return power_law_graph(static_cast<NodeId>(options.random[0]), options.random[1] / 2);
}

std::string graph_name(const Options& options) {
  if (!options.matrix.empty()) return options.matrix;
  if (!options.dataset.empty()) return options.dataset;
  return fmt::format("random {},{}", options.random[0], options.random[1]);
}

/// An order of the graph's nodes, as `weft convert` finds one (but of this graph, with its self-loops), and
/// the seconds that it took.
std::vector<NodeId> find_order(const data::HostCsr& graph, const std::string& name, int threads,
                               double& seconds) {
  const data::HostCsr both_ways = data::symmetrize(graph.view(), threads);
  const auto start = std::chrono::steady_clock::now();
  std::vector<NodeId> order = data::order_nodes(both_ways.view(), data::node_order_of(name));
  seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return order;
}

/// The ways to multiply that were asked for: the backend's, and those of bench/spmm.
struct Methods {
  std::vector<SpmmMethod> backend;
  std::vector<SpmmEntry> own;
};

Methods find_methods(const Device& device, const std::string& name) {
  Methods all{{SpmmMethod::kAuto}, {}};
  for (const SpmmMethod method : device.backend->spmm_methods()) all.backend.push_back(method);
  if (device.is_cpu()) all.own = registered_spmm();
  if (name == "all") return all;
  std::string known = "all";
  for (const SpmmMethod method : all.backend) {
    if (name == spmm_method_name(method)) return {{method}, {}};
    known += std::string(", ") + spmm_method_name(method);
  }
  for (const SpmmEntry& entry : all.own) {
    if (name == entry.name) return {{}, {entry}};
    known += ", " + entry.name;
  }
  fail(ErrorCode::kNotFound, device.backend->name(), " has no method '", name, "'; it has ", known);
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

  /// The backend's product by one of its methods, or why that cannot be had.
  Json time(Stopwatch& stopwatch, SpmmMethod method, int repeats) {
    const char* const name = spmm_method_name(method);
    try {
      const Buffer<char> scratch = scratch_for(method);
      return row(name, stopwatch.time(repeats, [&] { multiply(method, scratch, y_.view()); }));
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kUnsupported) throw;
      return left_out(name, "cannot do this");
    }
  }

  /// A product of bench/spmm, if it does what is asked and what it computes is right.
  Json time(Stopwatch& stopwatch, const SpmmEntry& entry, int repeats) {
    if (dtype_ != DType::kF32 || scaled_) return left_out(entry.name, "float32 without factors alone");
    try {
      const Mat x = x_.view(), y = y_.view();
      const SpmmFunction function = entry.set_up(a_, x.cols, x.ld, y.ld);
      const auto call = [&] { function(a_, x.f32(), x.ld, y.f32(), y.ld, x.cols); };
      std::fill_n(y.f32(), y.rows * y.ld, std::numeric_limits<float>::quiet_NaN());
      call();
      if (const auto wrong = first_wrong(a_, y, wanted())) return told(entry.name, *wrong);
      return row(entry.name, stopwatch.time(repeats, call));
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kUnsupported) throw;
      return left_out(entry.name, error.what());
    }
  }

  /// Bytes that are the same for every method: offsets, columns, a row of x for every edge, y.
  double gathered_bytes() const {
    return index_bytes() + row_bytes() * static_cast<double>(a_.num_edges + a_.num_rows);
  }
  /// The same with each row of x once.
  double distinct_bytes() const {
    return index_bytes() + row_bytes() * static_cast<double>(a_.num_cols + a_.num_rows);
  }

 private:
  double index_bytes() const {
    return 8.0 * static_cast<double>(a_.num_rows + 1) + 4.0 * static_cast<double>(a_.num_edges);
  }
  double row_bytes() const {
    return static_cast<double>(x_.view().cols) * static_cast<double>(dtype_bytes(dtype_));
  }
  std::string sizes() const { return fmt::format("{} {}", x_.view().cols, dtype_name(dtype_)); }

  Json row(const std::string& name, const Samples& samples) const {
    const double flops = 2.0 * static_cast<double>(a_.num_edges * x_.view().cols);
    Json json = to_json(Row{name, sizes(), gathered_bytes(), flops, samples});
    json["distinct_bytes"] = distinct_bytes();
    return json;
  }
  Json left_out(const std::string& name, const std::string& why) const {
    return {{"name", name}, {"sizes", sizes()}, {"left_out", why}};
  }

  Json told(const std::string& name, const WrongElement& wrong) const {
    Json json = left_out(name, fmt::format("wrong, so not timed: row {}, column {} is {}, not {}", wrong.row,
                                           wrong.col, wrong.got, wrong.wanted));
    json["wrong"] = {{"row", wrong.row}, {"column", wrong.col}, {"got", wrong.got}, {"wanted", wrong.wanted}};
    return json;
  }

  SpmmOptions options(SpmmMethod method) const {
    SpmmOptions options;
    options.method = method;
    if (scaled_) {
      options.row_scale = {scale_.view().f32(), a_.num_rows};
      options.col_scale = {scale_.view().f32(), a_.num_cols};
    }
    return options;
  }
  Buffer<char> scratch_for(SpmmMethod method) const {
    const Mat y{nullptr, a_.num_rows, x_.view().cols, x_.view().cols, dtype_};
    const auto bytes = backend_.scratch(Spmm{a_, x_.view(), y, options(method)});
    return {backend_, static_cast<std::int64_t>(bytes), "scratch"};
  }
  void multiply(SpmmMethod method, const Buffer<char>& scratch, const Mat& y) const {
    Stream with_scratch{stream_.queue, scratch.data(), scratch.bytes()};
    backend_.run(with_scratch, Spmm{a_, x_.view(), y, options(method)});
  }
  /// What the backend computes; made once.
  Mat wanted() {
    if (!wanted_) {
      wanted_.emplace(backend_, stream_, a_.num_rows, x_.view().cols, dtype_);
      multiply(SpmmMethod::kAuto, scratch_for(SpmmMethod::kAuto), wanted_->view());
    }
    return wanted_->view();
  }

  Backend& backend_;
  Stream& stream_;
  CsrView a_;
  DType dtype_;
  BenchMatrix x_, y_, scale_;
  std::optional<BenchMatrix> wanted_;
  bool scaled_;
};

/// One width and type: the ceiling at that width, then every method.
void measure(Backend& backend, Stopwatch& stopwatch, const CsrView& a, std::int64_t cols, DType dtype,
             const Methods& methods, const Options& options, Json& rows) {
  const Rate gather = gather_rate(backend, stopwatch, a.num_cols, cols, dtype, options.repeats);
  rows.push_back(to_json(
      Row{"random rows", fmt::format("{} {}", cols, dtype_name(dtype)), gather.bytes, 0.0, gather.samples}));
  Product product(backend, stopwatch.stream(), a, cols, dtype, options.scaled);
  for (const SpmmMethod method : methods.backend) {
    rows.push_back(product.time(stopwatch, method, options.repeats));
  }
  for (const SpmmEntry& entry : methods.own) rows.push_back(product.time(stopwatch, entry, options.repeats));
}

std::vector<DType> types(const Backend& backend, const Options& options) {
  std::vector<DType> types;
  for (const std::string& type : options.types) {
    types.push_back(type == "bf16" ? DType::kBf16 : DType::kF32);
    if (types.back() == DType::kBf16 && !backend.stores_bf16()) {
      fail(ErrorCode::kUnsupported, backend.name(), " stores no bf16; give --type fp32");
    }
  }
  return types;
}

Json measure(const Options& options) {
  const Device device = open_device(options.device);
  Backend& backend = *device.backend;
  const Methods methods = find_methods(device, options.method);
  const std::vector<DType> stored = types(backend, options);
  data::HostCsr host = make_graph(options, device.threads);
  double order_seconds = 0.0;
  if (!options.reorder.empty()) {
    const std::vector<NodeId> order = find_order(host, options.reorder, device.threads, order_seconds);
    host = permuted(host.view(), order, device.threads);
  }
  Stream stream;
  const Csr graph(backend, stream, host.view());
  CsrView a = graph.view();
  a.longest_row = longest_row(host.view());

  Json json = provenance(backend.description());
  json["graph"] = graph_name(options);
  json["graph_rows"] = a.num_rows;
  json["edges"] = a.num_edges;
  json["longest_row"] = a.longest_row;
  json["scaled"] = options.scaled;
  if (!options.reorder.empty()) {
    json["reorder"] = options.reorder;
    json["reorder_seconds"] = order_seconds;
  }
  return between_peaks(device, std::move(json), [&] {
    Stopwatch stopwatch(backend);
    Json rows = Json::array();
    for (const DType dtype : stored) {
      for (const std::int64_t cols : options.cols) {
        measure(backend, stopwatch, a, cols, dtype, methods, options, rows);
      }
    }
    return rows;
  });
}

void run(const Options& options) {
  const Json json = measure(options);
  if (!options.json) {
    fmt::print("{}: {} rows, {} edges, longest row {}{}; bytes as if every edge fetched its row\n",
               json["graph"].get<std::string>(), json["graph_rows"].dump(), json["edges"].dump(),
               json["longest_row"].dump(), options.scaled ? ", scaled rows and columns" : "");
    if (!options.reorder.empty()) {
      fmt::print("nodes in the order '{}', found in {:.3f} s\n", options.reorder,
                 json["reorder_seconds"].get<double>());
    }
  }
  print(json, options.json);
}

}  // namespace

void add_spmm(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("spmm", "the sparse product, every way that the device and bench/spmm know");
  CLI::Option_group* graph = command->add_option_group("graph", "one of these");
  graph->add_option("--dataset", options->dataset,
                    "a dataset's graph, made symmetric, with self-loops (a name, or a folder)");
  graph->add_option("--mtx", options->matrix, "a MatrixMarket file");
  graph->add_option("--random", options->random, "nodes and edges of a made-up graph with skewed degrees")
      ->delimiter(',')
      ->expected(2)
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{std::numeric_limits<NodeId>::max()}));
  graph->require_option(1);
  command
      ->add_option("--reorder", options->reorder,
                   "order of the nodes: none (by id), degree, rcm, community; else as the graph comes, a "
                   "dataset's as in its cache")
      ->check(CLI::IsMember(node_orders()).description(""));
  add_root_option(command, options->root);
  command->add_option("--cols", options->cols, "columns of x, one number or several")
      ->delimiter(',')
      ->check(CLI::Range(1, 65536))
      ->capture_default_str();
  command->add_option("--type", options->types, "how x and y are stored, one or both")
      ->delimiter(',')
      ->check(CLI::IsMember({"fp32", "bf16"}))
      ->capture_default_str();
  add_device_options(command, options->device);
  command->add_option("--method", options->method, "auto, all, or one by name")->capture_default_str();
  command->add_flag("--scaled", options->scaled, "with the row and column factors of a normalisation");
  add_repeats_option(command, options->repeats);
  add_json_flag(command, options->json);
  command->callback([options] { run(*options); });
}

}  // namespace weft::bench
