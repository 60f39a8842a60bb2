#include "data/dataset.hpp"

namespace weft::data {

std::int64_t Array::cols() const {
  std::int64_t product = 1;
  for (std::size_t d = 1; d < shape.size(); ++d) product *= shape[d];
  return product;
}

const char* part_name(Part part) {
  constexpr const char* kNames[] = {"train", "valid", "test"};
  return kNames[static_cast<std::size_t>(part)];
}

const Table& Dataset::nodes() const {
  if (tables.size() != 1) {
    fail(ErrorCode::kUnsupported, facts.name, ": has ", tables.size(), " node types where one is wanted");
  }
  return tables.begin()->second;
}

const Relation& Dataset::edges() const {
  if (relations.size() != 1) {
    fail(ErrorCode::kUnsupported, facts.name, ": has ", relations.size(), " relations where one is wanted");
  }
  return relations.front();
}

const Split& Dataset::split(const std::string& name) const {
  const std::string& wanted = name.empty() ? facts.default_split : name;
  const auto found = splits.find(wanted);
  if (found != splits.end()) return found->second;
  std::string known;
  for (const auto& [other, unused] : splits) known += (known.empty() ? "" : ", ") + other;
  fail(ErrorCode::kNotFound, facts.name, ": no split '", wanted, "'; choose one of: ", known);
}

}  // namespace weft::data
