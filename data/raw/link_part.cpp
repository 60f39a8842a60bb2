#include "data/raw/link_part.hpp"

#include <algorithm>
#include <iterator>

#include "data/base/file.hpp"
#include "data/raw/link_splits.hpp"
#include "kernels/base/error.hpp"

namespace weft::data {
namespace {

constexpr const char* kAdvice = "correct the file";

enum class Shape : std::uint8_t { kPairs, kOne, kMany };  // values per row
/// Whose ids they are: of any node, of the row's head or tail type; or numbers of another kind.
enum class Holds : std::uint8_t { kNode, kHead, kTail, kRelation, kNumber };

/// A key of OGB's link splits. `own_rows`: as many rows as it likes, else one per positive.
struct Key {
  const char* name;
  Shape shape;
  Holds holds;
  bool own_rows;
};

constexpr Key kKeys[] = {
    {"edge", Shape::kPairs, Holds::kNode, false},           {"edge_neg", Shape::kPairs, Holds::kNode, true},
    {"weight", Shape::kOne, Holds::kNumber, false},         {"year", Shape::kOne, Holds::kNumber, false},
    {"source_node", Shape::kOne, Holds::kNode, false},      {"target_node", Shape::kOne, Holds::kNode, false},
    {"target_node_neg", Shape::kMany, Holds::kNode, false}, {"head", Shape::kOne, Holds::kHead, false},
    {"relation", Shape::kOne, Holds::kRelation, false},     {"tail", Shape::kOne, Holds::kTail, false},
    {"head_neg", Shape::kMany, Holds::kHead, false},        {"tail_neg", Shape::kMany, Holds::kTail, false},
};
constexpr std::int64_t kRelations = std::int64_t{1} << 31;  // ids of relations are below
constexpr const char* kHeadType = "head_type";
constexpr const char* kTailType = "tail_type";

/// What a part of each form must have, besides the key that names the form; and what valid and test need to
/// be scored.
struct Form {
  const char* name;
  std::vector<const char*> companions;
  std::vector<const char*> negatives;
};

const std::vector<Form>& forms() {
  static const std::vector<Form> all = {{"edge", {}, {"edge_neg"}},
                                        {"source_node", {"target_node"}, {"target_node_neg"}},
                                        {"head", {"relation", "tail"}, {"head_neg", "tail_neg"}}};
  return all;
}

/// Where each row's ids end: one bound for all, or that of the row's node type.
struct IdRange {
  std::vector<std::int64_t> ends;
  std::shared_ptr<const std::vector<std::int32_t>>
      types;  // per row, positions in `ends`; null: ends[0] counts

  std::int64_t end(std::int64_t row) const {
    return types == nullptr ? ends[0]
                            : ends[static_cast<std::size_t>((*types)[static_cast<std::size_t>(row)])];
  }
};

/// Where ids stand, and what to do about a wrong one: for messages.
struct Place {
  std::string where;
  const char* advice;
};

/// Refuses the first id that is out of range. `first`: where the ids stand in their array.
template <class T>
void check_ids(const T* ids, std::int64_t count, std::int64_t first, std::int64_t columns,
               const IdRange& range, const Place& place) {
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t row = (first + i) / columns;
    if (ids[i] >= 0 && static_cast<std::int64_t>(ids[i]) < range.end(row)) continue;
    fail(ErrorCode::kBadData, place.where, ": row ", row, ", column ", (first + i) % columns, ": ", +ids[i],
         " is out of range; wanted an id from 0 to ", range.end(row) - 1, "; ", place.advice);
  }
}

void check_ids(DType dtype, const void* ids, std::int64_t count, std::int64_t first, std::int64_t columns,
               const IdRange& range, const Place& place) {
  if (dtype == DType::kI64)
    return check_ids(static_cast<const std::int64_t*>(ids), count, first, columns, range, place);
  if (dtype == DType::kI32)
    return check_ids(static_cast<const std::int32_t*>(ids), count, first, columns, range, place);
  check_ids(static_cast<const std::uint8_t*>(ids), count, first, columns, range, place);
}

ArraySource checked(ArraySource source, std::int64_t columns, IdRange range, const std::string& where) {
  const auto stream = source.stream;
  source.stream = [stream, columns, range, place = Place{where, kAdvice},
                   dtype = source.dtype](const ByteSink& sink) {
    std::int64_t first = 0;
    stream([&](const void* data, std::size_t bytes) {
      const auto count = static_cast<std::int64_t>(bytes / dtype_bytes(dtype));
      check_ids(dtype, data, count, first, columns, range, place);
      first += count;
      sink(data, bytes);
    });
  };
  return source;
}

const Key* find_key(const std::string& name) {
  const auto key =
      std::find_if(std::begin(kKeys), std::end(kKeys), [&](const Key& known) { return name == known.name; });
  return key == std::end(kKeys) ? nullptr : key;
}

/// The shape that a key's array must have beside `positives` positives, as far as they decide it.
std::vector<std::int64_t> wanted_shape(const Key& key, std::int64_t positives,
                                       const std::vector<std::int64_t>& there) {
  std::vector<std::int64_t> shape{key.own_rows && !there.empty() ? there[0] : positives};
  if (key.shape == Shape::kPairs) shape.push_back(2);
  if (key.shape == Shape::kMany) shape.push_back(there.size() == 2 ? there[1] : 0);
  return shape;
}

bool is_integer(DType dtype) { return dtype == DType::kI64 || dtype == DType::kI32 || dtype == DType::kU8; }

class LinkPart {
 public:
  LinkPart(const RawReader& reader, const RawDataset& raw, const TorchFile& file, const PickleValue& contents,
           Part part, const std::string& where)
      : reader_(reader), raw_(raw), file_(file), part_(part), where_(where) {
    if (!contents.is(PickleValue::Kind::kDict))
      damaged("the ", part_name(part), " part is ", kind_name(contents.kind()),
              " where a dictionary is wanted");
    dict_ = &contents.dict();
    for (const auto& [type, table] : raw.tables) ends_.push_back(table.rows);
  }

  std::vector<ArraySource> read() {
    rows_ = count_rows();
    require_keys();
    if (ends_.size() > 1) {
      head_types_ = types(kHeadType);
      tail_types_ = types(kTailType);
    }
    for (const auto& [name, value] : dict_->items) {
      if (!name.is(PickleValue::Kind::kText)) damaged("a key is ", kind_name(name.kind()));
      add(std::string(name.text()), value);
    }
    return std::move(arrays_);
  }

 private:
  template <class... Parts>
  [[noreturn]] void damaged(const Parts&... parts) const {
    fail(ErrorCode::kBadData, where_, ": ", parts..., "; ", kAdvice);
  }

  const Form& form() const {
    const std::string_view known = known_form();
    for (const Form& form : forms()) {
      if (!known.empty() && known != form.name) continue;
      if (dict_->find(form.name) != nullptr) return form;
      if (!known.empty()) damaged("has no '", known, "'");
    }
    damaged("has none of the keys edge, source_node and head");
  }

  /// The key that names the form of one of OGB's datasets; empty for one's own.
  std::string_view known_form() const {
    const DatasetSpec* spec = reader_.spec();
    if (spec == nullptr) return {};
    if (spec->metric != "mrr") return "edge";
    return spec->task_type == "KG completion" ? "head" : "source_node";
  }

  std::int64_t count_rows() const {
    const FileArray positives = file_.array(*dict_->find(form().name), form().name);
    if (positives.shape.empty()) damaged("'", form().name, "' is a single value");
    return positives.shape[0];
  }

  void require_keys() const {
    const DatasetSpec* spec = reader_.spec();
    std::vector<const char*> wanted = form().companions;
    const bool scored = part_ != Part::kTrain || (spec != nullptr && spec->metric == "rocauc");
    if (scored && spec != nullptr)
      wanted.insert(wanted.end(), form().negatives.begin(), form().negatives.end());
    if (ends_.size() > 1) wanted.insert(wanted.end(), {kHeadType, kTailType});
    if (spec != nullptr && spec->edge_files == "edge_weight,edge_year")
      wanted.insert(wanted.end(), {"weight", "year"});
    for (const char* key : wanted) {
      if (dict_->find(key) == nullptr) damaged("has no '", key, "'");
    }
  }

  /// A list of names of node types, one per row, as positions in the tables.
  std::shared_ptr<const std::vector<std::int32_t>> types(const char* key) const {
    const PickleValue& names = *dict_->find(key);
    if (!names.is(PickleValue::Kind::kList)) damaged("'", key, "' is ", kind_name(names.kind()));
    if (static_cast<std::int64_t>(names.items().size()) != rows_)
      damaged("'", key, "' has ", names.items().size(), " entries where there are ", rows_, " positives");
    auto codes = std::make_shared<std::vector<std::int32_t>>();
    codes->reserve(names.items().size());
    for (const PickleValue& name : names.items()) {
      const auto table =
          name.is(PickleValue::Kind::kText) ? raw_.tables.find(std::string(name.text())) : raw_.tables.end();
      if (table == raw_.tables.end()) {
        damaged("'", key, "', row ", codes->size(), ": '",
                name.is(PickleValue::Kind::kText) ? std::string(name.text()) : kind_name(name.kind()),
                "' is no node type");
      }
      codes->push_back(static_cast<std::int32_t>(std::distance(raw_.tables.begin(), table)));
    }
    return codes;
  }

  void add(const std::string& name, const PickleValue& value) {
    if (ends_.size() > 1 && (name == kHeadType || name == kTailType)) {
      const auto& codes = name == kHeadType ? head_types_ : tail_types_;
      arrays_.push_back(in_memory<std::int32_t>(name, {rows_}, std::vector(*codes)));
      return;
    }
    if (const Key* key = find_key(name)) return add(*key, file_.array(value, name));
    note(reader_.options(), where_, ": '", beginning_of(name), "' is none of OGB's keys and is left out");
  }

  void add(const Key& key, FileArray array) {
    const std::vector<std::int64_t> shape = wanted_shape(key, rows_, array.shape);
    // A column is as good as a list.
    const bool column = key.shape == Shape::kOne && array.shape == std::vector<std::int64_t>{rows_, 1};
    if (array.shape != shape && !column)
      damaged("'", key.name, "' is ", shape_text(array.shape), " where ", wanted_text(key), " is wanted");
    array.shape = shape;
    if (key.holds != Holds::kNumber && (!is_integer(array.dtype) || array.boolean))
      damaged("'", key.name, "' holds ", dtype_name(array.dtype), " where whole numbers are wanted");
    const std::int64_t columns = shape.size() == 2 ? shape[1] : 1;
    const bool large = static_cast<std::uint64_t>(array.count()) * dtype_bytes(array.dtype) > kStayMapped;
    ArraySource source = from_file(key.name, std::move(array), large ? Codec::kRaw : Codec::kZstd);
    if (key.holds != Holds::kNumber)
      source = checked(std::move(source), columns, range_of(key.holds), where_ + ": '" + key.name + "'");
    arrays_.push_back(std::move(source));
  }

  IdRange range_of(Holds holds) const {
    if (holds == Holds::kRelation) return {{kRelations}, nullptr};
    if (ends_.size() == 1) return {ends_, nullptr};
    if (holds == Holds::kHead) return {ends_, head_types_};
    if (holds == Holds::kTail) return {ends_, tail_types_};
    damaged("plain edges cannot be read where there are several node types");
  }

  std::string wanted_text(const Key& key) const {
    const std::string rows = key.own_rows ? "m" : std::to_string(rows_);
    if (key.shape == Shape::kOne) return "[" + rows + "]";
    return "[" + rows + (key.shape == Shape::kPairs ? ", 2]" : ", c]");
  }

  static std::string shape_text(const std::vector<std::int64_t>& shape) {
    std::string text;
    for (const std::int64_t size : shape) text += (text.empty() ? "" : ", ") + std::to_string(size);
    return "[" + text + "]";
  }

  const RawReader& reader_;
  const RawDataset& raw_;
  const TorchFile& file_;
  const PickleDict* dict_ = nullptr;
  Part part_;
  const std::string& where_;
  std::vector<std::int64_t> ends_;  // nodes of each type, in the order of the tables
  std::int64_t rows_ = 0;
  std::shared_ptr<const std::vector<std::int32_t>> head_types_, tail_types_;
  std::vector<ArraySource> arrays_;
};

/// A part as a cache holds it.
class StoredPart {
 public:
  StoredPart(const Arrays& part, const std::map<std::string, Table>& tables, const std::string& where)
      : part_(part), where_(where) {
    for (const auto& [type, table] : tables) ends_.push_back(table.rows);
  }

  void check() const {
    const auto has_it = [&](const Form& form) { return part_.count(form.name) != 0; };
    const auto form = std::find_if(forms().begin(), forms().end(), has_it);
    if (form == forms().end()) refuse("", "has no positive edges");
    const std::int64_t rows = part_.at(form->name).rows();
    const bool typed = ends_.size() > 1;
    const IdRange heads{ends_, typed ? types(kHeadType, rows) : nullptr};
    const IdRange tails{ends_, typed ? types(kTailType, rows) : nullptr};
    for (const auto& [name, array] : part_) {
      if (typed && (name == kHeadType || name == kTailType)) continue;
      const Key* key = find_key(name);
      if (key == nullptr) refuse(name, "has a name that no link split has");
      check(*key, array, rows, key->holds == Holds::kHead ? heads : tails);
    }
  }

 private:
  [[noreturn]] void refuse(const std::string& name, const char* problem) const {
    fail(ErrorCode::kBadData, where_, name, " ", problem, "; ", kConvertAgain);
  }

  void check(const Key& key, const Array& array, std::int64_t rows, IdRange range) const {
    if (array.shape != wanted_shape(key, rows, array.shape)) refuse(key.name, "has another shape");
    if (key.holds == Holds::kNumber) return;
    if (!is_integer(array.dtype)) refuse(key.name, "holds no ids");
    if (key.holds == Holds::kRelation) range = {{kRelations}, nullptr};
    if (key.holds == Holds::kNode && ends_.size() != 1) refuse(key.name, "does not say of which nodes it is");
    check_ids(array.dtype, array.data, array.count(), 0, array.cols(), range,
              {where_ + key.name, kConvertAgain});
  }

  std::shared_ptr<const std::vector<std::int32_t>> types(const char* name, std::int64_t rows) const {
    const auto found = part_.find(name);
    if (found == part_.end()) refuse(name, "is missing");
    const Array& array = found->second;
    if (array.dtype != DType::kI32 || array.count() != rows) refuse(name, "has another type or length");
    const auto codes = array.as<std::int32_t>();
    check_ids(codes.data, codes.size, 0, 1, {{static_cast<std::int64_t>(ends_.size())}, nullptr},
              {where_ + name, kConvertAgain});
    return std::make_shared<const std::vector<std::int32_t>>(codes.begin(), codes.end());
  }

  static constexpr const char* kConvertAgain = "delete the file and convert again";

  const Arrays& part_;
  const std::string& where_;
  std::vector<std::int64_t> ends_;  // nodes of each type, in the order of the tables
};

}  // namespace

void check_link_part(const Arrays& part, const std::map<std::string, Table>& tables,
                     const std::string& where) {
  StoredPart(part, tables, where).check();
}

std::vector<ArraySource> link_part(const RawReader& reader, const RawDataset& raw, const TorchFile& file,
                                   const PickleValue& contents, Part part, const std::string& where) {
  return LinkPart(reader, raw, file, contents, part, where).read();
}

}  // namespace weft::data
