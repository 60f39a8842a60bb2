// y = diag(r) A diag(c) x + bias + beta y, and the moments of y's columns while they are in registers.
//
// A group of 8, 16 or 32 lanes owns a row of y and a panel of its columns, up to 16 bytes a lane. Each lane
// walks the row's edges and adds its own columns of the rows of x that they lead to, 4 or 8 rows under way at
// a time. No lane needs what another has, so nothing is exchanged, and an element of y is one chain of
// additions in the order of the edges. All lanes of a group read the same index, which is one request of one
// sector, and the first-level cache has it for the next seven.
//
// At least 4 bytes are moved for each edge and panel, 4nc for y, and for x 4mc where all of it stays in the
// second-level cache, else up to 4ec; in bf16 half of what x and y take. Memory-bound for every c: the sum
// itself is some 7 instructions for 512 bytes.
//
// Rows of very different lengths leave the last group at work alone. Balanced, rows that are longer than a
// segment of the edges are left to groups that sum segments (spmm_segments.cuh), in the same launch and
// before the rows, and a second kernel joins their pieces in order. A binary search on the device finds those
// rows, so the host needs to know nothing of the graph. Source of the cut by edges: Merrill, Garland,
// "Merge-Based Parallel Sparse Matrix-Vector Multiplication", 2016. To cut the long rows only is ours: there
// are few, so pieces cost little, and all others keep one chain and one write.
#include <limits>
#include <type_traits>

#include "kernels/cuda/cuda_backend.hpp"
#include "kernels/cuda/spmm_choice.hpp"
#include "kernels/cuda/spmm_cusparse.hpp"
#include "kernels/cuda/spmm_rows.cuh"
#include "kernels/cuda/spmm_segments.cuh"

namespace weft::WEFT_DEVICE_NS {
namespace {

constexpr EdgeId kNoRowIsLong = std::numeric_limits<EdgeId>::max();
static_assert(moment_parts_bytes(1, 1) == kSpmmPartBytes, "spmm_choice.hpp reserves what a part takes");

__global__ void find_long_rows_kernel(SpmmArguments s) {
  const std::int64_t place = global_thread();
  if (place < s.segment_places) s.long_rows[place] = find_long_row(s, place);
}

/// Blocks on a multiprocessor that registers must leave room for: 4 leave a thread 128, which the widest form
/// just needs; with fewer rows of x under way there is room for more, but not beside eight columns' moments.
template <class Columns, int kAtOnce, class Moments>
constexpr int least_blocks() {
  if (kAtOnce == 8) return 4;
  return Columns::kCount == 8 && !std::is_same_v<Moments, NoMoments> ? 5 : 6;
}

/// The places of segments in the first blocks, two for each group, and rows in those behind them.
template <class T, class Columns, bool kScaled, int kAtOnce, class Moments>
__global__ void __launch_bounds__(kSpmmThreads, (least_blocks<Columns, kAtOnce, Moments>()))
    spmm_kernel(SpmmArguments s) {
  WEFT_SHARED(float, shared_bias, [BlockBias<Columns>::kSize]);
  const BlockBias<Columns> bias(s, shared_bias);
  const Columns mine = Columns::of_thread(s.lanes, s.y.cols);
  const bool segments = blockIdx.x < s.segment_blocks;
  const std::int64_t block = segments ? std::int64_t{blockIdx.x} : blockIdx.x - s.segment_blocks;
  const std::int64_t group = block * groups_of_block(s) + group_in_block(s);
  const std::int64_t places = segments ? 2 : s.block_rows / groups_of_block(s);
  const std::int64_t end =
      min((group + 1) * places, segments ? s.segment_places : std::int64_t{s.a.num_rows});
  Moments moments;
  for (std::int64_t place = group * places; place < end && mine.count > 0; ++place) {
    const std::int64_t row = segments ? s.long_rows[place] : place;
    if (row < 0) continue;
    const EdgeRange edges = segments ? piece_of_row(s, row, place) : edges_of_row(s, row);
    if (is_long(s, edges)) continue;
    float sum[Columns::kCount];
    sum_edges<T, kScaled, kAtOnce>(s, mine, edges, sum);
    if (segments) {
      store_partial<Columns>(s, place, sum);
    } else {
      write_row(s, mine, bias, row, sum);
      moments.add(sum);
    }
  }
  if (!segments) moments.store(s, block);
}

/// Writes each long row, from the place in which it begins.
template <class Columns, class Moments>
__global__ void __launch_bounds__(kSpmmThreads) join_segments_kernel(SpmmArguments s) {
  WEFT_SHARED(float, shared_bias, [BlockBias<Columns>::kSize]);
  const BlockBias<Columns> bias(s, shared_bias);
  const Columns mine = Columns::of_thread(s.lanes, s.y.cols);
  const std::int64_t group = std::int64_t{blockIdx.x} * groups_of_block(s) + group_in_block(s);
  const std::int64_t end = min((group + 1) * kSpmmJoinPlaces, s.segment_places);
  Moments moments;
  for (std::int64_t place = group * kSpmmJoinPlaces; place < end && mine.count > 0; ++place) {
    const std::int64_t row = s.long_rows[place];
    if (row < 0) continue;
    const EdgeRange edges = edges_of_row(s, row);
    if (edges.begin < edges_of_segment(s, place).begin) continue;
    float sum[Columns::kCount];
    sum_pieces<Columns>(s, place, edges.end, sum);
    write_row(s, mine, bias, row, sum);
    moments.add(sum);
  }
  moments.store(s, s.row_blocks + blockIdx.x);
}

/// The product's name in errors and counts.
template <class T, class Columns>
constexpr const char* product_name() {
  constexpr bool bf16 = sizeof(T) == sizeof(Bf16);
  if (Columns::kCount == 8) return "spmm_kernel<bf16 x8>";
  if (Columns::kVectors) return bf16 ? "spmm_kernel<bf16 x4>" : "spmm_kernel<f32 x4>";
  return bf16 ? "spmm_kernel<bf16>" : "spmm_kernel<f32>";
}

std::int64_t join_blocks(const SpmmArguments& s) {
  return ceil_div(s.segment_places, kSpmmThreads / s.lanes * kSpmmJoinPlaces);
}

template <class T, class Columns, bool kScaled, int kAtOnce, class Moments>
void launch_product(Queue queue, const SpmmArguments& s) {
  const auto grid = [&](std::int64_t blocks) {
    return dim3(static_cast<unsigned>(blocks),
                static_cast<unsigned>(ceil_div(s.y.cols, s.lanes * Columns::kCount)));
  };
  if (s.segment_places > 0) {
    launch(WEFT_KERNEL(find_long_rows_kernel),
           static_cast<unsigned>(ceil_div(s.segment_places, kSpmmThreads)), kSpmmThreads, kNoShared, queue,
           s);
  }
  launch(named_kernel(product_name<T, Columns>(), spmm_kernel<T, Columns, kScaled, kAtOnce, Moments>),
         grid(s.segment_blocks + s.row_blocks), kSpmmThreads, kNoShared, queue, s);
  if (s.segment_places > 0) {
    launch(named_kernel("join_segments_kernel", join_segments_kernel<Columns, Moments>), grid(join_blocks(s)),
           kSpmmThreads, kNoShared, queue, s);
  }
}

template <class T, class Columns, int kAtOnce>
void launch_form(Queue queue, const SpmmArguments& s) {
  const bool scaled = s.a.weights != nullptr || s.col_scale != nullptr;
  if (s.parts.values == nullptr) {
    return scaled ? launch_product<T, Columns, true, kAtOnce, NoMoments>(queue, s)
                  : launch_product<T, Columns, false, kAtOnce, NoMoments>(queue, s);
  }
  return scaled ? launch_product<T, Columns, true, kAtOnce, BlockMoments<Columns>>(queue, s)
                : launch_product<T, Columns, false, kAtOnce, BlockMoments<Columns>>(queue, s);
}

template <class T, class Columns>
void launch_form(Queue queue, int at_once, const SpmmArguments& s) {
  return at_once == 4 ? launch_form<T, Columns, 4>(queue, s) : launch_form<T, Columns, 8>(queue, s);
}

void launch_form(Queue queue, const SpmmForm& form, const SpmmArguments& s) {
  const bool bf16 = s.x.dtype == DType::kBf16;
  if (form.lane_columns == 8) return launch_form<Bf16, LaneColumns<8, true>>(queue, form.at_once, s);
  if (form.vectors) {
    return bf16 ? launch_form<Bf16, LaneColumns<4, true>>(queue, form.at_once, s)
                : launch_form<float, LaneColumns<4, true>>(queue, form.at_once, s);
  }
  return bf16 ? launch_form<Bf16, LaneColumns<4, false>>(queue, form.at_once, s)
              : launch_form<float, LaneColumns<4, false>>(queue, form.at_once, s);
}

void set_form(const SpmmForm& form, const SpmmScratch& sizes, SpmmArguments& s) {
  s.lanes = form.lanes;
  s.block_rows = form.block_rows;
  s.row_blocks = ceil_div(s.a.num_rows, form.block_rows);
  s.segment_edges = form.balanced ? form.segment_edges : kNoRowIsLong;
  s.segment_places = 2 * sizes.segments;
  s.segment_blocks = ceil_div(sizes.segments, form.groups());
}

void set_scratch(const SpmmScratch& sizes, void* scratch, SpmmArguments& s) {
  char* const bytes = static_cast<char*>(scratch);
  s.partials = reinterpret_cast<float*>(bytes);
  s.partial_columns = sizes.partial_columns;
  s.long_rows = reinterpret_cast<NodeId*>(bytes + sizes.long_rows_at());
  if (sizes.moment_parts > 0) {
    s.parts = {reinterpret_cast<float*>(bytes + sizes.parts_at()), s.row_blocks + join_blocks(s), s.y.cols};
  }
}

}  // namespace

std::vector<SpmmMethod> CudaBackend::spmm_methods() const {
  std::vector<SpmmMethod> methods = cusparse_methods();
  methods.insert(methods.begin(), {SpmmMethod::kRows, SpmmMethod::kBalanced});
  return methods;
}

void CudaBackend::do_run(Stream& stream, const Spmm& op) {
  if (is_cusparse(op.options.method)) {
    if (cusparse_ == nullptr) cusparse_ = make_cusparse(queue_);
    return cusparse_->spmm(op.a, op.x, op.y, op.options);
  }
  const bool moments = op.options.moments.count != nullptr;
  const SpmmForm form = choose_spmm(spmm_problem(op.a, op.x, op.y, moments), op.options.method);
  const SpmmScratch sizes = spmm_scratch_for(op.a, op.y.cols, op.options.method, moments);
  SpmmArguments s{};
  s.a = op.a;
  s.row_scale = or_null(op.options.row_scale);
  s.col_scale = or_null(op.options.col_scale);
  s.bias = or_null(op.options.bias);
  s.adds = op.options.beta != 0.0f;
  s.x = op.x;
  s.x_row_bytes = op.x.ld * static_cast<std::int64_t>(dtype_bytes(op.x.dtype));
  s.y = op.y;
  set_form(form, sizes, s);
  set_scratch(sizes, stream.scratch, s);
  launch_form(queue_, form, s);
  if (moments) join_moments(queue_, s.parts, op.y.rows, op.options.moments);
}

std::size_t CudaBackend::do_scratch(const Spmm& op) const {
  const SpmmOptions& options = op.options;
  if (is_cusparse(options.method)) return 0;
  return spmm_scratch_for(op.a, op.y.cols, options.method, options.moments.count != nullptr).bytes();
}

}  // namespace weft::WEFT_DEVICE_NS
