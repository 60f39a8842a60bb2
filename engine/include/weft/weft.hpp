#pragma once
// Weft's public interface: everything the command line can do, as plain structs and functions.
//
// Every function throws weft::Error with a code and one line that names what is wrong and what to do next.
// Nothing here writes to stdout or stderr, ends the process or handles signals; what a program may want to
// show comes through callbacks, always on the calling thread. One training at a time per process.
#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kernels/base/error.hpp"
#include "kernels/base/types.hpp"

namespace weft {

// ---- version

/// "0.1.0".
std::string version();
/// Short hash of the commit the library was built from, with "+" when the tree had changes; "unknown" outside
/// git.
std::string git_revision();

// ---- what is going on

/// How far something is. `fraction` in [0, 1]; `detail` may be empty.
struct Progress {
  std::string what;
  double fraction = 0.0;
  std::string detail;
};

/// Each may be empty.
struct Events {
  std::function<void(const std::string& line)> result;  // what the command line prints on stdout
  std::function<void(const std::string& line)> note;    // what deserves a log line
  std::function<void(const Progress&)> progress;
};

/// Asks a running train() to end after the epoch it is in, leaving a checkpoint, or a running fetch() to end
/// soon, leaving what came, or a running convert(), synth() or predict(), leaving nothing; they then throw
/// kInterrupted. May be called from a signal handler or another thread.
void request_stop() noexcept;

// ---- datasets

/// WEFT_ROOT if it is set, else "dataset".
std::filesystem::path default_root();

enum class OnDisk : std::uint8_t { kNothing, kRaw, kCached };
/// "nothing", "raw" or "cached".
const char* on_disk_name(OnDisk state);

/// A dataset that is known by name. Sizes are the published ones; 0 where none are.
struct KnownDataset {
  std::string name;
  std::string task;       // "node", "link", "graph"
  std::string task_type;  // OGB's words
  std::string metric;
  std::string split;           // the default one
  std::int64_t num_tasks = 0;  // 0: the task family has none
  std::int64_t num_classes = 0;
  std::int64_t num_nodes = 0;  // graphs, for graph prediction
  std::int64_t num_edges = 0;
  std::array<std::int64_t, 3> split_sizes{};  // train, valid, test
  OnDisk on_disk = OnDisk::kNothing;
  std::filesystem::path folder;
};

std::vector<KnownDataset> datasets(const std::filesystem::path& root = default_root());

/// WEFT_MIRROR if it is set, else OGB's address: what stands before "nodeproppred/arxiv.zip".
std::string default_mirror();

struct FetchOptions {
  std::filesystem::path root = default_root();
  std::string mirror = default_mirror();
  bool even_large = false;                                        // more than 1 GB without a question
  std::function<bool(const std::string& question)> confirm = {};  // asked above 1 GB; empty: the answer is no
  std::string sha256 = {};  // that the zip must have, as 64 hexadecimal digits; empty: any
  bool keep_zip = false;    // leave it beside the dataset's folder
  Events events = {};
};

struct FetchResult {
  std::string name;
  std::filesystem::path folder;
  bool already_there = false;  // nothing was done; the rest is then empty
  std::string url;
  std::uint64_t bytes = 0;  // of the zip
  std::string sha256;       // of the zip
  double seconds = 0.0;
};

/// Downloads a dataset by its name and unpacks it below the root. A broken transfer is resumed, now and by a
/// later call; the folder appears whole or not at all, and nothing that was there before is changed. Errors:
/// kNotFound (no such dataset; not on the server), kInvalidArgument (nothing to fetch; an address that is
/// none; a large download that nobody agreed to), kExists (something else is in the folder; another process
/// is at it), kBadData (a damaged or hostile archive, another version, another SHA-256), kNoSpace, kIo,
/// kInterrupted.
FetchResult fetch(const std::string& name, const FetchOptions& options = {});

struct ConvertOptions {
  std::filesystem::path root = default_root();
  int threads = 0;  // 0: every CPU the process may use
  bool without_features = false;
  // Of a folder that OGB's table does not have:
  std::optional<std::int64_t> num_classes = {};   // else the largest label + 1
  std::optional<std::int64_t> unlabelled = {};    // the label of what has none, besides NaN
  std::optional<bool> add_inverse_edge = {};      // else false
  std::optional<std::string> default_split = {};  // else the only one there is
  std::filesystem::path splits = {};              // a .npz file with the split of a graph in a .npz file
  std::string reorder = {};                       // of nodes: one of node_orders(); empty: as pays
  double memory_gb = 0.0;                         // for sorting edges; beyond it they wait on disk. 0: 4 GiB
  Events events = {};
};

/// "none", "degree", "rcm", "community": how nodes may lie in a cache. Whatever it is, ids that come out are
/// those of the raw files, and numbers change only as sums do whose terms change places.
std::vector<std::string> node_orders();

struct ConvertResult {
  std::string name;
  std::filesystem::path cache;
  std::uint64_t bytes = 0;  // of the cache file
  std::string node_order;   // one of node_orders()
  double seconds = 0.0;
};

/// Raw files to one cache file. `name`: a dataset's name, or a folder or a .npz file (what contains '/' or
/// '.'). A cache that is there is replaced, whatever its options were. Errors: kNotFound, kBadData (file,
/// row, value), kUnsupported (nodes that cannot be reordered), kNoSpace, kIo, kInterrupted (see
/// request_stop); nothing is left behind then, and a cache that was there stays.
ConvertResult convert(const std::string& name, const ConvertOptions& options = {});

/// A made dataset for node prediction: a degree-corrected stochastic block model (Karrer and Newman 2011)
/// with power-law degrees and planted communities, labels that follow the communities, features that follow
/// the labels. What is left open comes from `like`, else from the values behind the comments.
struct SynthOptions {
  std::filesystem::path root = default_root();
  std::string like;  // sizes, classes, homophily and split of "ogbn-arxiv" or "ogbn-products"
  std::optional<std::int64_t> nodes;        // from 16 to 2^31 - 1; 10,000
  std::optional<std::int64_t> edges;        // different pairs of different nodes; 100,000
  std::optional<bool> directed;             // an edge goes one way, at random, else both ways; false
  std::optional<std::int64_t> classes;      // from 2; 10
  std::optional<std::int64_t> features;     // columns, 0: none; 64
  std::optional<std::int64_t> communities;  // from `classes`; nodes / sqrt(2 edges)
  double degree_exponent = 2.5;             // a of P(degree) ~ degree^-a, in (2, 10]
  std::optional<double> homophily;  // share of edges that join equal labels (Zhu et al. 2020), in [0, 1]; 0.8
  std::optional<double> mixing;     // share of edges between communities, in [0, 1]; (1 - homophily) / 2
  std::optional<double> train_fraction;  // of the nodes, in (0, 1); 0.6
  std::optional<double> valid_fraction;  // 0.2; the rest of both is for testing
  double feature_noise = 0.6;  // standard deviation, where half the distance of two classes' means is 1
  std::optional<std::pair<double, double>> edge_weights;  // uniform from the first to the second; none
  std::uint64_t seed = 0;
  bool raw = false;          // OGB's raw csv files instead of a cache
  std::string reorder = {};  // of the cache's nodes: one of node_orders(); empty: as convert() does
  double memory_gb = 0.0;    // for sorting edges; beyond it they wait on disk. 0: 4 GiB
  bool force = false;        // write over a graph that was made here before
  int threads = 0;           // 0: every CPU the process may use; the bytes are the same at any number
  Events events = {};
};

struct SynthResult {
  std::string name;
  std::filesystem::path folder;
  std::filesystem::path cache;  // empty with `raw`
  std::int64_t nodes = 0;
  std::int64_t edges = 0;    // as in the options
  std::int64_t entries = 0;  // of the adjacency matrix: twice the edges unless directed
  std::int64_t communities = 0;
  double mixing = 0.0;
  std::string node_order;  // one of node_orders(); empty with `raw`
  double seconds = 0.0;
};

/// Makes a dataset in the folder `name` (with '/' or '.'), or in one of that name below the root, where every
/// other function finds it. A function of options and seed; the cache is what convert() makes of the raw
/// files, for which an order of nodes takes the features in memory. Errors: kInvalidArgument for options that
/// are out of range or cannot go together, saying what would; kUnsupported for an order that takes more than
/// `memory_gb`; kExists for a folder that is not empty and, without `force`, for one that was made here;
/// kNoSpace, kIo, kInterrupted (see request_stop).
SynthResult synth(const std::string& name, const SynthOptions& options = {});

struct InfoOptions {
  std::filesystem::path root = default_root();
  int threads = 0;
  bool verify = false;  // compare every checksum of the cache and every raw file it was made from
  std::string recipe;   // for the memory estimate; empty: the default recipe
  Events events = {};
};

struct Degrees {
  std::int64_t min = 0;
  double mean = 0.0;
  std::int64_t max = 0;
};

/// A node type, or the graphs of a dataset of many.
struct NodeTypeInfo {
  std::string name;
  std::int64_t count = 0;
  std::int64_t feature_columns = 0;           // 0: there are none
  std::string feature_type;                   // "float32", "int64", ...
  std::optional<std::int64_t> sparse_values;  // entries that are kept, where features are sparse
  std::vector<std::string> columns;           // names of further arrays: "node_year"
};

struct WeightInfo {
  double min = 0.0;
  double mean = 0.0;
  double max = 0.0;
};

struct RelationInfo {
  std::string source;  // node types
  std::string name;
  std::string target;
  std::int64_t num_edges = 0;        // as trained on: inverse edges included
  Degrees in_degree;                 // edges per target
  Degrees out_degree;                // edges per source
  std::vector<std::string> columns;  // "edge_feat", "edge_weight"
  std::optional<WeightInfo> weights;
};

/// Labels of one node type or of the graphs, [rows, tasks].
struct LabelInfo {
  std::string of;
  std::int64_t num_tasks = 0;
  double min = 0.0;
  double max = 0.0;
  std::int64_t unlabelled = 0;  // rows without any label
  double missing = 0.0;         // share of the rows x tasks that is missing
  std::map<std::int64_t, std::int64_t>
      class_counts;           // of the classes that occur, over all tasks; empty for regression
  double mean = 0.0;          // of all labels
  std::optional<double> std;  // unbiased; none for fewer than two labels
};

/// Labels that are sequences of tokens, one per graph.
struct TokenInfo {
  std::int64_t vocabulary = 0;  // different tokens
  Degrees per_graph;
};

struct SplitInfo {
  std::string name;
  std::array<std::int64_t, 3> sizes{};      // train, valid, test: nodes, graphs or positive edges
  std::array<std::int64_t, 3> negatives{};  // candidates that are no edges; 0 where there are none
  /// Per part the arrays by name, with their shapes.
  std::array<std::map<std::string, std::vector<std::int64_t>>, 3> arrays;
};

struct DatasetInfo {
  std::string name;
  std::string task;  // "node", "link" or "graph"
  std::string task_type;
  std::string metric;
  std::int64_t num_tasks = 0;    // 0: there are none
  std::int64_t num_classes = 0;  // -1: regression, 0: there are none
  bool add_inverse_edge = false;
  std::int64_t num_nodes = 0;  // of all types and graphs together
  std::int64_t num_edges = 0;  // of all relations
  std::int64_t num_graphs = 1;
  Degrees nodes_per_graph, edges_per_graph;  // where there are several
  std::vector<NodeTypeInfo> node_types;      // by name
  std::vector<RelationInfo> relations;
  std::string node_order;           // that the cache has: one of node_orders()
  std::int64_t isolated_nodes = 0;  // in no edge of any relation
  std::int64_t self_loops = 0;
  std::optional<double> homophily;  // share of edges between labelled nodes of one type that join equal
                                    // labels, first task
  std::vector<LabelInfo> labels;
  std::optional<TokenInfo> tokens;
  std::string default_split;
  std::vector<SplitInfo> splits;
  std::filesystem::path cache;
  std::uint64_t cache_bytes = 0;
  std::string recipe;                           // that the estimate is for
  bool uses_edge_weights = false;               // a training by the recipe does
  std::optional<std::uint64_t> training_bytes;  // memory a training run will take; none if it cannot train
  std::string why_not_trainable;                // the reason then
};

/// Converts first where there is no cache. Errors: those of convert; kBadData for a damaged cache.
DatasetInfo info(const std::string& name, const InfoOptions& options = {});

// ---- training

/// One option of a training run: a key of recipe files, a flag of the command line.
struct TrainOption {
  enum class Kind : std::uint8_t { kNumber, kText, kSwitch };
  std::string key;  // "weight_decay"
  std::string help;
  std::string unit;     // empty where there is none
  std::string expects;  // "a number in [0, 1)"
  std::string preset;   // value in the default recipe
  Kind kind = Kind::kText;
};

std::vector<TrainOption> train_options();
std::vector<std::string> recipe_names();
/// Throws what train() would throw for this setting; for checking input early.
void check_setting(const std::string& key, const std::string& value);

struct TrainOptions {
  std::filesystem::path root = default_root();
  std::string recipe;            // empty: what `config` names; without a file, dgl-gcn
  std::filesystem::path config;  // a TOML file over the recipe; empty: none
  std::vector<std::pair<std::string, std::string>> settings;  // over both: (key, value as text)
  std::filesystem::path out;                                  // run directory; empty: nothing is written
  bool resume = false;                                        // continue the run in `out`
  std::string command_line;                                   // kept in summary.json
  Events events = {};
};

/// What is known about the program and the machine it runs on.
struct Machine {
  std::string version;
  std::string git_revision;
  std::string cpu_model;
  std::vector<std::string> instruction_sets;
  int cpus = 0;                                  // that the process may use
  std::map<std::string, std::string> libraries;  // name -> version
};

/// The GPU as Weft sees it.
struct GpuStatus {
  bool seen = false;    // the system shows one
  bool usable = false;  // Weft can compute on it
  std::string device;   // its description with driver and runtime, when it is usable
  std::string driver;   // version of NVIDIA's kernel driver; empty: none is loaded
  std::string library;  // path of Weft's CUDA library; empty: there is none
  std::string problem;  // one line, when it is not usable
};

/// What this machine offers Weft, and what is missing.
struct Diagnosis {
  Machine machine;
  std::uint64_t memory_bytes = 0;            // of the machine
  std::uint64_t memory_available_bytes = 0;  // that a training could take now
  GpuStatus gpu;
  std::vector<std::string> advice;  // what is missing and what to do about it; empty: nothing is
};

/// Errors: none for what is missing.
Diagnosis diagnose();

/// One run. Scores are fractions, at the epoch that TrainResult::select chooses; NaN where no node of the
/// part has a label.
struct RunResult {
  std::uint64_t seed = 0;
  int best_epoch = 0;  // the chosen one
  double train = 0.0;
  double valid = 0.0;
  double test = 0.0;
  double highest_train = 0.0;  // over all epochs; the lowest where the metric is better so
  double highest_valid = 0.0;
};

/// Over runs. `std` is unbiased (n - 1), and absent for one run.
struct Spread {
  double mean = 0.0;
  std::optional<double> std;
};

/// One step of the plan a model runs: the time of all its calls.
struct StepTime {
  std::string program;  // "setup", "train" or "evaluate"
  std::string step;     // "convs.1 aggregate"
  double seconds = 0.0;
  std::int64_t calls = 0;
};

struct TrainResult {
  std::string dataset;
  std::string split;
  std::string metric;
  std::string recipe;         // empty: a file of one's own
  std::string features;       // "file", or "random:D": scores then mean nothing
  std::string select;         // "valid": a run's epoch is the first best on validation; "last": the last one
  bool log1p = false;         // features were counts and taken as log(1 + count)
  bool edge_weights = false;  // the model multiplied by them
  std::string device;
  int threads = 0;
  std::string precision;  // how activations are stored: "fp32" or "bf16"
  std::string math;       // how dense products round their factors: "fp32" or "tf32"
  std::int64_t parameters = 0;
  std::vector<RunResult> runs;
  Spread highest_train, highest_valid, final_train, final_test;
  double seconds_train = 0.0;     // median per epoch; NaN where a finished run was read and nothing trained
  double seconds_evaluate = 0.0;  // median per evaluation; NaN likewise
  std::vector<StepTime> steps;    // in the order they run; on a GPU only with WEFT_SYNC=1 in the environment
  std::uint64_t peak_bytes = 0;   // most memory the process ever had resident
  std::uint64_t device_peak_bytes = 0;  // most memory that was allocated where it computed, at one time
  double final_loss = 0.0;              // of the last epoch of the last run
  Machine machine;
  std::string command_line;
};

/// `name`: a dataset's name, or a folder. Converts first where there is no cache.
/// Errors: kNotFound, kInvalidArgument, kBadData (settings and files); kExists (out); kOutOfMemory (estimated
/// before starting); kNumeric (a loss that is not finite); kInterrupted (see request_stop).
TrainResult train(const std::string& name, const TrainOptions& options = {});

struct PredictOptions {
  std::filesystem::path root = default_root();
  std::filesystem::path out;  // .npy (int64 [n, 1]) or .csv (a class per line); empty: nothing is written
  std::string device = "auto";
  int threads = 0;
  Events events = {};
};

struct PredictResult {
  std::vector<std::int32_t> classes;  // [n], one per node
  std::string split;                  // that the scores are for; empty when the graph has no such split
  std::array<std::optional<double>, 3> scores;  // train, valid, test; none where a part is empty
};

/// Applies a checkpoint's model to a dataset with the same number of features.
/// Errors: kNotFound, kBadData (checkpoint), kInvalidArgument (features that do not fit), kExists (out),
/// kInterrupted (see request_stop).
PredictResult predict(const std::filesystem::path& checkpoint, const std::string& name,
                      const PredictOptions& options = {});

// ---- scores of predictions

/// What to score by: a dataset's name, or a metric.
struct EvaluateOptions {
  std::string dataset;         // one of OGB's, which tells metric and tasks; else empty
  std::string metric;          // "acc", "rocauc", "ap", "rmse", "hits@20" (any K), "mrr", "F1"; else empty
  std::int64_t num_tasks = 1;  // of a metric: columns of y_true; 0 for rocauc of positives and negatives
  int threads = 0;             // 0: every CPU the process may use; results are the same at any number
  bool lists = false;          // of mrr: every row's values instead of their means
};

/// By OGB's names and in OGB's order; mrr's means are called hits@1, hits@3, hits@10 and mrr.
struct EvaluateResult {
  std::vector<std::pair<std::string, double>> scores;
  std::vector<std::pair<std::string, std::vector<float>>> lists;  // hits@1_list, ..., mrr_list
};

/// A dense, row-major array in the caller's memory, aligned to its values.
struct ScoreArray {
  DType type = DType::kF32;
  std::vector<std::int64_t> shape;
  const void* data = nullptr;
};

/// Scores predictions as OGB's Evaluator does (data/EVALUATORS.md says where not), from a .npz, .csv, .csv.gz
/// or .json file that evaluate_format() describes, or from memory under the same keys, or from token lists.
/// Errors: kNotFound (file, dataset, metric); kInvalidArgument (a missing key, shapes that do not fit, values
/// that have no score, more than one of dataset and metric or neither); kBadData, kIo, kUnsupported (files).
EvaluateResult evaluate(const std::filesystem::path& file, const EvaluateOptions& options);
EvaluateResult evaluate(const std::map<std::string, ScoreArray>& arrays, const EvaluateOptions& options);
EvaluateResult evaluate(const std::vector<std::vector<std::string>>& seq_ref,
                        const std::vector<std::vector<std::string>>& seq_pred,
                        const EvaluateOptions& options);

/// What to give and what comes back, for people to read; each ends in a line end.
struct EvaluateFormat {
  std::string input;
  std::string output;
};
EvaluateFormat evaluate_format(const EvaluateOptions& options);

// ---- JSON, as the command line's --json prints it; one object or array without a line end

std::string to_json(const std::vector<KnownDataset>& datasets);
std::string to_json(const FetchResult& result);
std::string to_json(const ConvertResult& result);
std::string to_json(const SynthResult& result);
std::string to_json(const DatasetInfo& info);
std::string to_json(const TrainResult& result);  // what summary.json holds
std::string to_json(const Diagnosis& diagnosis);
std::string to_json(const EvaluateResult& result);  // scores and lists by their names

}  // namespace weft
