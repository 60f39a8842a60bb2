#pragma once
// The models in double, dense and naive: what the backends' losses and gradients are held against.
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "kernels/base/philox.hpp"
#include "models/model.hpp"

namespace weft::reference {

/// A dense matrix of doubles.
struct Dense {
  std::int64_t rows = 0;
  std::int64_t cols = 0;
  std::vector<double> v;

  Dense() = default;
  Dense(std::int64_t r, std::int64_t c) : rows(r), cols(c), v(static_cast<std::size_t>(r * c), 0.0) {}
  double& operator()(std::int64_t r, std::int64_t c) { return v[static_cast<std::size_t>(r * cols + c)]; }
  double operator()(std::int64_t r, std::int64_t c) const {
    return v[static_cast<std::size_t>(r * cols + c)];
  }
};

inline Dense multiply(const Dense& a, const Dense& b) {
  Dense c(a.rows, b.cols);
  for (std::int64_t i = 0; i < a.rows; ++i) {
    for (std::int64_t k = 0; k < a.cols; ++k) {
      for (std::int64_t j = 0; j < b.cols; ++j) c(i, j) += a(i, k) * b(k, j);
    }
  }
  return c;
}

/// A problem of node classification with everything a training step depends on.
struct Problem {
  models::ModelOptions options;
  Dense adjacency;                   // A~ [n, n]
  Dense features;                    // [n, c]
  std::vector<std::int32_t> labels;  // [n]
  std::vector<NodeId> train;         // rows of the loss
  StepState step;                    // as it is during the step: step counted
};

using Values = std::map<std::string, Dense>;

class ModelReference {
 public:
  explicit ModelReference(const Problem& problem) : p_(problem) {}

  /// Mean negative log-likelihood over the training rows, in training mode.
  double loss(const Values& values) const {
    const bool graph = p_.options.kind != "mlp";
    Dense h = graph ? p_.features : rows_of(p_.features);
    h = dropout(h, p_.options.input_dropout, 0);
    for (int i = 0; i < p_.options.layers; ++i) {
      h = layer(h, values, (graph ? "convs." : "lins.") + std::to_string(i));
      if (i + 1 == p_.options.layers) break;
      const std::string norm = "bns." + std::to_string(i);
      if (p_.options.batch_norm) batch_norm(h, values.at(norm + ".weight"), values.at(norm + ".bias"));
      for (double& x : h.v) x = std::max(x, 0.0);
      h = dropout(h, p_.options.dropout, static_cast<std::uint32_t>(i + 1));
    }
    return negative_log_likelihood(graph ? rows_of(h) : h);
  }

 private:
  Dense layer(const Dense& x, const Values& values, const std::string& name) const {
    if (p_.options.kind == "sage") {
      Dense y = multiply(p_.adjacency, multiply(x, values.at(name + ".lin_l.weight")));
      const Dense own = multiply(x, values.at(name + ".lin_r.weight"));
      for (std::size_t i = 0; i < y.v.size(); ++i) y.v[i] += own.v[i];
      add_row(y, values.at(name + ".lin_l.bias"));
      return y;
    }
    Dense y = multiply(x, values.at(name + ".weight"));
    if (p_.options.kind == "gcn") y = multiply(p_.adjacency, y);
    add_row(y, values.at(name + ".bias"));
    return y;
  }

  Dense rows_of(const Dense& x) const {
    Dense y(static_cast<std::int64_t>(p_.train.size()), x.cols);
    for (std::int64_t i = 0; i < y.rows; ++i) {
      for (std::int64_t j = 0; j < x.cols; ++j) y(i, j) = x(p_.train[static_cast<std::size_t>(i)], j);
    }
    return y;
  }

  static void add_row(Dense& x, const Dense& row) {
    for (std::int64_t i = 0; i < x.rows; ++i) {
      for (std::int64_t j = 0; j < x.cols; ++j) x(i, j) += row.v[static_cast<std::size_t>(j)];
    }
  }

  static void batch_norm(Dense& x, const Dense& gamma, const Dense& beta) {
    for (std::int64_t j = 0; j < x.cols; ++j) {
      double mean = 0.0, variance = 0.0;
      for (std::int64_t i = 0; i < x.rows; ++i) mean += x(i, j) / static_cast<double>(x.rows);
      for (std::int64_t i = 0; i < x.rows; ++i) {
        variance += (x(i, j) - mean) * (x(i, j) - mean) / static_cast<double>(x.rows);
      }
      const double rstd = 1.0 / std::sqrt(variance + 1e-5);
      const auto at = static_cast<std::size_t>(j);
      for (std::int64_t i = 0; i < x.rows; ++i) x(i, j) = (x(i, j) - mean) * rstd * gamma.v[at] + beta.v[at];
    }
  }

  Dense dropout(const Dense& x, float rate, std::uint32_t id) const {
    if (rate == 0.0f) return x;
    const RandomKey key = random_key(p_.step.seed, p_.step.run, id, Purpose::kDropout, p_.step.step);
    const bool all_rows = x.rows == p_.features.rows;
    Dense y = x;
    for (std::int64_t i = 0; i < x.rows; ++i) {
      const std::int64_t row = all_rows ? i : p_.train[static_cast<std::size_t>(i)];
      for (std::int64_t j = 0; j < x.cols; ++j) {
        const std::uint32_t word = random_quad(key, row, static_cast<std::uint32_t>(j / 4)).v[j % 4];
        y(i, j) = word < drop_threshold(rate) ? 0.0 : x(i, j) / (1.0 - static_cast<double>(rate));
      }
    }
    return y;
  }

  double negative_log_likelihood(const Dense& logits) const {
    double sum = 0.0;
    for (std::int64_t i = 0; i < logits.rows; ++i) {
      double largest = logits(i, 0), total = 0.0;
      for (std::int64_t j = 0; j < logits.cols; ++j) largest = std::max(largest, logits(i, j));
      for (std::int64_t j = 0; j < logits.cols; ++j) total += std::exp(logits(i, j) - largest);
      const std::int32_t label = p_.labels[static_cast<std::size_t>(p_.train[static_cast<std::size_t>(i)])];
      sum += largest + std::log(total) - logits(i, label);
    }
    return sum / static_cast<double>(logits.rows);
  }

  const Problem& p_;
};

}  // namespace weft::reference
