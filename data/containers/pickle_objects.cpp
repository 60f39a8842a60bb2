#include "data/containers/pickle_objects.hpp"

#include <array>
#include <cstring>
#include <limits>

#include "data/base/file.hpp"
#include "data/containers/latin1_reader.hpp"
#include "data/containers/stored_array.hpp"

namespace weft::data {
namespace {

using Kind = PickleValue::Kind;

enum class Role : std::uint8_t {
  kArrayShell,
  kArrayClass,
  kDtype,
  kScalar,
  kEncode,
  kBytes,
  kOrderedDict,
  kTensor,
  kSize,
  kStorage,
};

struct Global {
  std::string_view module, name;
  Role role;
  StoredType type{};  // of a storage's values
};

constexpr std::array<Global, 22> kGlobals{{
    {"numpy.core.multiarray", "_reconstruct", Role::kArrayShell},
    {"numpy._core.multiarray", "_reconstruct", Role::kArrayShell},
    {"numpy", "ndarray", Role::kArrayClass},
    {"numpy", "dtype", Role::kDtype},
    {"numpy.core.multiarray", "scalar", Role::kScalar},
    {"numpy._core.multiarray", "scalar", Role::kScalar},
    {"_codecs", "encode", Role::kEncode},
    {"__builtin__", "bytes", Role::kBytes},
    {"builtins", "bytes", Role::kBytes},
    {"collections", "OrderedDict", Role::kOrderedDict},
    {"torch._utils", "_rebuild_tensor_v2", Role::kTensor},
    {"torch", "Size", Role::kSize},
    {"torch", "LongStorage", Role::kStorage, {'i', 8}},
    {"torch", "IntStorage", Role::kStorage, {'i', 4}},
    {"torch", "ShortStorage", Role::kStorage, {'i', 2}},
    {"torch", "CharStorage", Role::kStorage, {'i', 1}},
    {"torch", "ByteStorage", Role::kStorage, {'u', 1}},
    {"torch", "BoolStorage", Role::kStorage, {'b', 1}},
    {"torch", "FloatStorage", Role::kStorage, {'f', 4}},
    {"torch", "DoubleStorage", Role::kStorage, {'f', 8}},
    {"torch", "HalfStorage", Role::kStorage, {'f', 2}},
    {"torch", "BFloat16Storage", Role::kStorage, {'B', 2}},
}};

using Values = std::vector<PickleValue>;

bool is_role(const PickleValue& value, Role role) {
  return value.is(Kind::kGlobal) && kGlobals[value.global()].role == role;
}

bool is_bytes(const PickleValue& value) { return value.is(Kind::kBytes) || value.is(Kind::kLatin1); }

/// Whole numbers of a tuple, or nothing.
std::optional<std::vector<std::int64_t>> numbers(const PickleValue& value) {
  if (!value.is(Kind::kTuple)) return std::nullopt;
  std::vector<std::int64_t> out;
  for (const PickleValue& item : value.items()) {
    if (!item.is(Kind::kInt)) return std::nullopt;
    out.push_back(item.integer());
  }
  return out;
}

PickleValue make_shell(const Values& a, PickleArena& arena, const PicklePlace& place) {
  if (a.size() != 3 || !is_role(a[0], Role::kArrayClass) || !a[1].is(Kind::kTuple) || !is_bytes(a[2])) {
    place.damaged("an array is made from something else than its class, shape and type");
  }
  return PickleValue::of_array(&arena.arrays.emplace_back());
}

/// NumPy's dtype(code, align, copy), without a byte order as yet.
PickleValue make_dtype(const Values& a, PickleArena& arena, const PicklePlace& place) {
  if (a.size() != 3 || !a[0].is(Kind::kText))
    place.damaged("a type is made from something else than its code");
  const std::string_view code = a[0].text();
  if (!stored_type(code, '=')) place.refuse("has values of type '", beginning_of(code), "'");
  return PickleValue::of_dtype(&arena.dtypes.emplace_back(PickleDtype{code, std::nullopt}));
}

PickleValue make_scalar(const Values& a, const PicklePlace& place) {
  if (a.size() != 2 || !a[0].is(Kind::kDtype) || !is_bytes(a[1]) || !a[0].node<PickleDtype>().type) {
    place.damaged("a number is made from something else than a type and bytes");
  }
  const StoredType type = *a[0].node<PickleDtype>().type;
  std::array<std::byte, 8> stored{};
  std::byte more{};
  const auto reader = slice_reader(a[1].slice(), a[1].is(Kind::kLatin1), place.file);
  const auto bytes = static_cast<std::size_t>(type.bytes);
  if (reader->read(stored.data(), bytes) != bytes || reader->read(&more, 1) != 0) {
    place.damaged("a number has other bytes than its type");
  }
  std::array<std::byte, 8> value{};
  convert_values(type, stored.data(), 1, value.data(), place.file);
  const auto as = [&]<class T>(T) {
    T out;
    std::memcpy(&out, value.data(), sizeof(out));
    return out;
  };
  switch (type.dtype()) {
    case DType::kF64:
      return PickleValue::of_double(as(double{}));
    case DType::kF32:
      return PickleValue::of_double(double{as(float{})});
    case DType::kI64:
      return PickleValue::of_int(as(std::int64_t{}));
    case DType::kI32:
      return PickleValue::of_int(as(std::int32_t{}));
    default:
      return PickleValue::of_int(as(std::uint8_t{}));
  }
}

/// How protocol 2, which has no bytes, writes them.
PickleValue make_encoded(const Values& a, const PicklePlace& place) {
  if (a.size() != 2 || !a[0].is(Kind::kText) || !(a[1].is_text("latin1") || a[1].is_text("latin-1"))) {
    place.damaged("_codecs.encode is called with something else than a text and 'latin1'");
  }
  return PickleValue::of_slice(Kind::kLatin1, a[0].slice());
}

/// Values from the first to the last that a tensor looks at, counted from its first; nothing beyond `limit`.
std::optional<std::int64_t> span_of(const PickleArray& tensor, std::int64_t limit) {
  std::int64_t last = 0;
  for (std::size_t d = 0; d < tensor.shape.size(); ++d) {
    std::int64_t reach = 0;
    if (tensor.strides[d] < 0 || __builtin_mul_overflow(tensor.shape[d] - 1, tensor.strides[d], &reach) ||
        __builtin_add_overflow(last, reach, &last) || last >= limit) {
      return std::nullopt;
    }
  }
  return limit < 1 ? std::nullopt : std::optional(last + 1);
}

/// The tensor's place in its storage, which has to lie inside.
void place_tensor(PickleArray& tensor, const PicklePlace& place) {
  const std::optional<std::int64_t> count = value_count(tensor.shape);
  if (!count || tensor.strides.size() != tensor.shape.size())
    place.damaged("a tensor has an impossible shape");
  if (tensor.first < 0) place.damaged("a tensor begins at value ", tensor.first, " of its storage");
  if (*count == 0) {
    tensor.strides.clear();
    tensor.first = 0;
    return;
  }
  const std::optional<std::int64_t> span = span_of(tensor, tensor.storage->count - tensor.first);
  if (!span) place.damaged("a tensor reaches beyond its storage of ", tensor.storage->count, " values");
  if (*count > tensor.storage->count) place.refuse("a tensor repeats the values of its storage; save a copy");
  tensor.span = *span;
  for (std::size_t d = 0; d < tensor.shape.size(); ++d) {
    if (tensor.shape[d] == 1) tensor.strides[d] = 0;  // never stepped along, whatever was written
  }
}

bool is_empty_dict(const PickleValue& value) { return value.is(Kind::kDict) && value.dict().items.empty(); }

/// _rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks[, metadata])
PickleValue make_tensor(const Values& a, PickleArena& arena, const PicklePlace& place) {
  if (a.size() < 6 || a.size() > 7 || !a[0].is(Kind::kStorage) || !a[1].is(Kind::kInt) ||
      !a[4].is(Kind::kBool) || !is_empty_dict(a[5])) {
    place.damaged("a tensor is made from something else than storage, offset, size and stride");
  }
  if (a.size() == 7 && !a[6].is(Kind::kNone) && !is_empty_dict(a[6])) place.refuse("a tensor has metadata");
  const auto size = numbers(a[2]), stride = numbers(a[3]);
  if (!size || !stride) place.damaged("a tensor's size or stride is no tuple of integers");
  PickleArray& tensor = arena.arrays.emplace_back();
  tensor.complete = true;
  tensor.storage = &a[0].node<PickleStorage>();
  tensor.type = tensor.storage->type;
  tensor.first = a[1].integer();
  tensor.shape = *size;
  tensor.strides = *stride;
  place_tensor(tensor, place);
  return PickleValue::of_array(&tensor);
}

void require_no_arguments(const Values& a, const PicklePlace& place) {
  if (!a.empty()) place.damaged("a call without arguments has ", a.size());
}

/// NumPy's (3, byte order, subarray, names, fields, size, alignment, flags).
void set_dtype(PickleDtype& dtype, const Values& s, const PicklePlace& place) {
  constexpr std::size_t kParts = 8;
  if (s.size() != kParts || !s[0].is_int(3) || !s[1].is(Kind::kText) || s[1].text().size() != 1) {
    place.damaged("a type's state is not (3, byte order, ...)");
  }
  for (std::size_t i = 2; i <= 4; ++i) {
    if (!s[i].is(Kind::kNone)) place.refuse("has records as values");
  }
  if (dtype.type) place.damaged("a type gets its state twice");
  dtype.type = stored_type(dtype.code, s[1].text()[0]);
  if (!dtype.type) place.damaged("a type has the byte order '", beginning_of(s[1].text()), "'");
}

/// NumPy's (1, shape, type, in Fortran order?, bytes).
void set_array(PickleArray& array, const Values& s, const PicklePlace& place) {
  constexpr std::size_t kParts = 5;
  const auto shape = s.size() == kParts ? numbers(s[1]) : std::nullopt;
  if (!shape || !s[0].is_int(1) || !s[2].is(Kind::kDtype) || !s[3].is(Kind::kBool)) {
    place.damaged("an array's state is not (1, shape, type, order, bytes)");
  }
  if (array.complete) place.damaged("an array gets its state twice");
  if (!s[2].node<PickleDtype>().type) place.damaged("an array's type has no byte order");
  if (!is_bytes(s[4])) place.damaged("an array's values are ", kind_name(s[4].kind()), " instead of bytes");
  array.type = *s[2].node<PickleDtype>().type;
  array.shape = *shape;
  array.bytes = s[4];
  array.complete = true;
  // As Latin-1 text one byte takes one or two; which, only reading tells.
  const std::uint64_t most = s[4].slice().size(), least = s[4].is(Kind::kLatin1) ? (most + 1) / 2 : most;
  const auto count = value_count(array.shape);
  const auto bytes =
      static_cast<std::uint64_t>(count.value_or(0)) * static_cast<std::uint64_t>(array.type.bytes);
  if (!count || bytes > most || bytes < least) {
    place.damaged("an array has ", most, " bytes, not those of its shape");
  }
  if (s[3].boolean()) array.strides = column_major(array.shape);
}

}  // namespace

PickleValue find_global(std::string_view module, std::string_view name, const PicklePlace& place) {
  for (std::size_t i = 0; i < kGlobals.size(); ++i) {
    if (kGlobals[i].module == module && kGlobals[i].name == name) return PickleValue::of_global(i);
  }
  place.refuse("names ", beginning_of(module), ".", beginning_of(name), ", which is not called");
}

PickleValue call_global(const PickleValue& callee, const PickleValue& arguments, PickleArena& arena,
                        const PicklePlace& place) {
  if (!callee.is(Kind::kGlobal) || !arguments.is(Kind::kTuple)) {
    place.damaged("calls ", kind_name(callee.kind()), " with ", kind_name(arguments.kind()));
  }
  const Values& a = arguments.items();
  const Global& global = kGlobals[callee.global()];
  switch (global.role) {
    case Role::kArrayShell:
      return make_shell(a, arena, place);
    case Role::kDtype:
      return make_dtype(a, arena, place);
    case Role::kScalar:
      return make_scalar(a, place);
    case Role::kEncode:
      return make_encoded(a, place);
    case Role::kBytes:
      require_no_arguments(a, place);
      return PickleValue::of_slice(Kind::kBytes, {});
    case Role::kOrderedDict:
      require_no_arguments(a, place);
      return PickleValue::of_dict(&arena.dicts.emplace_back());
    case Role::kTensor:
      return make_tensor(a, arena, place);
    case Role::kSize:
      if (a.size() != 1 || !numbers(a[0])) place.damaged("torch.Size is no tuple of integers");
      return a[0];
    case Role::kArrayClass:
    case Role::kStorage:
      break;
  }
  place.refuse("calls ", std::string(global.module), ".", std::string(global.name));
}

void set_state(const PickleValue& object, const PickleValue& state, const PicklePlace& place) {
  if (!state.is(Kind::kTuple)) place.damaged("a state is ", kind_name(state.kind()));
  if (object.is(Kind::kDtype)) return set_dtype(object.node<PickleDtype>(), state.items(), place);
  if (object.is(Kind::kArray)) return set_array(object.node<PickleArray>(), state.items(), place);
  place.refuse("gives a state to ", kind_name(object.kind()));
}

PickleValue find_storage(const PickleValue& id, PickleArena& arena, const PicklePlace& place) {
  if (!id.is(Kind::kTuple)) place.damaged("a persistent id is ", kind_name(id.kind()));
  const Values& parts = id.items();
  if (parts.size() < 5 || parts.size() > 6 || !parts[0].is_text("storage") ||
      !is_role(parts[1], Role::kStorage) || !parts[2].is(Kind::kText) || !parts[3].is(Kind::kText) ||
      !parts[4].is(Kind::kInt) || parts[4].integer() < 0) {
    place.damaged("a persistent id is not ('storage', class, key, location, count)");
  }
  if (parts.size() == 6 && !parts[5].is(Kind::kNone)) place.refuse("a storage is a view of another one");
  PickleStorage storage{parts[2].text(), kGlobals[parts[1].global()].type, parts[4].integer()};
  return PickleValue::of_storage(&arena.storages.emplace_back(storage));
}

}  // namespace weft::data
