#include "data/metrics/evaluate_file.hpp"

#include "data/base/file.hpp"
#include "data/containers/npz.hpp"
#include "data/metrics/score_csv.hpp"
#include "data/metrics/token_file.hpp"

namespace weft::data {
namespace {

using Form = Evaluator::Form;
using Path = std::filesystem::path;

/// Only those that the form knows are opened; a file may hold more.
FileArrays open_arrays(const Path& path, Form form) {
  const NpzFile file(path);
  FileArrays arrays;
  for (const std::string& key : input_keys(form)) {
    if (file.has(key)) arrays.emplace(key, file.array(key));
  }
  return arrays;
}

Evaluation evaluate_npz(const Evaluator& evaluator, const Path& path, const EvaluateOptions& options) {
  if (evaluator.form() == Form::kTokens) {
    fail(ErrorCode::kUnsupported, path.string(), ": lists of texts are read from .json; --format tells how");
  }
  return evaluator.evaluate(open_arrays(path, evaluator.form()), options);
}

Evaluation evaluate_json(const Evaluator& evaluator, const Path& path) {
  if (evaluator.form() != Form::kTokens) {
    fail(ErrorCode::kUnsupported, path.string(), ": ", evaluator.metric(),
         " is read from .npz or .csv; --format tells how");
  }
  const TokenFile file = read_token_file(path);
  WEFT_CHECK(file.seq_ref, "there is no key 'seq_ref'; --format tells what is wanted");
  WEFT_CHECK(file.seq_pred, "there is no key 'seq_pred'; --format tells what is wanted");
  return evaluator.evaluate(*file.seq_ref, *file.seq_pred);
}

Evaluation evaluate_by_ending(const Evaluator& evaluator, const Path& path, const EvaluateOptions& options) {
  const std::string name = in_small_letters(path.filename().string());
  const auto ends = [&](const std::string& ending) {
    return name.size() > ending.size() &&
           name.compare(name.size() - ending.size(), ending.size(), ending) == 0;
  };
  if (ends(".npz")) return evaluate_npz(evaluator, path, options);
  if (ends(".csv") || ends(".csv.gz")) return evaluate_csv(evaluator, path, options);
  if (ends(".json")) return evaluate_json(evaluator, path);
  fail(ErrorCode::kUnsupported, path.string(),
       ": predictions are read from .npz, .csv, .csv.gz or, for F1, .json");
}

}  // namespace

Evaluation evaluate_file(const Evaluator& evaluator, const Path& path, const EvaluateOptions& options) {
  try {
    return evaluate_by_ending(evaluator, path, options);
  } catch (const Error& error) {
    const std::string message = error.what();
    if (message.rfind(one_line(path.string()), 0) == 0) throw;
    fail(error.code(), path.string(), ": ",
         message);  // what is wrong with the values does not know where they lay
  }
}

}  // namespace weft::data
