#pragma once
// GPUs as their makers describe them: what a predicted time is made of. None of this was measured.
#include <array>
#include <string_view>

namespace weft::bench {

struct Card {
  std::string_view name;
  std::string_view multiprocessor;  // of occupancy.hpp
  int multiprocessors = 0;
  double memory_bytes_per_second = 0.0;
  double l2_bytes = 0.0;
  double fp32_flops = 0.0;  // per second, multiply and add counted apart
  double tf32_flops = 0.0;  // dense, on tensor cores; 0: the card has no TF32
  std::string_view source;
};

/// For one design in several boxes: the variant with the most bandwidth that the source names.
inline constexpr std::array<Card, 8> kCards{{
    {"P100", "sm_60", 56, 732e9, 4.0 * (1 << 20), 10.6e12, 0.0,
     "NVIDIA Tesla P100 data sheet; white paper WP-08019 (SXM2)"},
    {"V100", "sm_70", 80, 900e9, 6.0 * (1 << 20), 15.7e12, 0.0,
     "NVIDIA Tesla V100 white paper WP-08608 (SXM2)"},
    {"T4", "sm_75", 40, 320e9, 4.0 * (1 << 20), 8.1e12, 0.0,
     "NVIDIA T4 data sheet; Turing white paper WP-09183"},
    {"A100", "sm_80", 108, 2039e9, 40.0 * (1 << 20), 19.5e12, 156e12,
     "NVIDIA A100 80GB data sheet (SXM4); Ampere white paper"},
    {"RTX-4090", "sm_89", 128, 1008e9, 72.0 * (1 << 20), 82.6e12, 82.6e12,
     "NVIDIA Ada GPU architecture white paper, table of RTX 4090"},
    {"L4", "sm_89", 58, 300e9, 48.0 * (1 << 20), 30.3e12, 60e12, "NVIDIA L4 data sheet; Ada white paper"},
    {"H100", "sm_90", 132, 3350e9, 50.0 * (1 << 20), 67e12, 495e12,
     "NVIDIA H100 data sheet (SXM5); Hopper white paper"},
    {"H200", "sm_90", 132, 4800e9, 50.0 * (1 << 20), 67e12, 495e12,
     "NVIDIA H200 data sheet (SXM); cache as the H100's, whose chip it has"},
}};

/// Upper and lower case are one. Errors: kNotFound naming the known ones.
const Card& find_card(std::string_view name);

}  // namespace weft::bench
