#include "data/csv/csv_reader.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <type_traits>

#include "data/base/ordered_pipeline.hpp"
#include "data/csv/csv_lines.hpp"
#include "data/csv/csv_number.hpp"
#include "kernels/base/error.hpp"

namespace weft::data {
namespace {

using Kind = CsvNumber::Kind;
using Path = std::filesystem::path;

/// Why a field or row is refused; null is "it is not". Reads on as "line 7, column 2: 'x' <reason>".
using Reason = const char*;
constexpr Reason kWrongColumns = "columns";
constexpr Reason kNoNumber = "is not a number";
constexpr std::size_t kMostQuoted = 40;  // letters of a field that a message shows
constexpr double kMostWhole = 9.2e18;    // beyond it a whole number is out of any range

struct Fault {
  Reason reason = nullptr;
  std::int64_t line = 0;    // from 1, within the block
  std::int64_t column = 0;  // from 1; the number of columns for kWrongColumns
  std::string text;
};

struct Parsed {
  std::int64_t rows = 0;
  std::int64_t lines = 0;
  std::int64_t blank_lines = 0, trailing_blank_lines = 0;  // skipped; of them behind the last row
  Fault fault;
};

Reason unusable(const CsvNumber& number, bool allow_missing) {
  if (number.kind == Kind::kText) return kNoNumber;
  if (number.kind == Kind::kInfinite) return "is infinite";
  if (number.kind == Kind::kMissing && !allow_missing) return "is empty or NaN";
  return nullptr;
}

bool is_whole(double value) { return value == std::floor(value) && std::abs(value) < kMostWhole; }

/// A finite number as one in the rules' range.
Reason not_whole(const CsvNumber& number, const CsvRules& rules, std::int64_t& value) {
  if (number.kind == Kind::kReal && !is_whole(number.real))
    return std::abs(number.real) < kMostWhole ? "is not a whole number" : "is out of range";
  value = number.kind == Kind::kInteger ? number.integer : static_cast<std::int64_t>(number.real);
  return value < rules.low || value > rules.high ? "is out of range" : nullptr;
}

/// Stores one number after the other as T.
template <class T>
struct Store {
  T* out;
  const CsvRules& rules;

  Reason operator()(const CsvNumber& number) {
    if (number.kind != Kind::kInteger && number.kind != Kind::kReal) return store_special(number);
    if constexpr (std::is_same_v<T, double>) {
      if (rules.exact_integers && !number.real_is_exact())
        return "is a whole number that no double holds (a .npz file holds it)";
      *out++ = number.real;
    } else if constexpr (std::is_same_v<T, float>) {
      const float value = static_cast<float>(number.real);
      if (!std::isfinite(value)) return "is too large for float32";
      *out++ = value;
    } else {
      std::int64_t whole = 0;
      if (const Reason reason = not_whole(number, rules, whole)) return reason;
      *out++ = static_cast<T>(whole);
    }
    return nullptr;
  }

  Reason store_special(const CsvNumber& number) {
    if constexpr (std::is_same_v<T, double>) {
      if (number.kind == Kind::kInfinite && rules.allow_infinite) return *out++ = number.real, nullptr;
    }
    if (const Reason reason = unusable(number, std::is_floating_point_v<T> && rules.allow_missing))
      return reason;
    if constexpr (std::is_floating_point_v<T>) *out++ = std::numeric_limits<T>::quiet_NaN();
    return nullptr;
  }
};

/// Notes what kinds of numbers there are.
struct Survey {
  CsvSummary summary;
  bool any_whole = false;
  bool allow_missing = false;

  Reason operator()(const CsvNumber& number) {
    if (const Reason reason = unusable(number, allow_missing)) return reason;
    if (number.kind == Kind::kInteger) {
      note(number.integer);
      return nullptr;
    }
    summary.integers = false;
    if (number.kind == Kind::kMissing) {
      summary.missing = true;
    } else if (is_whole(number.real)) {
      note(static_cast<std::int64_t>(number.real));
    } else {
      summary.whole = false;
    }
    return nullptr;
  }

  void note(std::int64_t value) {
    summary.low = any_whole ? std::min(summary.low, value) : value;
    summary.high = any_whole ? std::max(summary.high, value) : value;
    any_whole = true;
  }

  void join(const Survey& other) {
    summary.integers = summary.integers && other.summary.integers;
    summary.whole = summary.whole && other.summary.whole;
    summary.missing = summary.missing || other.summary.missing;
    if (!other.any_whole) return;
    note(other.summary.low);
    note(other.summary.high);
  }
};

const char* field_end(const char* p) {
  while (*p != ',' && *p != '\n') ++p;
  return p;
}

std::int64_t count_columns(std::string_view line) { return std::count(line.begin(), line.end(), ',') + 1; }

std::string_view line_at(std::string_view text, const char* begin) {
  const std::string_view rest = text.substr(static_cast<std::size_t>(begin - text.data()));
  return rest.substr(0, rest.find('\n'));
}

/// One row from `p` on, which is not blank. Returns where the next line starts, or null with `fault` set.
template <class Accept>
const char* parse_row(const char* p, std::int64_t columns, Accept& accept, Fault& fault) {
  for (std::int64_t column = 1;; ++column) {
    CsvNumber number;
    const char* stop = read_plain_number(p, number);
    if (stop == nullptr) {
      stop = field_end(p);
      number = read_csv_field({p, static_cast<std::size_t>(stop - p)});
    }
    if (const Reason reason = accept(number)) {
      fault = {reason, 0, column, std::string(p, std::min(static_cast<std::size_t>(stop - p), kMostQuoted))};
      return nullptr;
    }
    const bool last = *stop == '\n';
    if (last != (column == columns)) {
      fault.reason = kWrongColumns;
      return nullptr;
    }
    p = stop + 1;
    if (last) return p;
  }
}

template <class Accept>
Parsed parse_lines(std::string_view text, std::int64_t columns, bool blank_rows, Accept& accept) {
  Parsed parsed;
  const char* p = text.data();
  const char* const end = p + text.size();
  while (p != end) {
    ++parsed.lines;
    const bool may_be_blank = *p == '\n' || *p == '\r' || *p == ' ' || *p == '\t';
    if (may_be_blank && is_blank_line(line_at(text, p))) {
      p += line_at(text, p).size() + 1;
      if (blank_rows) {
        CsvNumber missing;
        missing.kind = Kind::kMissing;
        if (const Reason reason = accept(missing)) {
          parsed.fault = {reason, parsed.lines, 1, ""};
          return parsed;
        }
        ++parsed.rows;
      } else {
        ++parsed.blank_lines;
        ++parsed.trailing_blank_lines;
      }
      continue;
    }
    const char* const next = parse_row(p, columns, accept, parsed.fault);
    if (next == nullptr) {
      parsed.fault.line = parsed.lines;
      if (parsed.fault.reason == kWrongColumns) parsed.fault.column = count_columns(line_at(text, p));
      return parsed;
    }
    p = next;
    ++parsed.rows;
    parsed.trailing_blank_lines = 0;
  }
  return parsed;
}

/// Columns of the first row in `text`, 0 when all its lines are blank.
std::int64_t columns_of_first_row(std::string_view text) {
  for (const char* p = text.data(); p != text.data() + text.size(); p += line_at(text, p).size() + 1) {
    if (const std::string_view line = line_at(text, p); !is_blank_line(line)) return count_columns(line);
  }
  return 0;
}

template <class Payload>
struct Block {
  LineBlock lines;
  std::size_t skip = 0;  // bytes of the header at the start
  std::int64_t columns = 0;
  double fraction = 0;  // of the file, up to and with this block
  Parsed parsed;
  Payload payload;

  std::string_view text() const { return lines.text().substr(skip); }
};

std::string_view trimmed(std::string_view text, std::string_view around) {
  text.remove_prefix(std::min(text.size(), text.find_first_not_of(around)));
  return text.substr(0, text.find_last_not_of(around) + 1);
}

/// What to do about a fault: a text that is no number often comes from another form of file.
std::string advice_for(const Fault& fault, bool first_row) {
  constexpr std::pair<std::string_view, const char*> kCompressed[] = {
      {"\x1f\x8b", "gzip: name it .csv.gz"},
      {"BZh", "bzip2: unpack it"},
      {"PK\x03\x04", "zip: unpack it"},
      {"\xfd\x37zXZ", "xz: unpack it"},
      {"\x28\xb5\x2f\xfd", "zstd: unpack it"}};
  constexpr std::string_view kNul("\0", 1), kMark = "\xEF\xBB\xBF", kAround = " \t\r\"";
  constexpr std::pair<char, const char*> kSeparators[] = {
      {'\r', ""}, {'\t', "tabs"}, {';', "semicolons"}, {' ', "spaces"}, {'|', "bars"}};
  const auto holds = [&](std::string_view what) { return fault.text.find(what) != std::string::npos; };
  if (fault.reason != kNoNumber) return "correct the row";
  for (const auto& [magic, what] : kCompressed) {
    if (first_row && fault.text.rfind(magic, 0) == 0) return std::string("the file is compressed by ") + what;
  }
  if (holds(kNul)) {
    const bool every_other = fault.text.size() >= 2 && (fault.text[1] == '\0') != (fault.text[0] == '\0');
    return every_other ? "it holds NUL bytes, as UTF-16 does: save the file as UTF-8"
                       : "it holds NUL bytes: the file is damaged, or is no text";
  }
  if (holds(kMark)) return "it holds a byte-order mark: remove it";
  const std::string inner = std::string(trimmed(fault.text, kAround));
  for (const auto& [letter, name] : kSeparators) {
    const bool numbers =
        inner.find_first_not_of(std::string("0123456789+-.eE") + letter) == std::string::npos;
    if (!numbers || inner.find(letter) == std::string::npos) continue;
    return letter == '\r'
               ? "lines end in \\n, and these end in \\r alone (a carriage return): convert the file"
               : weft::detail::concat("fields are separated by commas, and these by ", name,
                                      ": replace them");
  }
  return first_row ? "if this line names the columns, remove it: there is no header line" : "correct the row";
}

/// One pass over a file: parse(block) of several blocks at once, then use(block) in order, which may say
/// false to stop. Returns rows and columns.
template <class Payload, class Parse, class Use>
CsvSummary run_pass(const Path& path, const CsvRules& rules, Parse parse, Use use) {
  LineReader reader(path);
  bool header = rules.header;  // is still to come
  std::int64_t columns = rules.columns, lines = header ? 1 : 0;
  CsvSummary summary;

  OrderedPipeline<Block<Payload>> pipeline;
  pipeline.produce = [&](Block<Payload>& block) {
    const bool more = reader.next(block.lines);
    block.skip = more && header ? block.lines.text().find('\n') + 1 : 0;
    header = false;
    if (more && columns == 0) columns = columns_of_first_row(block.text());
    block.columns = columns;
    block.fraction = reader.fraction();
    return more;
  };
  pipeline.transform = [&](Block<Payload>& block) { block.parsed = parse(block); };
  pipeline.consume = [&](Block<Payload>& block) {
    if (const Fault& fault = block.parsed.fault; fault.reason == kWrongColumns) {
      fail(ErrorCode::kBadData, path.string(), ": line ", lines + fault.line, " has ", fault.column,
           " columns where ", block.columns, " are wanted; correct the row");
    } else if (fault.reason != nullptr) {
      fail(ErrorCode::kBadData, path.string(), ": line ", lines + fault.line, ", column ", fault.column,
           ": '", fault.text, "' ", fault.reason, "; wanted ", rules.wanted, "; ",
           advice_for(fault, !rules.header && summary.rows + block.parsed.rows == 0));
    }
    lines += block.parsed.lines;
    summary.rows += block.parsed.rows;
    summary.blank_lines += block.parsed.blank_lines;
    summary.trailing_blank_lines =
        block.parsed.trailing_blank_lines + (block.parsed.rows == 0 ? summary.trailing_blank_lines : 0);
    summary.columns = block.columns;
    if (rules.progress) rules.progress(block.fraction);
    return use(block);
  };
  pipeline.run(rules.threads);
  if (summary.rows == 0 && !rules.may_be_empty) {
    fail(ErrorCode::kBadData, path.string(), ": has no rows where ", rules.wanted,
         " per field is wanted; add them");
  }
  return summary;
}

}  // namespace

CsvSummary scan_csv(const Path& path, const CsvRules& rules, bool until_not_integer) {
  Survey total;
  const auto parse = [&](Block<Survey>& block) {
    block.payload = Survey{};
    block.payload.allow_missing = rules.allow_missing;
    return parse_lines(block.text(), block.columns, false, block.payload);
  };
  const auto use = [&](Block<Survey>& block) {
    total.join(block.payload);
    return total.summary.integers || !until_not_integer;
  };
  const CsvSummary size = run_pass<Survey>(path, rules, parse, use);
  total.summary.rows = size.rows;
  total.summary.columns = size.columns;
  total.summary.blank_lines = size.blank_lines;
  total.summary.trailing_blank_lines = size.trailing_blank_lines;
  return total.summary;
}

namespace {

/// Room for the values of a block, kept between blocks.
template <class T>
struct Values {
  std::unique_ptr<T[]> data;
  std::size_t capacity = 0;

  T* reserve(std::size_t count) {
    if (count > capacity) {
      data = std::make_unique_for_overwrite<T[]>(count);
      capacity = count;
    }
    return data.get();
  }
};

}  // namespace

template <class T>
std::int64_t read_csv(const Path& path, const CsvRules& rules, const CsvSink<T>& sink) {
  const auto parse = [&](Block<Values<T>>& block) {
    const std::string_view text = block.text();
    // A value takes at least one byte with its separator, so a long first row cannot ask for too much.
    const auto most = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n') * block.columns);
    Store<T> store{block.payload.reserve(std::min(most, text.size())), rules};
    return parse_lines(text, block.columns, rules.blank_rows > 0, store);
  };
  std::int64_t rows = 0;
  const auto use = [&](Block<Values<T>>& block) {
    const std::int64_t left =
        rules.blank_rows > 0 ? rules.blank_rows - rows : std::numeric_limits<std::int64_t>::max();
    const std::int64_t taken = std::min(block.parsed.rows, left);
    sink(block.payload.data.get(), taken, block.columns);
    rows += taken;
    return true;
  };
  run_pass<Values<T>>(path, rules, parse, use);
  return rows;
}

template <class T>
std::vector<T> read_csv(const Path& path, const CsvRules& rules) {
  std::vector<T> all;
  read_csv<T>(path, rules, [&](const T* values, std::int64_t rows, std::int64_t columns) {
    all.insert(all.end(), values, values + rows * columns);
  });
  return all;
}

std::string csv_field_text(const Path& path, std::int64_t line, std::int64_t column) {
  std::string field;
  for_each_line(path, [&](std::string_view text, std::int64_t number) {
    if (number < line) return true;
    for (; column > 1; --column) text.remove_prefix(std::min(text.size(), text.find(',') + 1));
    if (number == line) field = text.substr(0, std::min(text.find_first_of(",\r"), kMostQuoted));
    return false;
  });
  return field;
}

std::string csv_first_line(const Path& path) {
  LineReader reader(path);
  LineBlock block;
  if (!reader.next(block)) return {};
  return std::string(block.text().substr(0, block.text().find('\n')));
}

std::int64_t csv_line_of_row(const Path& path, std::int64_t row) {
  std::int64_t found = 0;
  for_each_line(path, [&](std::string_view, std::int64_t line) {
    found = line;
    return row-- > 0;
  });
  return found;
}

std::int64_t csv_row_count(const Path& path) {
  std::int64_t rows = 0;
  for_each_line(path, [&](std::string_view, std::int64_t) { return ++rows > 0; });
  return rows;
}

#define WEFT_READ_CSV(T)                                                              \
  template std::int64_t read_csv<T>(const Path&, const CsvRules&, const CsvSink<T>&); \
  template std::vector<T> read_csv<T>(const Path&, const CsvRules&)
WEFT_READ_CSV(float);
WEFT_READ_CSV(double);
WEFT_READ_CSV(std::uint8_t);
WEFT_READ_CSV(std::int32_t);
WEFT_READ_CSV(std::int64_t);
#undef WEFT_READ_CSV

}  // namespace weft::data
