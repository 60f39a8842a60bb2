#pragma once
// A dataset's zip into a folder, from a server that may be anyone's: an archive either unpacks to plain files
// inside that folder, or is refused.
#include <cstdint>
#include <filesystem>

#include "data/fetch/watch.hpp"

namespace weft::data {

/// What no dataset's zip is beyond. OGB's hold a few dozen members, most of them compressed already.
struct UnpackLimits {
  std::uint64_t members = 100'000;
  std::uint64_t ratio = 200;            // unpacked bytes to bytes of the archive,
  std::uint64_t allowance = 100 << 20;  // beyond these
};

/// What is unpacked: everything, or what lies below the one top folder that has a raw/ where the archive
/// itself has none.
struct Unpacked {
  std::uint64_t left_out = 0;  // members beside that top folder
  std::uint64_t bytes = 0;     // in files
};

/// Makes `folder`, which must not be there, and unpacks into it; every member's CRC-32 and length are
/// checked, and every file is synced. On an error the folder is gone again. Errors: kBadData (not a zip, no
/// raw/, a damaged member, a name that is absolute or leads outside or comes twice, a link or device,
/// encryption, an unknown compression, more than `limits`), kNoSpace (before anything is written, where the
/// directory tells), kIo, kInterrupted.
Unpacked unpack(const std::filesystem::path& zip, const std::filesystem::path& folder, const Watch& watch,
                const UnpackLimits& limits = {});

}  // namespace weft::data
