// A backend's memory, copies, events and recorded work.
#include <gtest/gtest.h>

#include <cstdint>

#include "kernels/buffer.hpp"
#include "tests/support/backends.hpp"
#include "tests/support/random.hpp"
#include "tests/support/within.hpp"

namespace weft::testing {
namespace {

std::vector<unsigned char> pattern(std::int64_t size) {
  std::vector<unsigned char> host(static_cast<std::size_t>(size));
  for (std::size_t i = 0; i < host.size(); ++i) host[i] = static_cast<unsigned char>(i % 251);
  return host;
}

/// Host memory of a backend.
class HostBytes {
 public:
  HostBytes(Backend& backend, std::size_t bytes)
      : backend_(backend), data_(static_cast<unsigned char*>(backend.allocate_host(bytes))), bytes_(bytes) {}
  HostBytes(const HostBytes&) = delete;
  HostBytes& operator=(const HostBytes&) = delete;
  ~HostBytes() { backend_.release_host(data_); }

  unsigned char* data() const { return data_; }
  std::vector<unsigned char> values() const { return {data_, data_ + bytes_}; }

 private:
  Backend& backend_;
  unsigned char* data_;
  std::size_t bytes_;
};

class Memory : public BackendTest {
 protected:
  std::vector<unsigned char> download(const Buffer<unsigned char>& buffer) {
    std::vector<unsigned char> host(buffer.bytes());
    buffer.download(stream_, host.data());
    return host;
  }

  Stream stream_;
};

TEST_P(Memory, IsAlignedAndCopied) {
  for (const std::int64_t size : {1, 1000, 5'000'001}) {  // the last one is copied by several threads
    const auto host = pattern(size);
    Buffer<unsigned char> buffer(*backend_, size, "a test"), other(*backend_, size, "a test");
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer.data()) % 64, 0u);
    buffer.upload(stream_, host.data());
    EXPECT_EQ(download(buffer), host);
    backend_->copy(stream_, other.data(), buffer.data(), buffer.bytes());
    buffer.fill_zero(stream_);
    EXPECT_EQ(download(buffer), std::vector<unsigned char>(host.size(), 0));
    EXPECT_EQ(download(other), host);
  }
}

TEST_P(Memory, IsCopiedAndFilledInPart) {
  Buffer<unsigned char> buffer(*backend_, 1000, "a test");
  auto expected = pattern(1000);
  buffer.upload(stream_, expected.data());
  backend_->copy(stream_, buffer.data() + 701, buffer.data() + 3, 99);
  std::copy_n(expected.begin() + 3, 99, expected.begin() + 701);
  backend_->fill_zero(stream_, buffer.data() + 400, 7);
  std::fill_n(expected.begin() + 400, 7, static_cast<unsigned char>(0));
  EXPECT_EQ(download(buffer), expected);
}

TEST_P(Memory, IsWrittenLaterBehindAnEvent) {
  const auto host = pattern(5000);
  Buffer<unsigned char> buffer(*backend_, 5000, "a test");
  const HostBytes later(*backend_, 5000);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(later.data()) % 64, 0u);
  const auto filled = backend_->make_event();
  buffer.upload(stream_, host.data());
  backend_->download_later(stream_, later.data(), buffer.data(), 5000);
  filled->record(stream_);
  buffer.fill_zero(stream_);  // comes after the copy in the queue
  filled->wait();
  EXPECT_EQ(later.values(), host);
}

TEST_P(Memory, PeakIsTheMostThatWasThereAtOnce) {
  const auto mebibytes = [](std::int64_t count) { return count << 20; };
  { const Buffer<unsigned char> a(*backend_, mebibytes(3), "a test"), b(*backend_, mebibytes(4), "a test"); }
  const std::size_t peak = backend_->peak_memory();
  if (peak == 0) GTEST_SKIP() << "the backend does not count";
  EXPECT_GE(peak, static_cast<std::size_t>(mebibytes(7)));
  EXPECT_LT(peak, static_cast<std::size_t>(mebibytes(14)));
  { const Buffer<unsigned char> small(*backend_, mebibytes(5), "a test"); }
  EXPECT_EQ(backend_->peak_memory(), peak);  // what was released does not count again
  { const Buffer<unsigned char> large(*backend_, mebibytes(20), "a test"); }
  EXPECT_GE(backend_->peak_memory(), static_cast<std::size_t>(mebibytes(20)));
  EXPECT_LT(backend_->peak_memory(), static_cast<std::size_t>(mebibytes(27)));
}

TEST_P(Memory, SaysWhatDidNotFit) {
  const std::size_t bytes = std::size_t{1} << 50;
  const std::string message =
      error_of(ErrorCode::kOutOfMemory, [&] { (void)backend_->allocate(bytes, "the features"); });
  EXPECT_EQ(message.find("the features needs 1125899906842624 bytes but "), 0u) << message;
  EXPECT_GT(backend_->available_memory(), 0u);
  EXPECT_LT(backend_->available_memory(), bytes);
}

TEST_P(Memory, OfNoBytesIsNone) {
  EXPECT_EQ(backend_->allocate(0, "nothing"), nullptr);
  EXPECT_EQ(backend_->allocate_host(0), nullptr);
  backend_->release(nullptr);
  backend_->release_host(nullptr);
  EXPECT_NO_THROW(backend_->upload(stream_, nullptr, nullptr, 0));
  EXPECT_NO_THROW(backend_->copy(stream_, nullptr, nullptr, 0));
  EXPECT_EQ(error_of(ErrorCode::kInvalidArgument, [&] { backend_->fill_zero(stream_, nullptr, 4); }),
            "fill_zero: 4 bytes of no memory");
}

TEST_P(Memory, EventsTellTheTimeBetweenThem) {
  const auto begin = backend_->make_event(), end = backend_->make_event();
  Buffer<unsigned char> buffer(*backend_, 10'000'000, "a test");
  begin->record(stream_);
  buffer.fill_zero(stream_);
  end->record(stream_);
  end->wait();
  const double seconds = end->seconds_since(*begin);
  EXPECT_GT(seconds, 0.0);
  EXPECT_LT(seconds, 60.0);
  EXPECT_EQ(end->seconds_since(*end), 0.0);
  begin->record(stream_);  // moves it behind
  EXPECT_GE(begin->seconds_since(*end), 0.0);
}

TEST_P(Memory, RecordedWorkRunsAgain) {
  WEFT_TEST_RANDOM(random);
  const std::int64_t n = 50, c = 40;
  Matrix x(*backend_, n, c, "a test"), y(*backend_, n, c, "a test");
  Buffer<StepState> state(*backend_, 1, "a test");
  const auto host = random.values(n * c);
  const StepState start{.seed = 7};
  const auto reset = [&] {
    state.upload(stream_, &start);
    x.values().upload(stream_, host.data());
  };
  Activation block;
  block.relu = true;
  block.dropout = {0.5f, 1, state.data()};
  const auto step = [&] {
    backend_->run(stream_, BeginStep{state.data()});
    backend_->run(stream_, Activate{x.view(), block, y.view()});
    backend_->copy(stream_, x.view().data, y.view().data, y.values().bytes());
  };
  const auto result = [&] {
    std::vector<float> values(host.size());
    x.values().download(stream_, values.data());
    StepState now;
    state.download(stream_, &now);
    values.push_back(static_cast<float>(now.step));
    return values;
  };

  reset();
  for (int i = 0; i < 3; ++i) step();
  const auto expected = result();
  EXPECT_EQ(expected.back(), 3.0f);
  reset();
  const auto replay = backend_->record(stream_, step);
  if (replay == nullptr) GTEST_SKIP() << "the backend does not record";
  EXPECT_EQ(result().back(), 0.0f);  // recording runs nothing
  for (int i = 0; i < 3; ++i) replay->run(stream_);
  EXPECT_EQ(result(), expected);
}

WEFT_ON_ALL_BACKENDS(Memory);

}  // namespace
}  // namespace weft::testing
