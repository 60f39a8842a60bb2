// The public structs as JSON. Keys of summary.json are part of the run directory's format (README.md).
#include <nlohmann/json.hpp>

#include "data/base/json_text.hpp"
#include "engine/include/weft/weft.hpp"

namespace weft {
namespace {

using Json = nlohmann::ordered_json;

Json sizes(const std::array<std::int64_t, 3>& parts) {
  return {{"train", parts[0]}, {"valid", parts[1]}, {"test", parts[2]}};
}

template <class T>
Json optional(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

Json run(const RunResult& r) {
  return {{"seed", r.seed},
          {"best_epoch", r.best_epoch},
          {"train", r.train},
          {"valid", r.valid},
          {"test", r.test},
          {"highest_train", r.highest_train},
          {"highest_valid", r.highest_valid}};
}

/// One figure of the four spreads, by OGB's names.
template <class Figure>
Json spreads(const TrainResult& r, Figure figure) {
  return {{"highest_train", figure(r.highest_train)},
          {"highest_valid", figure(r.highest_valid)},
          {"final_train", figure(r.final_train)},
          {"final_test", figure(r.final_test)}};
}

/// The program and the machine, as summaries and diagnoses hold them.
void add_machine(Json& json, const Machine& machine) {
  json["version"] = machine.version;
  json["git_revision"] = machine.git_revision;
  json["cpu_model"] = machine.cpu_model;
  json["instruction_sets"] = machine.instruction_sets;
  json["cpus"] = machine.cpus;
  json["libraries"] = machine.libraries;
}

}  // namespace

std::string to_json(const std::vector<KnownDataset>& datasets) {
  Json all = Json::array();
  for (const KnownDataset& d : datasets) {
    all.push_back({{"name", d.name},
                   {"task", d.task},
                   {"task_type", d.task_type},
                   {"metric", d.metric},
                   {"split", d.split},
                   {"num_tasks", d.num_tasks},
                   {"num_classes", d.num_classes},
                   {"num_nodes", d.num_nodes},
                   {"num_edges", d.num_edges},
                   {"split_sizes", sizes(d.split_sizes)},
                   {"on_disk", on_disk_name(d.on_disk)},
                   {"folder", d.folder.string()}});
  }
  return data::json_text(std::move(all), 2);
}

std::string to_json(const FetchResult& r) {
  Json json{{"name", r.name}, {"folder", r.folder.string()}, {"already_there", r.already_there}};
  if (!r.already_there) {
    json["url"] = r.url;
    json["bytes"] = r.bytes;
    json["sha256"] = r.sha256;
    json["seconds"] = r.seconds;
  }
  return data::json_text(std::move(json), 2);
}

std::string to_json(const ConvertResult& r) {
  return data::json_text(Json{{"name", r.name},
                              {"cache", r.cache.string()},
                              {"bytes", r.bytes},
                              {"node_order", r.node_order},
                              {"seconds", r.seconds}},
                         2);
}

std::string to_json(const SynthResult& r) {
  return data::json_text(Json{{"name", r.name},
                              {"folder", r.folder.string()},
                              {"cache", r.cache.empty() ? Json() : Json(r.cache.string())},
                              {"nodes", r.nodes},
                              {"edges", r.edges},
                              {"entries", r.entries},
                              {"communities", r.communities},
                              {"mixing", r.mixing},
                              {"node_order", r.node_order.empty() ? Json() : Json(r.node_order)},
                              {"seconds", r.seconds}},
                         2);
}

std::string to_json(const TrainResult& r) {
  Json runs = Json::array();
  for (const RunResult& one : r.runs) runs.push_back(run(one));
  Json steps = Json::array();
  for (const StepTime& s : r.steps) {
    steps.push_back({{"program", s.program}, {"step", s.step}, {"seconds", s.seconds}, {"calls", s.calls}});
  }
  Json json{{"dataset", r.dataset},
            {"split", r.split},
            {"metric", r.metric},
            {"recipe", r.recipe},
            {"features", r.features},
            {"log1p", r.log1p},
            {"edge_weights", r.edge_weights},
            {"comparable", r.features == "file"},
            {"select", r.select},
            {"device", r.device},
            {"threads", r.threads},
            {"precision", r.precision},
            {"math", r.math},
            {"parameters", r.parameters},
            {"runs", runs},
            {"mean", spreads(r, [](const Spread& s) { return Json(s.mean); })},
            {"std", spreads(r, [](const Spread& s) { return optional(s.std); })},
            {"seconds_per_epoch", {{"train", r.seconds_train}, {"evaluate", r.seconds_evaluate}}},
            {"steps", steps},
            {"peak_bytes", r.peak_bytes},
            {"device_peak_bytes", r.device_peak_bytes},
            {"final_loss", r.final_loss}};
  add_machine(json, r.machine);
  json["command_line"] = r.command_line;
  return data::json_text(std::move(json), 2);
}

std::string to_json(const Diagnosis& d) {
  Json json = Json::object();
  add_machine(json, d.machine);
  json["memory_bytes"] = d.memory_bytes;
  json["memory_available_bytes"] = d.memory_available_bytes;
  json["gpu"] = {{"seen", d.gpu.seen},     {"usable", d.gpu.usable},   {"device", d.gpu.device},
                 {"driver", d.gpu.driver}, {"library", d.gpu.library}, {"problem", d.gpu.problem}};
  json["advice"] = d.advice;
  return data::json_text(std::move(json), 2);
}

std::string to_json(const EvaluateResult& r) {
  Json json = Json::object();
  for (const auto& [name, score] : r.scores) json[name] = score;
  for (const auto& [name, list] : r.lists) json[name] = list;
  return data::json_text(std::move(json), r.lists.empty() ? 2 : -1);  // lists of many rows stay on one line
}

}  // namespace weft
