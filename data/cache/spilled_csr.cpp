// The two levels of data/graph/graph.cpp's sort, with the first one through a file: edges go to buckets, a
// bucket at a time goes through memory. An edge's key, row and column one behind the other, decides its bucket,
// so that a bucket can be cut for as long as it holds more than one pair of nodes; and one pair's edges are in
// order as they come.
#include "data/cache/spilled_csr.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "data/base/ordered_pipeline.hpp"
#include "data/cache/spill_file.hpp"
#include "data/graph/graph.hpp"
#include "kernels/base/error.hpp"

namespace weft::data {
namespace {

constexpr std::size_t kEdgeBytes = sizeof(NumberedEdge);
constexpr std::uint64_t kMostBlockBytes = 1 << 20;
constexpr int kMostBucketBits = 10;  // buckets of one cut, as a power of two

// Sorting holds an edge as it came, moved, and sorted, its id once more, and a pair for the longest row; a
// row has an offset and a place to write next.
constexpr std::uint64_t kSortBytesPerEdge = 60;
constexpr std::uint64_t kSortBytesPerRow = 24;

/// How the memory is shared: a quarter for blocks being filled, half for buckets being sorted and waiting.
struct Budget {
  std::uint64_t sort_bytes = 0;  // of one bucket
  std::size_t block_bytes = 0;
  int bucket_bits = 1;  // at most, of one cut

  Budget(std::uint64_t memory, int threads) {
    memory = std::max(memory, kLeastSpillMemory);
    const std::uint64_t under_way = 2 * static_cast<std::uint64_t>(std::max(1, threads)) + 2;
    sort_bytes = memory / 2 / under_way;
    constexpr std::uint64_t kUsefulBlock = 4096;
    bucket_bits =
        std::clamp(static_cast<int>(std::bit_width(memory / 4 / kUsefulBlock)) - 1, 1, kMostBucketBits);
    // One block must fit the sorting, whose edges take several times their bytes in the file.
    const std::uint64_t block = std::min({(memory / 4) >> bucket_bits, sort_bytes / 8, kMostBlockBytes});
    block_bytes = std::max<std::size_t>(1, static_cast<std::size_t>(block) / kEdgeBytes) * kEdgeBytes;
  }
};

/// Edges whose keys are first_key to first_key + 2^shift - 1, in the order of their ids.
struct Bucket {
  std::uint64_t first_key = 0;
  int shift = 0;
  EdgeId count = 0;
  std::vector<std::int64_t> blocks;  // all full but the last
};

/// Rows and columns as one number.
class Keys {
 public:
  Keys(NodeId num_rows, NodeId num_cols)
      : num_rows_(num_rows), col_bits_(bits_of(num_cols)), bits_(bits_of(num_rows) + col_bits_) {}

  int bits() const { return bits_; }
  std::uint64_t of(const NumberedEdge& edge) const {
    return static_cast<std::uint64_t>(edge.row) << col_bits_ | static_cast<std::uint64_t>(edge.col);
  }
  NodeId first_row(const Bucket& bucket) const { return static_cast<NodeId>(bucket.first_key >> col_bits_); }
  /// A bucket within a row counts as that row.
  NodeId rows(const Bucket& bucket) const {
    const std::int64_t rows = std::int64_t{1} << std::max(0, bucket.shift - col_bits_);
    return static_cast<NodeId>(std::min<std::int64_t>(rows, num_rows_ - first_row(bucket)));
  }

 private:
  static int bits_of(NodeId count) {
    return std::bit_width(static_cast<std::uint32_t>(std::max<NodeId>(count, 1) - 1));
  }

  NodeId num_rows_;
  int col_bits_;
  int bits_;
};

/// Cuts a range of keys into 2^bits buckets and writes edges to them.
class Distribution {
 public:
  Distribution(SpillFile& file, const Keys& keys, std::uint64_t first_key, int shift, int bits)
      : file_(file), keys_(keys), first_key_(first_key), shift_(shift - bits) {
    buckets_.resize(std::size_t{1} << bits);
    waiting_.resize(buckets_.size());
    for (std::size_t b = 0; b < buckets_.size(); ++b) {
      buckets_[b].first_key = first_key + (static_cast<std::uint64_t>(b) << shift_);
      buckets_[b].shift = shift_;
    }
  }

  void add(const NumberedEdge& edge) {
    const auto b = static_cast<std::size_t>((keys_.of(edge) - first_key_) >> shift_);
    std::vector<NumberedEdge>& block = waiting_[b];
    if (block.capacity() == 0) block.reserve(file_.block_bytes() / kEdgeBytes);
    block.push_back(edge);
    ++buckets_[b].count;
    if (block.size() == block.capacity()) flush(b);
  }

  /// The buckets that hold anything, the last one first.
  std::vector<Bucket> finish() {
    std::vector<Bucket> filled;
    for (std::size_t b = buckets_.size(); b-- > 0;) {
      if (!waiting_[b].empty()) flush(b);
      if (buckets_[b].count > 0) filled.push_back(std::move(buckets_[b]));
    }
    return filled;
  }

 private:
  void flush(std::size_t b) {
    buckets_[b].blocks.push_back(file_.write(waiting_[b].data(), waiting_[b].size() * kEdgeBytes));
    waiting_[b].clear();
  }

  SpillFile& file_;
  const Keys& keys_;
  std::uint64_t first_key_;
  int shift_;
  std::vector<Bucket> buckets_;
  std::vector<std::vector<NumberedEdge>> waiting_;
};

/// Some neighbouring rows, or a piece of one, on the way through memory.
struct Piece {
  NodeId first_row = 0;
  NodeId rows = 0;
  std::vector<NumberedEdge> edges;
  HostCsr csr;
};

class SpilledCsr {
 public:
  SpilledCsr(const SpilledCsrOptions& options, NodeId num_rows, NodeId num_cols)
      : options_(options),
        num_cols_(num_cols),
        keys_(num_rows, num_cols),
        budget_(options.memory_bytes, options.threads),
        file_(options.folder, budget_.block_bytes) {}

  void take_in(const EdgeSource& source) {
    EdgeId id = 0;
    const EdgeId copies = options_.add_inverse ? 2 : 1;
    Distribution first(file_, keys_, 0, keys_.bits(), cut_of(source.count * copies, keys_.bits()));
    source.stream([&](const NodeId* from, const NodeId* to, std::int64_t count) {
      for (std::int64_t k = 0; k < count; ++k) {
        first.add({to[k], from[k], id++});
        if (options_.add_inverse) first.add({from[k], to[k], id++});
      }
    });
    pending_ = first.finish();
  }

  /// Hands on the pieces in order of rows, and of columns within one.
  void sort(const std::function<void(const Piece&)>& consume) {
    OrderedPipeline<Piece> pipeline;
    pipeline.produce = [this](Piece& piece) { return next(piece); };
    pipeline.transform = [this](Piece& piece) {
      for (NumberedEdge& edge : piece.edges) edge.row -= piece.first_row;
      const auto count = static_cast<std::int64_t>(piece.edges.size());
      piece.csr = csr_from_numbered({piece.edges.data(), count}, piece.rows, num_cols_, 1);
    };
    pipeline.consume = [&](Piece& piece) {
      consume(piece);
      piece.csr = {};
      return true;
    };
    pipeline.run(options_.threads);
  }

 private:
  /// Into how many buckets, as a power of two, so many edges of a range of keys are cut.
  int cut_of(EdgeId edges, int key_bits) const {
    constexpr std::uint64_t kReserve = 4;  // buckets are not equally full
    const std::uint64_t wanted =
        kReserve * kSortBytesPerEdge * static_cast<std::uint64_t>(edges) / budget_.sort_bytes;
    return std::min(key_bits, std::clamp(static_cast<int>(std::bit_width(wanted)), 1, budget_.bucket_bits));
  }

  bool fits(EdgeId edges, NodeId rows) const {
    return kSortBytesPerEdge * static_cast<std::uint64_t>(edges) +
               kSortBytesPerRow * static_cast<std::uint64_t>(rows) <=
           budget_.sort_bytes;
  }

  bool next(Piece& piece) {
    while (!pending_.empty()) {
      Bucket bucket = std::move(pending_.back());
      pending_.pop_back();
      if (bucket.shift > 0 && !fits(bucket.count, keys_.rows(bucket))) {
        cut(std::move(bucket));
        continue;
      }
      piece.first_row = keys_.first_row(bucket);
      piece.rows = keys_.rows(bucket);
      piece.edges.clear();
      read(bucket, piece.edges);
      if (bucket.count > 0) pending_.push_back(std::move(bucket));  // more edges of one pair of nodes
      return true;
    }
    return false;
  }

  void cut(Bucket bucket) {
    Distribution parts(file_, keys_, bucket.first_key, bucket.shift, cut_of(bucket.count, bucket.shift));
    std::vector<NumberedEdge> edges;
    for (std::size_t b = 0; b < bucket.blocks.size(); ++b) {
      edges.clear();
      read_block(bucket, b, edges);
      for (const NumberedEdge& edge : edges) parts.add(edge);
    }
    for (Bucket& part : parts.finish()) pending_.push_back(std::move(part));
  }

  /// As many of the bucket's edges as fit; the others stay in it.
  void read(Bucket& bucket, std::vector<NumberedEdge>& edges) {
    const EdgeId per_block = static_cast<EdgeId>(budget_.block_bytes / kEdgeBytes);
    std::size_t b = 0;
    edges.reserve(static_cast<std::size_t>(std::min<EdgeId>(
        bucket.count, static_cast<EdgeId>(budget_.sort_bytes / kSortBytesPerEdge) + per_block)));
    for (; b < bucket.blocks.size(); ++b) {
      const EdgeId more = std::min<EdgeId>(per_block, bucket.count - static_cast<EdgeId>(b) * per_block);
      if (b > 0 && !fits(static_cast<EdgeId>(edges.size()) + more, 1)) break;
      read_block(bucket, b, edges);
    }
    bucket.blocks.erase(bucket.blocks.begin(), bucket.blocks.begin() + static_cast<std::ptrdiff_t>(b));
    bucket.count -= static_cast<EdgeId>(edges.size());
  }

  /// Adds block `b` of the bucket to `edges` and gives it back.
  void read_block(const Bucket& bucket, std::size_t b, std::vector<NumberedEdge>& edges) {
    const std::size_t per_block = budget_.block_bytes / kEdgeBytes;
    const std::size_t count = std::min(per_block, static_cast<std::size_t>(bucket.count) - b * per_block);
    const std::size_t before = edges.size();
    edges.resize(before + count);
    file_.read(bucket.blocks[b], edges.data() + before, count * kEdgeBytes);
    file_.give_back(bucket.blocks[b]);
  }

  const SpilledCsrOptions& options_;
  NodeId num_cols_;
  Keys keys_;
  Budget budget_;
  SpillFile file_;
  std::vector<Bucket> pending_;  // the next one last
};

/// Pieces into three sections side by side.
class SectionWriter {
 public:
  SectionWriter(const std::string& prefix, NodeId num_rows, EdgeId num_edges, StoreWriter& store)
      : store_(store),
        offsets_(store.reserve(prefix + "offsets", DType::kI64, {std::int64_t{num_rows} + 1})),
        cols_(store.reserve(prefix + "cols", DType::kI32, {num_edges})),
        ids_(store.reserve(prefix + "edge_ids", DType::kI64, {num_edges})) {}

  void write(const Piece& piece) {
    // The end of a piece's last row is not known before the next piece comes: it may have more of the row.
    end_rows(piece.first_row);
    for (NodeId row = 1; row < piece.rows; ++row) {
      ends_.push_back(edges_ + piece.csr.offsets[static_cast<std::size_t>(row)]);
    }
    append_ends();
    store_.append_to(cols_, piece.csr.cols.data(), piece.csr.cols.size() * sizeof(NodeId));
    store_.append_to(ids_, piece.csr.edge_ids.data(), piece.csr.edge_ids.size() * sizeof(EdgeId));
    edges_ += static_cast<EdgeId>(piece.csr.cols.size());
  }

  /// Offsets up to that of `row`: nothing more comes for the rows before.
  void end_rows(std::int64_t row) {
    constexpr std::size_t kPiece = 1 << 16;
    while (offsets_written_ <= row) {
      ends_.assign(std::min(kPiece, static_cast<std::size_t>(row + 1 - offsets_written_)), edges_);
      append_ends();
    }
  }

 private:
  void append_ends() {
    store_.append_to(offsets_, ends_.data(), ends_.size() * sizeof(EdgeId));
    offsets_written_ += static_cast<std::int64_t>(ends_.size());
    ends_.clear();
  }

  StoreWriter& store_;
  std::size_t offsets_, cols_, ids_;
  EdgeId edges_ = 0;
  std::int64_t offsets_written_ = 0;
  std::vector<EdgeId> ends_;
};

}  // namespace

std::uint64_t spill_bytes(EdgeId edges, const SpilledCsrOptions& options) {
  return static_cast<std::uint64_t>(edges) * kEdgeBytes +
         std::max(options.memory_bytes, kLeastSpillMemory) / 4;
}

void write_spilled_csr(const EdgeSource& edges, NodeId num_rows, NodeId num_cols,
                       const SpilledCsrOptions& options, const std::string& prefix, StoreWriter& store) {
  WEFT_CHECK(!options.add_inverse || num_rows == num_cols,
             "write_spilled_csr: inverse edges need a square graph, not [", num_rows, ", ", num_cols, "]");
  SpilledCsr graph(options, num_rows, num_cols);
  graph.take_in(edges);
  SectionWriter sections(prefix, num_rows, edges.count * (options.add_inverse ? 2 : 1), store);
  graph.sort([&](const Piece& piece) { sections.write(piece); });
  sections.end_rows(num_rows);
}

}  // namespace weft::data
