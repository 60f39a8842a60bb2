#pragma once
// What this machine can do, measured in the same run as what is compared with it.
namespace weft::bench {

/// Fused multiply-adds on registers, all chains independent: the most float32 operations per second (multiply
/// and add counted apart) that `threads` threads reach with the widest vectors the machine has. Best of
/// several tries.
double measured_flops(int threads);

/// Bytes per second of reading a block far larger than the caches, best of several tries.
double measured_read_bandwidth(int threads);

}  // namespace weft::bench
