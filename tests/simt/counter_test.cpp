// The counters against what is counted by hand: good kernels, and planted bad ones (strides, narrow accesses,
// bank conflicts) which the counters must show.
#include "kernels/simt/counters.hpp"

#include "kernels/simt/simt.hpp"
#include "tests/simt/planted.hpp"

namespace weft::simt {
namespace {

constexpr int kThreads = 64;

__global__ void copy_kernel(int stride, const float* x, float* y) {
  const std::int64_t i = global_thread();
  y[i] = x[stride * i];  // BUG: load with a stride
}

__global__ void copy4_kernel(const float* x, float* y) {
  const std::int64_t i = global_thread();
  store4(y + 4 * i, load4_once(x + 4 * i));
}

__global__ void narrow_kernel(const Bf16* x, const std::uint8_t* flags, double* y) {
  const std::int64_t i = global_thread();
  y[i] = static_cast<double>(to_float(x[i])) + flags[i];
}

__global__ void broadcast_kernel(const float* x, float* y) { y[global_thread()] = x[blockIdx.x]; }

/// Lane t goes round t + 1 times.
__global__ void triangle_kernel(const float* x, float* y) {
  float sum = 0.0f;
  for (int k = 0; k <= lane(); ++k) sum += x[kWarp * k + lane()];
  y[lane()] = sum;
}

/// Half of the lanes go round three times, the others once; then the other way round.
template <bool kMeet>
__global__ void uneven_kernel(int halves, const float* x, float* y) {
  float sum = 0.0f;
  for (int half = 0; half < halves; ++half) {
    const int rounds = lane() / 16 == half ? 3 : 1;
    for (int k = 0; k < rounds; ++k) sum += x[kWarp * (3 * half + k) + lane()];
    if (kMeet) __syncwarp();
  }
  y[lane()] = sum;
}

/// Writes the tile's rows and reads its columns.
template <int kPitch>
__global__ void transpose_kernel(float* y) {
  WEFT_SHARED(float, tile, [kWarp * kPitch]);
  const int t = lane();
  for (int row = 0; row < kWarp; ++row) tile[row * kPitch + t] = 1.0f;
  __syncthreads();
  float sum = 0.0f;
  for (int col = 0; col < kWarp; ++col) sum += tile[t * kPitch + col];
  y[t] = sum;
}

/// Vectors of shared memory, `gap` floats apart; each lane has its own, or all have the first.
__global__ void shared4_kernel(int gap, float* y) {
  WEFT_DYN_SHARED(float, tile);
  const int t = lane();
  store4(tile + gap * t, make_float4(1, 2, 3, 4));
  __syncwarp();
  y[t] = load4(tile).x + load4(tile + gap * t).y;
}

__global__ void count_kernel(int* counts) {
  atomic_add(&counts[lane() / 8], 1);
  if (lane() < 4) atomic_add(&counts[4], 1);
}

}  // namespace
}  // namespace weft::simt

namespace weft::testing {
namespace {

using namespace weft::simt;

class Counters : public InEachOrder {
 protected:
  /// What one launch counted.
  template <class Run>
  static LaunchCounters counted(const Run& run) {
    start_counting();
    run();
    auto launches = stop_counting();
    EXPECT_EQ(launches.size(), 1u);
    return launches.empty() ? LaunchCounters{} : launches[0];
  }
  static void expect_requests(const RequestCounters& got, std::uint64_t requests, std::uint64_t lanes,
                              std::uint64_t bytes, std::uint64_t sectors, std::uint64_t ideal_sectors) {
    EXPECT_EQ(got.requests, requests);
    EXPECT_EQ(got.lanes, lanes);
    EXPECT_EQ(got.bytes, bytes);
    EXPECT_EQ(got.sectors, sectors);
    EXPECT_EQ(got.ideal_sectors, ideal_sectors);
  }
  static void expect_shared(const SharedCounters& got, std::uint64_t requests, std::uint64_t wavefronts,
                            std::uint64_t conflicts) {
    EXPECT_EQ(got.requests, requests);
    EXPECT_EQ(got.wavefronts, wavefronts);
    EXPECT_EQ(got.conflicts, conflicts);
  }
  using Widths = std::array<std::uint64_t, kWidths>;

  const DeviceArray<float> x_{std::vector<float>(2048, 1.0f)};
  const DeviceArray<float> y_{2048};
};
WEFT_IN_EACH_ORDER(Counters);

TEST_P(Counters, NeighboursLoadNeighbours) {
  const auto counters = counted(
      [&] { launch(WEFT_KERNEL(copy_kernel), 2, kThreads, kNoShared, nullptr, 1, x_.data(), y_.data()); });
  EXPECT_EQ(counters.kernel, "copy_kernel");
  EXPECT_EQ(counters.grid.x, 2u);
  EXPECT_EQ(counters.block.x, 64u);
  expect_requests(counters.loads, 4, 128, 512, 16, 16);
  expect_requests(counters.stores, 4, 128, 512, 16, 16);
  EXPECT_EQ(counters.loads.by_width, (Widths{0, 0, 4, 0, 0}));
  EXPECT_EQ(counters.traffic.read, 512u);
  EXPECT_EQ(counters.traffic.written, 512u);
  EXPECT_EQ(counters.loads.active_lanes(), 32.0);
  EXPECT_EQ(counters.loads.sector_ratio(), 1.0);
  EXPECT_EQ(counters.shared.requests + counters.atomics.requests + counters.barriers, 0u);
}

TEST_P(Counters, Strides) {
  const auto by_two = counted(
      [&] { launch(WEFT_KERNEL(copy_kernel), 1, kThreads, kNoShared, nullptr, 2, x_.data(), y_.data()); });
  expect_requests(by_two.loads, 2, 64, 256, 16, 8);
  const auto by_eight = counted(
      [&] { launch(WEFT_KERNEL(copy_kernel), 1, kThreads, kNoShared, nullptr, 8, x_.data(), y_.data()); });
  expect_requests(by_eight.loads, 2, 64, 256, 64, 8);
  EXPECT_EQ(by_eight.loads.sector_ratio(), 8.0);
  EXPECT_EQ(by_eight.stores.sector_ratio(), 1.0);
  EXPECT_EQ(by_eight.traffic.read, 256u);
  const int line = line_of_bug("tests/simt/counter_test.cpp", "load with a stride");
  std::uint64_t at_the_line = 0;
  for (const SiteCounters& site : by_eight.sites) {
    if (site.place.line == line) at_the_line += site.loads.sectors;
  }
  EXPECT_EQ(at_the_line, 64u);
}

TEST_P(Counters, BesideTheirSectors) {
  const auto counters = counted(
      [&] { launch(WEFT_KERNEL(copy_kernel), 1, kWarp, kNoShared, nullptr, 1, x_.data() + 1, y_.data()); });
  expect_requests(counters.loads, 1, 32, 128, 5, 4);
}

TEST_P(Counters, SixteenBytesPerLane) {
  const auto counters = counted(
      [&] { launch(WEFT_KERNEL(copy4_kernel), 2, kThreads, kNoShared, nullptr, x_.data(), y_.data()); });
  expect_requests(counters.loads, 4, 128, 2048, 64, 64);
  expect_requests(counters.stores, 4, 128, 2048, 64, 64);
  EXPECT_EQ(counters.loads.by_width, (Widths{0, 0, 0, 0, 4}));
  EXPECT_EQ(counters.stores.by_width, (Widths{0, 0, 0, 0, 4}));
}

TEST_P(Counters, OtherWidths) {
  const DeviceArray<Bf16> x(std::vector<Bf16>(kThreads, Bf16{0x3F80}));
  const DeviceArray<std::uint8_t> flags(std::vector<std::uint8_t>(kThreads, 1));
  const DeviceArray<double> y(kThreads);
  const auto counters = counted([&] {
    launch(WEFT_KERNEL(narrow_kernel), 1, kThreads, kNoShared, nullptr, x.data(), flags.data(), y.data());
  });
  EXPECT_EQ(counters.loads.by_width, (Widths{2, 2, 0, 0, 0}));
  expect_requests(counters.loads, 4, 128, 64 + 128, 2 + 4, 2 + 4);
  EXPECT_EQ(counters.stores.by_width, (Widths{0, 0, 0, 2, 0}));
  expect_requests(counters.stores, 2, 64, 512, 16, 16);
}

TEST_P(Counters, OneAddressForAllLanes) {
  const auto counters = counted(
      [&] { launch(WEFT_KERNEL(broadcast_kernel), 2, 40, kNoShared, nullptr, x_.data(), y_.data()); });
  expect_requests(counters.loads, 4, 80, 320, 4, 4);
  EXPECT_EQ(counters.traffic.read, 8u);
  EXPECT_EQ(counters.loads.active_lanes(), 20.0);
  EXPECT_EQ(counters.stores.lanes, 80u);
}

TEST_P(Counters, LanesThatLeaveALoop) {
  const auto counters = counted(
      [&] { launch(WEFT_KERNEL(triangle_kernel), 1, kWarp, kNoShared, nullptr, x_.data(), y_.data()); });
  EXPECT_EQ(counters.loads.requests, 32u);
  EXPECT_EQ(counters.loads.lanes, 32u * 33u / 2u);
  EXPECT_EQ(counters.loads.active_lanes(), 16.5);
}

TEST_P(Counters, LanesMeetAgain) {
  const auto met = counted([&] {
    launch(WEFT_KERNEL(uneven_kernel<true>), 1, kWarp, kNoShared, nullptr, 2, x_.data(), y_.data());
  });
  expect_requests(met.loads, 6, 128, 512, 16, 16);
  EXPECT_EQ(met.warp_collectives, 2u);
  const auto not_met = counted([&] {
    launch(WEFT_KERNEL(uneven_kernel<false>), 1, kWarp, kNoShared, nullptr, 2, x_.data(), y_.data());
  });
  EXPECT_EQ(not_met.loads.requests, 4u);
}

TEST_P(Counters, BanksInConflict) {
  const auto bad =
      counted([&] { launch(WEFT_KERNEL(transpose_kernel<32>), 1, kWarp, kNoShared, nullptr, y_.data()); });
  expect_shared(bad.shared, 64, 32 + 32 * 32, 32 * 31);
  EXPECT_EQ(bad.static_shared_bytes, 4096u);
  EXPECT_EQ(bad.barriers, 1u);
  const auto good =
      counted([&] { launch(WEFT_KERNEL(transpose_kernel<33>), 1, kWarp, kNoShared, nullptr, y_.data()); });
  expect_shared(good.shared, 64, 64, 0);
  const auto pairs =
      counted([&] { launch(WEFT_KERNEL(transpose_kernel<34>), 1, kWarp, kNoShared, nullptr, y_.data()); });
  expect_shared(pairs.shared, 64, 32 + 32 * 2, 32);
}

TEST_P(Counters, VectorsInSharedMemory) {
  const auto run = [&](int gap) {
    return counted([&] {
      launch(WEFT_KERNEL(shared4_kernel), 1, kWarp, 32 * 16 * sizeof(float), nullptr, gap, y_.data());
    });
  };
  const auto dense = run(4);
  expect_shared(dense.shared, 3, 12, 0);
  EXPECT_EQ(dense.dynamic_shared_bytes, 2048u);
  EXPECT_EQ(dense.static_shared_bytes, 0u);
  expect_shared(run(8).shared, 3, 4 + 2 * 8, 8);
  expect_shared(run(16).shared, 3, 4 + 2 * 16, 24);
}

TEST_P(Counters, Atomics) {
  const DeviceArray<int> counts(std::vector<int>(5, 0));
  const auto counters =
      counted([&] { launch(WEFT_KERNEL(count_kernel), 3, kWarp, kNoShared, nullptr, counts.data()); });
  EXPECT_EQ(counters.atomics.requests, 6u);
  EXPECT_EQ(counters.atomics.lanes, 3u * 36u);
  EXPECT_EQ(counters.atomics.same_address, 3u * (28u + 3u));
  EXPECT_EQ(counters.loads.requests + counters.stores.requests, 0u);
  EXPECT_EQ(counters.traffic.read, 20u);
  EXPECT_EQ(counters.traffic.written, 20u);
}

TEST_P(Counters, NamedRanges) {
  name_range(x_.data(), 400, "front");
  name_range(x_.data() + 50, 80, "middle");
  name_range(y_.data(), y_.bytes(), "result");
  const auto counters = counted(
      [&] { launch(WEFT_KERNEL(copy_kernel), 2, kThreads, kNoShared, nullptr, 1, x_.data(), y_.data()); });
  forget_ranges();
  std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> named;
  for (const auto& [name, traffic] : counters.named) named[name] = {traffic.read, traffic.written};
  const std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> expected{
      {"", {112, 0}}, {"front", {320, 0}}, {"middle", {80, 0}}, {"result", {0, 512}}};
  EXPECT_EQ(named, expected);
  EXPECT_EQ(counters.traffic.read, 512u);
}

TEST_P(Counters, OnlyWhileCounting) {
  launch(WEFT_KERNEL(copy_kernel), 1, kThreads, kNoShared, nullptr, 1, x_.data(), y_.data());
  start_counting();
  launch(WEFT_KERNEL(copy_kernel), 1, kThreads, kNoShared, nullptr, 1, x_.data(), y_.data());
  launch(WEFT_KERNEL(copy4_kernel), 1, kThreads, kNoShared, nullptr, x_.data(), y_.data());
  const auto launches = stop_counting();
  ASSERT_EQ(launches.size(), 2u);
  EXPECT_EQ(launches[1].kernel, "copy4_kernel");
  EXPECT_TRUE(stop_counting().empty());
}

}  // namespace
}  // namespace weft::testing
