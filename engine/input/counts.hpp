#pragma once
// Whether features are counts, whose logarithm is trained on.
#include <optional>
#include <string>
#include <vector>

#include "data/dataset.hpp"
#include "engine/config/option_groups.hpp"

namespace weft::engine {

/// Nothing where the features are counts: whole numbers from 0 on, some above 1. Else what they have that
/// counts have not: "node 3, column 1 is 0.25". A function of the values alone, in whatever type they are
/// stored. Errors: kNotFound without features.
std::optional<std::string> why_no_counts(const data::Dataset& dataset);

/// Whether a model of `options` was trained on log(1 + count): `said` is its checkpoint's word. An old
/// checkpoint says nothing; how the numbers are stored decided then.
bool took_log1p(std::optional<bool> said, const FeatureOptions& options, const data::Dataset& dataset);

/// log(1 + x) of sparse features' values. Errors: kBadData for one below zero.
std::vector<float> logarithms(const data::Dataset& dataset, const CsrView& features);

}  // namespace weft::engine
