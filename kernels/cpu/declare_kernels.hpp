#pragma once
// Declares a family's table of hot loops in the namespace of every instruction set; see kernel_table.hpp. The
// macro alone lies here, so that the files compiled per set see no header with inline functions.

#define WEFT_DECLARE_KERNELS(Type, name) \
  namespace weft::cpu::portable {        \
  extern const Type name;                \
  }                                      \
  namespace weft::cpu::avx2 {            \
  extern const Type name;                \
  }                                      \
  namespace weft::cpu::avx512 {          \
  extern const Type name;                \
  }
