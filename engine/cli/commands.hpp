#pragma once
// One function per command. Errors: what the public interface throws.
#include "arguments.hpp"

namespace weft::cli {

void run(const PrintCommand& command);
void run(const DatasetsCommand& command);
void run(const FetchCommand& command);
void run(const ConvertCommand& command);
void run(const SynthCommand& command);
void run(const InfoCommand& command);
void run(const TrainCommand& command);
void run(const PredictCommand& command);
void run(const DoctorCommand& command);
void run(const EvaluateCommand& command);

}  // namespace weft::cli
