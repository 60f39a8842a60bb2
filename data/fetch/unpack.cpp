#include "data/fetch/unpack.hpp"

#include <sys/stat.h>
#include <zip.h>

#include <algorithm>
#include <map>
#include <memory>
#include <new>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "data/base/file.hpp"
#include "data/containers/zip_directory.hpp"
#include "kernels/base/error.hpp"

namespace weft::data {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestName = 1024;  // bytes
constexpr std::size_t kLongestPart = 255;   // what file systems take
constexpr int kDeepest = 16;                // folders in folders
constexpr std::size_t kPiece = 1 << 20;     // bytes written at once

using Archive = std::unique_ptr<zip_t, decltype(&zip_discard)>;

/// A member as the archive's directory describes it.
struct Member {
  zip_uint64_t index = 0;
  std::string name;  // without the top folder and without a slash at the end
  std::uint64_t bytes = 0;
  bool is_folder = false;
};

/// For messages.
std::string shown(std::string_view name) { return "'" + std::string(name.substr(0, 200)) + "'"; }

class Unpacker {
 public:
  Unpacker(const fs::path& zip, const Watch& watch, const UnpackLimits& limits)
      : zip_(zip), watch_(watch), limits_(limits), archive_(open()) {}

  /// Everything that can be checked before a byte is written.
  void check() {
    read_directory();
    result_.left_out = drop_top_folder();
    check_names();
    check_sizes();
    check_local_headers();
  }

  void write(const fs::path& folder) {
    check_free_space(folder, result_.bytes, "give a --root with more");
    for (const Member& member : members_) {
      const fs::path path = folder / member.name;
      fs::create_directories(member.is_folder ? path : path.parent_path());
      if (!member.is_folder) write(member, path);
    }
  }

  const Unpacked& result() const { return result_; }

 private:
  Archive open() const {
    int code = 0;
    Archive archive(zip_open(zip_.c_str(), ZIP_RDONLY, &code), zip_discard);
    if (archive) return archive;
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    const std::string said = zip_error_strerror(&error);
    zip_error_fini(&error);
    refuse_code(code, "not a zip archive, or one that was cut off: ", said);
  }

  /// Names the kind of a failure inside libzip, which says `said`.
  [[noreturn]] void refuse_code(int code, const std::string& problem, const std::string& said) const {
    if (code == ZIP_ER_MEMORY) throw std::bad_alloc();
    const bool system =
        code == ZIP_ER_OPEN || code == ZIP_ER_NOENT || code == ZIP_ER_READ || code == ZIP_ER_SEEK;
    if (system) fail(ErrorCode::kIo, zip_.native(), ": cannot be read: ", said);
    refuse(problem, said);
  }

  template <class... Parts>
  [[noreturn]] void refuse(const Parts&... parts) const {
    fail(ErrorCode::kBadData, zip_.native(), ": ", parts...);
  }

  void read_directory() {
    const auto count =
        static_cast<std::uint64_t>(std::max<zip_int64_t>(0, zip_get_num_entries(archive_.get(), 0)));
    if (count > limits_.members)
      refuse("holds ", count, " members; no dataset has more than ", limits_.members);
    for (zip_uint64_t index = 0; index < count; ++index) members_.push_back(read_member(index));
  }

  Member read_member(zip_uint64_t index) const {
    const char* name = zip_get_name(archive_.get(), index, ZIP_FL_ENC_RAW);
    zip_stat_t facts;
    if (name == nullptr || zip_stat_index(archive_.get(), index, 0, &facts) != 0) {
      refuse_code(zip_error_code_zip(zip_get_error(archive_.get())), detail::concat("member ", index, ": "),
                  zip_strerror(archive_.get()));
    }
    constexpr zip_uint64_t kNeeded =
        ZIP_STAT_SIZE | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD | ZIP_STAT_CRC;
    if ((facts.valid & kNeeded) != kNeeded) refuse("member ", shown(name), ": its size is not given");
    if (facts.encryption_method != ZIP_EM_NONE) refuse("member ", shown(name), ": is encrypted");
    if (facts.comp_method != ZIP_CM_STORE && facts.comp_method != ZIP_CM_DEFLATE) {
      refuse("member ", shown(name), ": compression ", facts.comp_method,
             " is not known; stored and deflate are");
    }
    check_kind(index, name);
    check_name(name);
    Member member{index, name, facts.size, false};
    if (member.name.back() == '/') {
      member.name.pop_back();
      member.is_folder = true;
      if (member.bytes > 0) refuse("member ", shown(name), ": a folder with ", member.bytes, " bytes in it");
    }
    return member;
  }

  /// The upper half of a member's attributes is its Unix mode, where it comes from such a system, else 0.
  void check_kind(zip_uint64_t index, const char* name) const {
    zip_uint8_t system = 0;
    zip_uint32_t attributes = 0;
    if (zip_file_get_external_attributes(archive_.get(), index, 0, &system, &attributes) != 0) {
      refuse("member ", shown(name), ": ", zip_strerror(archive_.get()));
    }
    const auto kind = static_cast<mode_t>(attributes >> 16) & S_IFMT;
    if (kind == S_IFLNK) refuse("member ", shown(name), ": is a link; only files and folders are unpacked");
    if (kind != 0 && kind != S_IFREG && kind != S_IFDIR) {
      refuse("member ", shown(name), ": is a device, pipe or socket; only files and folders are unpacked");
    }
  }

  void check_name(std::string_view name) const {
    const auto bad = [this, whole = name](const char* why) { refuse("member ", shown(whole), ": ", why); };
    if (name.empty()) bad("has no name");
    if (name.size() > kLongestName) bad("its name is too long");
    if (name.front() == '/') bad("an absolute path");
    if (name.find('\\') != std::string_view::npos) bad("a backslash in its name");
    for (const char c : name) {
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) bad("a control character in its name");
    }
    if (name.back() == '/') name.remove_suffix(1);
    for (int depth = 1;; ++depth) {
      const std::size_t slash = name.find('/');
      const std::string_view part = name.substr(0, slash);
      if (part == "..") bad("leads outside of its folder");
      if (part.empty() || part == ".") bad("an empty or '.' part in its name");
      if (part.size() > kLongestPart) bad("its name is too long");
      if (depth > kDeepest) bad("too many folders in folders");
      if (slash == std::string_view::npos) return;
      name.remove_prefix(slash + 1);
    }
  }

  /// Takes the one top folder off the names, drops what lies beside it, and says how many that are.
  std::uint64_t drop_top_folder() {
    std::set<std::string> tops;  // those with a raw/
    for (const Member& member : members_) {
      const std::size_t raw = ("/" + member.name).find("/raw/");
      if (raw == 0) return 0;
      if (raw != std::string::npos && raw - 1 == member.name.find('/'))
        tops.insert(member.name.substr(0, raw - 1));
    }
    if (tops.empty()) refuse("holds no raw/ folder, so it is no dataset in OGB's layout");
    if (tops.size() > 1) {
      refuse("holds more than one dataset: ", shown(*tops.begin()), " and ", shown(*tops.rbegin()));
    }
    const std::string prefix = *tops.begin() + "/";
    // The folder itself is the one that is made anyway.
    std::erase_if(members_,
                  [&](const Member& member) { return member.is_folder && member.name + "/" == prefix; });
    const std::size_t before = members_.size();
    std::erase_if(members_, [&](const Member& member) { return member.name.rfind(prefix, 0) != 0; });
    for (Member& member : members_) member.name.erase(0, prefix.size());
    return before - members_.size();
  }

  /// No name comes twice, and none lies below a file.
  void check_names() const {
    std::map<std::string_view, bool> is_folder;
    for (const Member& member : members_) {
      if (!is_folder.emplace(member.name, member.is_folder).second) {
        refuse("member ", shown(member.name), ": comes twice");
      }
    }
    for (const Member& member : members_) {
      const std::string_view name = member.name;
      for (std::size_t slash = name.find('/'); slash != std::string_view::npos;
           slash = name.find('/', slash + 1)) {
        const auto above = is_folder.find(name.substr(0, slash));
        if (above != is_folder.end() && !above->second) {
          refuse("member ", shown(name), ": lies below ", shown(above->first), ", which is a file");
        }
      }
    }
  }

  void check_sizes() {
    const std::uint64_t archive_bytes = fs::file_size(zip_);
    const std::uint64_t most = limits_.allowance + limits_.ratio * archive_bytes;
    for (const Member& member : members_) {
      if (member.bytes > most - result_.bytes) {
        refuse("would unpack to more than ", most, " bytes, which is absurd for an archive of ",
               archive_bytes);
      }
      result_.bytes += member.bytes;
    }
  }

  /// libzip believes the directory. Our own reader compares it with the headers beside the members, so that a
  /// damaged name is told from a right one.
  void check_local_headers() const {
    const ZipDirectory again(map_file(zip_));
    for (const Member& member : members_) {
      const bool same =
          member.index < again.members().size() &&
          again.members()[member.index].name.ends_with(member.name + (member.is_folder ? "/" : "")) &&
          again.members()[member.index].raw_bytes == member.bytes;
      if (!same) refuse("member ", shown(member.name), ": its directory can be read in two ways");
    }
  }

  void write(const Member& member, const fs::path& path) {
    using File = std::unique_ptr<zip_file_t, decltype(&zip_fclose)>;
    const File in(zip_fopen_index(archive_.get(), member.index, 0), zip_fclose);
    if (!in) refuse_member(member, zip_get_error(archive_.get()));
    LockedFile out(path, LockedFile::IfLocked::kRefuse);
    std::uint64_t written = 0;
    for (;;) {
      if (watch_.stopped()) fail(ErrorCode::kInterrupted, zip_.native(), ": stopped while it was unpacked");
      const zip_int64_t got = zip_fread(in.get(), piece_.data(), piece_.size());
      if (got < 0) refuse_member(member, zip_file_get_error(in.get()));
      if (got == 0) break;  // libzip has compared the CRC-32 by now
      const auto bytes = static_cast<std::size_t>(got);
      if (bytes > member.bytes - written) {
        refuse("member ", shown(member.name), ": unpacks to more than the ", member.bytes,
               " bytes it announces");
      }
      out.write_at(written, piece_.data(), bytes);
      written += bytes;
      done_ += bytes;
      watch_.show("unpack", done_, result_.bytes);
    }
    if (written != member.bytes) {
      refuse("member ", shown(member.name), ": unpacks to ", written, " of the ", member.bytes,
             " bytes it announces");
    }
    out.commit(path);
  }

  [[noreturn]] void refuse_member(const Member& member, zip_error_t* error) const {
    refuse_code(zip_error_code_zip(error),
                "member " + shown(member.name) + ": is damaged: ", zip_error_strerror(error));
  }

  const fs::path zip_;
  const Watch& watch_;
  const UnpackLimits limits_;
  Archive archive_;
  std::vector<Member> members_;
  std::vector<char> piece_ = std::vector<char>(kPiece);
  std::uint64_t done_ = 0;
  Unpacked result_;
};

}  // namespace

Unpacked unpack(const fs::path& zip, const fs::path& folder, const Watch& watch, const UnpackLimits& limits) {
  return with_file_errors([&] {
    Unpacker unpacker(zip, watch, limits);
    unpacker.check();
    if (!fs::create_directory(folder)) fail(ErrorCode::kExists, folder.native(), ": is there already");
    try {
      unpacker.write(folder);
    } catch (...) {
      std::error_code failed;
      fs::remove_all(folder, failed);
      throw;
    }
    return unpacker.result();
  });
}

}  // namespace weft::data
