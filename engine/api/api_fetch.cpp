// The public interface over downloads.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>

#include "data/fetch/fetch.hpp"
#include "engine/include/weft/weft.hpp"
#include "engine/interrupt.hpp"

namespace weft {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kLarge = 1'000'000'000;  // bytes that are not downloaded unasked

std::string megabytes(std::uint64_t bytes) { return fmt::format("{:.1f}", static_cast<double>(bytes) / 1e6); }

/// "34.5 of 80.1 MB, 12.1 MB/s". The rate is that of this call: what an earlier one left is not counted.
class ProgressText {
 public:
  std::string operator()(const std::string& what, std::uint64_t done, std::uint64_t total) {
    if (what != what_) {
      what_ = what;
      first_ = done;
      start_ = Clock::now();
    }
    const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
    std::string text =
        total == 0 ? megabytes(done) + " MB" : fmt::format("{} of {} MB", megabytes(done), megabytes(total));
    if (done > first_ && seconds > 0.1) {
      text += fmt::format(", {:.1f} MB/s", static_cast<double>(done - first_) / 1e6 / seconds);
    }
    return text;
  }

 private:
  std::string what_;
  std::uint64_t first_ = 0;
  Clock::time_point start_{};
};

data::Watch watch(const std::string& name, const Events& events) {
  data::Watch watch;
  watch.note = events.note;
  watch.stop = engine::stop_requested;
  if (events.progress) {
    watch.progress = [name, report = events.progress, text = ProgressText()](
                         const char* what, std::uint64_t done, std::uint64_t total) mutable {
      const double fraction = total == 0 ? 0.0 : static_cast<double>(done) / static_cast<double>(total);
      report({name + ": " + what, fraction, text(what, done, total)});
    };
  }
  return watch;
}

/// A large download needs somebody's consent.
void check_consent(const std::string& name, std::uint64_t bytes, const FetchOptions& options) {
  if (bytes <= kLarge || options.even_large) return;
  const std::string size = fmt::format("{:.2f} GB", static_cast<double>(bytes) / 1e9);
  if (!options.confirm) {
    fail(ErrorCode::kInvalidArgument, name, ": is a download of ", size, "; give --yes to go on");
  }
  if (!options.confirm(fmt::format(
          "{} is a download of {}, and takes at least as much again unpacked. Go on?", name, size))) {
    fail(ErrorCode::kInterrupted, name, ": not downloaded");
  }
}

void check_sha256(const std::string& digits) {
  const bool fits = digits.size() == 64 && digits.find_first_not_of("0123456789abcdef") == std::string::npos;
  WEFT_CHECK(digits.empty() || fits, "--sha256 \"", digits,
             "\" cannot be used; give 64 digits of 0 to 9 and a to f");
}

}  // namespace

std::string default_mirror() {
  const char* mirror = std::getenv("WEFT_MIRROR");
  return mirror != nullptr && *mirror != '\0' ? mirror : data::kOgbAddress;
}

FetchResult fetch(const std::string& name, const FetchOptions& options) {
  const data::DatasetSpec& spec = data::fetchable_dataset(name);
  check_sha256(options.sha256);
  engine::clear_stop();
  data::FetchOptions how;
  how.root = options.root;
  how.mirror = options.mirror;
  how.sha256 = options.sha256;
  how.keep_zip = options.keep_zip;
  how.download.watch = watch(name, options.events);
  how.download.before = [&](std::uint64_t bytes) { check_consent(name, bytes, options); };
  const auto start = Clock::now();
  const data::Fetched fetched = data::fetch(spec, how);
  const std::chrono::duration<double> elapsed = Clock::now() - start;
  if (fetched.already_there) return {name, fetched.folder, true, "", 0, "", 0.0};
  const data::Downloaded& zip = fetched.zip;
  return {name, fetched.folder, false, zip.file.url, zip.file.bytes, zip.sha256, elapsed.count()};
}

}  // namespace weft
