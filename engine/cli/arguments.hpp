#pragma once
// The command line as plain structs. Only arguments.cpp knows the parser.
#include <string>
#include <variant>

#include "weft/weft.hpp"

namespace weft::cli {

struct DatasetsCommand {
  std::filesystem::path root;
  bool json = false;
};

struct FetchCommand {
  std::string name;
  FetchOptions options;
  bool json = false;
};

struct ConvertCommand {
  std::string name;
  ConvertOptions options;
  bool json = false;
};

struct SynthCommand {
  std::string name;
  SynthOptions options;
  bool json = false;
};

struct InfoCommand {
  std::string name;
  InfoOptions options;
  bool json = false;
};

struct TrainCommand {
  std::string name;
  TrainOptions options;
  bool json = false;  // the summary alone, instead of the lines of OGB's examples
};

struct PredictCommand {
  std::filesystem::path checkpoint;
  std::string name;
  PredictOptions options;
};

struct DoctorCommand {
  bool json = false;
};

struct EvaluateCommand {
  std::filesystem::path file;  // not with `format`
  EvaluateOptions options;
  bool format = false;  // describe input and output instead
  bool json = false;
};

/// A text to print on stdout instead of doing anything: --help, --version.
struct PrintCommand {
  std::string text;
};

using Command = std::variant<PrintCommand, DatasetsCommand, FetchCommand, ConvertCommand, SynthCommand,
                             InfoCommand, TrainCommand, PredictCommand, EvaluateCommand, DoctorCommand>;

/// What was typed makes no sense; the message is one line without "weft: ".
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Errors: UsageError.
Command parse_arguments(int argc, const char* const* argv);

}  // namespace weft::cli
