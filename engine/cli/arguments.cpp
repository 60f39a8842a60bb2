#include "arguments.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <optional>

#include "kernels/base/closest.hpp"
#include "numbers.hpp"

namespace weft::cli {
namespace {

/// The parser's options write into these; one command is then taken out.
struct Parsed {
  DatasetsCommand datasets;
  FetchCommand fetch;
  ConvertCommand convert;
  SynthCommand synth;
  InfoCommand info;
  TrainCommand train;
  PredictCommand predict;
  DoctorCommand doctor;
  EvaluateCommand evaluate;
  std::string checkpoint, scores;  // files of predict and evaluate
  std::optional<std::int64_t> tasks;
};

std::string dashed(std::string key) {
  std::replace(key.begin(), key.end(), '_', '-');
  return "--" + key;
}

CLI::App* add_command(CLI::App& app, const char* name, const char* help) {
  CLI::App* command = app.add_subcommand(name, help);
  command->allow_extras();  // named in check_extras, with a suggestion
  return command;
}

/// An option that takes a path; std::filesystem::path itself would be quoted in help.
void add_path(CLI::App* command, const char* flag, std::filesystem::path& path, const char* help) {
  command
      ->add_option_function<std::string>(
          flag, [&path](const std::string& text) { path = text; }, help)
      ->type_name("PATH");
}

void add_root(CLI::App* command, std::filesystem::path& root) {
  root = default_root();
  add_path(command, "--root", root, "where dataset folders lie (WEFT_ROOT, else ./dataset)");
}

void add_name(CLI::App* command, std::string& name) {
  command->add_option("NAME", name, "a dataset's name, or a folder or a .npz file: what contains '/' or '.'")
      ->type_name("");
}

void add_threads(CLI::App* command, int& threads) {
  command->add_option("--threads", threads, "threads; 0 is every CPU the process may use")
      ->transform(whole(0, 1024))
      ->type_name("N");
}

void add_json(CLI::App* command, bool& json) { command->add_flag("--json", json, "print JSON"); }

void add_memory(CLI::App* command, double& gigabytes) {
  command
      ->add_option(
          "--memory", gigabytes,
          "memory for sorting edges [GB]; 0 is 4 GiB, and what needs more waits on disk; an order of nodes "
          "is found within it, or not by default")
      ->check(CLI::Range(0.0, 1e6).description(""))
      ->type_name("N");
}

void add_reorder(CLI::App* command, std::string& order) {
  command
      ->add_option(
          "--reorder", order,
          "order of nodes in the cache: none, degree, rcm, community (ids that come out stay as they are); "
          "without it community for a graph large enough to gain, else none")
      ->check(CLI::IsMember(node_orders()).description(""))
      ->type_name("ORDER");
}

void add_datasets(CLI::App& app, DatasetsCommand& out) {
  CLI::App* command = add_command(app, "datasets", "list the known datasets, and what of them is on disk");
  add_root(command, out.root);
  add_json(command, out.json);
}

void add_fetch(CLI::App& app, FetchCommand& out) {
  CLI::App* command = add_command(app, "fetch", "download a dataset of OGB's and unpack it");
  command->add_option("NAME", out.name, "a dataset's name; 'weft datasets' lists them")->type_name("");
  add_root(command, out.options.root);
  out.options.mirror = default_mirror();
  command
      ->add_option("--mirror", out.options.mirror,
                   "address in place of OGB's (WEFT_MIRROR, else " + default_mirror() + ")")
      ->type_name("URL");
  command->add_flag("--yes", out.options.even_large, "download more than 1 GB without a question");
  command->add_option("--sha256", out.options.sha256, "refuse a zip whose SHA-256 is another")
      ->type_name("HEX");
  command->add_flag("--keep-zip", out.options.keep_zip, "leave the zip beside the dataset's folder");
  add_json(command, out.json);
  command->footer(
      "Broken transfers are resumed; after Ctrl-C the same command goes on where it was.\n"
      "A proxy is taken from http_proxy and https_proxy.");
}

void add_convert(CLI::App& app, ConvertCommand& out) {
  CLI::App* command = add_command(app, "convert", "turn a dataset's raw files into one cache file");
  add_name(command, out.name);
  add_root(command, out.options.root);
  add_threads(command, out.options.threads);
  command->add_flag("--without-features", out.options.without_features, "leave the node features out");
  command
      ->add_option("--classes", out.options.num_classes,
                   "number of classes of a dataset of your own; -1: its labels are real numbers")
      ->transform(whole(-1, std::int64_t{1} << 31))
      ->check(not_zero())
      ->type_name("N");
  command
      ->add_option("--unlabelled", out.options.unlabelled,
                   "the label in a dataset of your own that stands for none, as -1 does in some")
      ->type_name("N");
  command->add_flag_callback(
      "--add-inverse-edge", [&out] { out.options.add_inverse_edge = true; },
      "every edge of a folder of your own stands for both directions");
  command->add_option("--split", out.options.default_split, "default split of a folder of your own")
      ->type_name("NAME");
  add_path(command, "--splits", out.options.splits,
           "a .npz file with the split (train, valid, test) of a graph in a .npz file");
  add_memory(command, out.options.memory_gb);
  add_reorder(command, out.options.reorder);
  add_json(command, out.json);
}

void add_synth(CLI::App& app, SynthCommand& out) {
  SynthOptions& o = out.options;
  CLI::App* command = add_command(app, "synth", "make a graph with communities, skewed degrees and labels");
  command
      ->add_option("NAME", out.name,
                   "name of its folder below the root, or a folder: what contains '/' or '.'")
      ->type_name("");
  add_root(command, o.root);
  const auto count = [&](const char* flag, auto& value, const char* help) {
    command->add_option(flag, value, help)->transform(whole(0))->type_name("N");
  };
  const auto real = [&](const char* flag, auto& value, const char* help) {
    command->add_option(flag, value, help)->transform(number())->type_name("N");
  };
  command
      ->add_option("--like", o.like,
                   "begin with the sizes, classes, homophily and split of ogbn-arxiv or ogbn-products")
      ->type_name("NAME");
  count("--nodes", o.nodes, "nodes, from 16 (10000)");
  count("--edges", o.edges,
        "different pairs of different nodes, at most a quarter of all (100000); each is two entries of the "
        "matrix");
  CLI::Option* const directed = command->add_flag_callback(
      "--directed", [&o] { o.directed = true; }, "each edge goes one way, at random, and is one entry");
  command
      ->add_flag_callback(
          "--undirected", [&o] { o.directed = false; }, "each edge goes both ways; for --like")
      ->excludes(directed);
  count("--classes", o.classes, "classes, from 2; large ones are many times as large as small ones (10)");
  count("--features", o.features, "columns of features; 0 is none (64)");
  count("--communities", o.communities, "from the number of classes (nodes / sqrt(2 edges))");
  real("--degree-exponent", o.degree_exponent, "a of P(degree) ~ degree^-a, in (2, 10] (2.5)");
  real("--homophily", o.homophily, "share of edges that join equal labels, in [0, 1] (0.8)");
  real("--mixing", o.mixing, "share of edges between communities, in [0, 1] ((1 - homophily) / 2)");
  real("--train-fraction", o.train_fraction, "share of nodes to train on (0.6)");
  real("--valid-fraction", o.valid_fraction, "share of nodes to validate on (0.2); the rest is for testing");
  real("--feature-noise", o.feature_noise,
       "standard deviation of features, half the distance of two classes being 1 (0.6)");
  command
      ->add_option_function<std::pair<double, double>>(
          "--edge-weights", [&o](const std::pair<double, double>& range) { o.edge_weights = range; },
          "give edges weights, uniform from LOW to HIGH, the same both ways")
      ->delimiter(',')
      ->transform(number())
      ->type_name("LOW,HIGH");
  count("--seed", o.seed, "the same seed, name and options give the same bytes (0)");
  command->add_flag("--raw", o.raw, "write OGB's raw csv files instead of a cache");
  add_reorder(command, o.reorder);
  add_memory(command, o.memory_gb);
  command->add_flag("--force", o.force, "write over what was made there before");
  add_threads(command, o.threads);
  add_json(command, out.json);
  command->footer(
      "A degree-corrected stochastic block model (Karrer and Newman 2011): no loops, no edge twice, ids in\n"
      "random order, in which raw files have the nodes; a cache may have them in another. Then 'weft info',\n"
      "'weft train' and the others take NAME; what --raw wrote is converted first.");
}

void add_info(CLI::App& app, InfoCommand& out) {
  CLI::App* command = add_command(app, "info", "describe a dataset; convert it first if need be");
  add_name(command, out.name);
  add_root(command, out.options.root);
  add_threads(command, out.options.threads);
  command->add_flag(
      "--verify", out.options.verify,
      "compare every checksum of the cache, and every raw file with what the cache was made from");
  command->add_option("--recipe", out.options.recipe, "recipe to estimate the memory of")->type_name("NAME");
  add_json(command, out.json);
}

/// A flag for every key of a recipe, in the same order, with the same words.
void add_settings(CLI::App* command, TrainOptions& options) {
  for (const TrainOption& option : train_options()) {
    const std::string help = option.help + (option.unit.empty() ? "" : " [" + option.unit + "]");
    const auto set = [key = option.key, &options](const std::string& value) {
      check_setting(key, value);
      options.settings.emplace_back(key, value);
    };
    if (option.kind == TrainOption::Kind::kSwitch) {
      const std::string off = "--no-" + dashed(option.key).substr(2);
      command
          ->add_flag_callback(
              dashed(option.key), [set] { set("true"); }, help + "; " + off + " switches it off")
          ->trigger_on_parse();  // in the order they are typed
      command->add_flag_callback(off, [set] { set("false"); })->trigger_on_parse()->group("");  // unlisted
      continue;
    }
    const std::string expects = option.expects == "a text" ? "" : " (" + option.expects + ")";
    command->add_option_function<std::string>(dashed(option.key), set, help + expects)
        ->type_name(option.kind == TrainOption::Kind::kNumber ? "N" : "TEXT");
  }
}

void add_train(CLI::App& app, TrainCommand& out) {
  CLI::App* command = add_command(app, "train", "train a model and score it as OGB does");
  add_name(command, out.name);
  add_root(command, out.options.root);
  command
      ->add_option("--recipe", out.options.recipe,
                   "what to start from: " + CLI::detail::join(recipe_names(), ", "))
      ->type_name("NAME");
  add_path(command, "--config", out.options.config, "a TOML file like a recipe, over the recipe");
  add_path(command, "--out", out.options.out, "folder for the run's files; must not exist");
  command->add_flag("--resume", out.options.resume, "continue the run in --out, with its options");
  add_settings(command, out.options);
  command->add_flag("--json", out.json, "print what summary.json holds, and nothing else");
  command->footer("Flags go over --config, which goes over --recipe (dgl-gcn where neither is given).");
}

void add_predict(CLI::App& app, Parsed& out) {
  CLI::App* command = add_command(app, "predict", "predict every node's class with a trained model");
  command->add_option("CHECKPOINT", out.checkpoint, "best.safetensors or last.safetensors of a run")
      ->type_name("");
  add_name(command, out.predict.name);
  add_root(command, out.predict.options.root);
  add_path(command, "--out", out.predict.options.out,
           "file to write, .npy or .csv; else one class per line on stdout");
  command->add_option("--device", out.predict.options.device, "where to compute (auto or cpu or cuda)")
      ->check(CLI::IsMember({"auto", "cpu", "cuda"}).description(""))
      ->type_name("TEXT");
  add_threads(command, out.predict.options.threads);
}

void add_evaluate(CLI::App& app, Parsed& out) {
  EvaluateOptions& options = out.evaluate.options;
  CLI::App* command = add_command(app, "evaluate", "score predictions in a file as OGB's Evaluator does");
  command->add_option("FILE", out.scores, "predictions: .npz, .csv, .csv.gz or, for F1, .json")
      ->type_name("");
  command->add_option("--dataset", options.dataset, "the OGB dataset that they are for")->type_name("NAME");
  command
      ->add_option("--metric", options.metric,
                   "instead of --dataset: acc, rocauc, ap, rmse, hits@K (hits@20), mrr or F1")
      ->type_name("NAME");
  command
      ->add_option("--tasks", out.tasks,
                   "columns of y_true, with --metric (1); 0 for rocauc of positives and negatives")
      ->transform(whole(0, std::int64_t{1} << 31))
      ->type_name("N");
  command->add_flag("--lists", options.lists, "every row's values of mrr instead of their means");
  command->add_flag("--format", out.evaluate.format, "tell what FILE has to hold and what is printed");
  add_threads(command, options.threads);
  add_json(command, out.evaluate.json);
  for (const char* unused : {"FILE", "--json", "--lists", "--threads"}) {
    command->get_option("--format")->excludes(command->get_option(unused));
  }
}

void add_doctor(CLI::App& app, DoctorCommand& out) {
  CLI::App* command =
      add_command(app, "doctor", "tell what of this machine is used, what is missing and what to do");
  add_json(command, out.json);
}

/// Every --name a command understands.
std::vector<std::string> flag_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands(nullptr)) names.push_back(command->get_name());
  return names;
}

/// `word` is what `command`, or the program itself, does not know.
[[noreturn]] void refuse(const CLI::App* command, const std::string& word,
                         const std::vector<std::string>& known) {
  const std::string name = command == nullptr ? "" : command->get_name();
  const std::string kind = word.rfind('-', 0) == 0 ? "option" : "command";
  const std::string guess = closest(word, known);
  const std::string help = "weft " + name + (name.empty() ? "" : " ") + "--help";
  throw UsageError(name + (name.empty() ? "" : ": ") + "unknown " + kind + " '" + word + "'; " +
                   (guess.empty() ? "see '" + help + "'" : "did you mean '" + guess + "'?"));
}

/// Words that no option took. A command's options end at "--": the parser leaves it among them, or, once the
/// command has all its words, gives what follows to the program.
void check_extras(const CLI::App& app, const CLI::App* command) {
  std::vector<std::string> words = command == nullptr ? app.remaining() : command->remaining();
  if (words.empty() && command == nullptr) throw UsageError("say what to do; see 'weft --help'");
  bool ended = false;
  if (command != nullptr && !words.empty() && words.front() == "--") {
    words.erase(words.begin());
    ended = true;
  }
  if (command != nullptr && words.empty()) {
    words = app.remaining();
    ended = true;
  }
  if (words.empty()) return;
  const std::string word = words.front().substr(0, words.front().find('='));
  const bool option = !ended && word.rfind('-', 0) == 0;
  if (option) refuse(command, word, flag_names(command == nullptr ? app : *command));
  if (command == nullptr) refuse(command, word, command_names(app));
  throw UsageError(command->get_name() + ": '" + word + "' is one word too many; see 'weft " +
                   command->get_name() + " --help'");
}

void need(const std::string& value, const CLI::App& command, const char* what) {
  if (!value.empty()) return;
  throw UsageError(command.get_name() + ": give " + what + "; see 'weft " + command.get_name() + " --help'");
}

EvaluateCommand take_evaluate(Parsed& parsed, const CLI::App& command) {
  EvaluateCommand& evaluate = parsed.evaluate;
  need(evaluate.options.dataset + evaluate.options.metric, command, "--dataset or --metric");
  if (!evaluate.options.dataset.empty() && !evaluate.options.metric.empty()) {
    throw UsageError("evaluate: --dataset tells the metric; give one of --dataset and --metric");
  }
  if (parsed.tasks && evaluate.options.metric.empty()) {
    throw UsageError("evaluate: --dataset tells the tasks; give --tasks with --metric only");
  }
  const std::string& metric = evaluate.options.metric;
  if (parsed.tasks && (metric == "mrr" || metric == "F1" || metric.rfind("hits@", 0) == 0)) {
    throw UsageError("evaluate: " + metric + " has no tasks; leave --tasks out");
  }
  if (!evaluate.format) need(parsed.scores, command, "a file of predictions");
  evaluate.options.num_tasks = parsed.tasks.value_or(evaluate.options.num_tasks);
  evaluate.file = parsed.scores;
  return evaluate;
}

SynthCommand take_synth(Parsed& parsed, const CLI::App& command) {
  SynthCommand& synth = parsed.synth;
  need(synth.name, command, "a name for the graph");
  for (const char* flag : {"--reorder", "--memory"}) {
    if (!synth.options.raw || command.count(flag) == 0) continue;
    throw UsageError(std::string("synth: ") + flag + " is for a cache, and --raw writes none; leave " + flag +
                     " out, and give it to 'weft convert'");
  }
  if (synth.options.features == 0 && command.count("--feature-noise") > 0) {
    throw UsageError("synth: --features 0 makes no features; leave --feature-noise out");
  }
  return synth;
}

Command take(Parsed& parsed, const CLI::App& command) {
  constexpr const char* kName = "a dataset's name, a folder or a .npz file";
  const std::string& which = command.get_name();
  if (which == "datasets") return parsed.datasets;
  if (which == "doctor") return parsed.doctor;
  if (which == "evaluate") return take_evaluate(parsed, command);
  if (which == "predict") {
    need(parsed.checkpoint, command, "a checkpoint");
    need(parsed.predict.name, command, kName);
    parsed.predict.checkpoint = parsed.checkpoint;
    return parsed.predict;
  }
  if (which == "fetch") return need(parsed.fetch.name, command, "a dataset's name"), parsed.fetch;
  if (which == "convert") return need(parsed.convert.name, command, kName), parsed.convert;
  if (which == "synth") return take_synth(parsed, command);
  if (which == "info") return need(parsed.info.name, command, kName), parsed.info;
  need(parsed.train.name, command, kName);
  if (parsed.train.options.resume && parsed.train.options.out.empty()) {
    throw UsageError("train: --resume needs the run's folder; give it with --out");
  }
  return parsed.train;
}

std::string version_text() {
  std::string text = "weft " + version();
  if (git_revision() != "unknown") text += " (" + git_revision() + ")";
  return text + "\n";
}

/// The command that was named, or the program itself.
const CLI::App* chosen(const CLI::App& app) {
  const auto commands = app.get_subcommands();
  return commands.empty() ? nullptr : commands.front();
}

std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

}  // namespace

Command parse_arguments(int argc, const char* const* argv) {
  CLI::App app("Weft trains graph neural networks on whole graphs.", "weft");
  app.set_version_flag("--version", version_text(), "print the version");
  app.allow_extras();
  app.option_defaults()->take_last();
  app.require_subcommand(0, 1);
  app.footer(
      "'weft COMMAND --help' tells a command's options. Results go to stdout, progress and messages to "
      "stderr.\n"
      "Of an option that is given twice the last counts; '--' ends the options. 1e3 is 1000.\n"
      "Exit status: 0 done, 1 failed, 2 wrong usage; 130 after Ctrl-C, 143 after SIGTERM, 129 after SIGHUP.");
  Parsed parsed;
  add_datasets(app, parsed.datasets);
  add_fetch(app, parsed.fetch);
  add_convert(app, parsed.convert);
  add_synth(app, parsed.synth);
  add_info(app, parsed.info);
  add_train(app, parsed.train);
  add_predict(app, parsed);
  add_evaluate(app, parsed);
  add_doctor(app, parsed.doctor);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForVersion&) {
    return PrintCommand{version_text()};
  } catch (const CLI::CallForHelp&) {
    return PrintCommand{app.help()};  // the command's, if one was named
  } catch (const CLI::ParseError& error) {
    const CLI::App* command = chosen(app);
    throw UsageError((command == nullptr ? "" : command->get_name() + ": ") + one_line(error.what()));
  } catch (const Error& error) {  // a setting's value
    throw UsageError("train: " + std::string(error.what()));
  }
  const CLI::App* command = chosen(app);
  check_extras(app, command);
  return take(parsed, *command);
}

}  // namespace weft::cli
