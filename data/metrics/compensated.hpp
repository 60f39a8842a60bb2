#pragma once
// Sums of many terms to the last bit or two.
#include <cmath>

namespace weft::data {

/// Kahan's sum in Neumaier's form: the error stays below two roundings of the result plus a term that falls
/// with the square of the machine's precision, however many terms there are. Source: Neumaier,
/// "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen", ZAMM 54 (1974).
class CompensatedSum {
 public:
  void add(double term) {
    const double sum = sum_ + term;
    lost_ += std::abs(sum_) >= std::abs(term) ? (sum_ - sum) + term : (term - sum) + sum_;
    sum_ = sum;
  }
  double value() const { return sum_ + lost_; }

 private:
  double sum_ = 0.0, lost_ = 0.0;
};

}  // namespace weft::data
