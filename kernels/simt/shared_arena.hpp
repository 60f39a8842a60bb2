#pragma once
// Where the shared memory of the block that runs lies.
#include <cstddef>
#include <vector>

#include "kernels/simt/place.hpp"

namespace weft::simt {

class SharedArena {
 public:
  static SharedArena& get();

  /// Forgets the last block's variables and makes `dynamic_bytes` bytes of dynamic shared memory.
  void begin_block(std::size_t dynamic_bytes);
  void* variable(const void* key, std::size_t bytes, const char* name, Place place);
  void* dynamic(const char* name, Place place) const;

  const unsigned char* begin() const { return memory_; }
  static std::size_t bytes();

 private:
  struct Variable {
    const void* key;
    void* memory;
  };

  SharedArena();
  /// A piece between guards, all bits set.
  void* make(std::size_t bytes, std::size_t alignment, const char* name);

  unsigned char* memory_;
  std::size_t used_ = 0;
  std::size_t dynamic_bytes_ = 0;
  std::size_t static_bytes_ = 0;
  void* dynamic_ = nullptr;
  std::vector<Variable> variables_;
};

}  // namespace weft::simt
