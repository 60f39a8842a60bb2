#pragma once
// What this machine can do, measured in the same run as what is compared with it.
namespace weft::bench {

/// Fused multiply-adds on registers, all chains independent: the most float32 operations per second (multiply
/// and add counted apart) that `threads` threads reach with the widest vectors the machine has. Best of
/// several tries.
double measured_flops(int threads);

/// The triad of STREAM, a = b + factor * c over arrays far larger than the caches: bytes read and written per
/// second, three arrays once each. The better of ordinary stores and of such that bypass the caches, best of
/// several tries. Source: McCalpin, "Memory Bandwidth and Machine Balance in Current High Performance
/// Computers", IEEE TCCA Newsletter, 1995.
double measured_triad(int threads);

}  // namespace weft::bench
