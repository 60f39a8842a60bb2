# What every target of the project shares, as one interface target: the language level, warnings, sanitizers and
# relative paths in messages. Nothing is set globally.
add_library(weft_options INTERFACE)
target_compile_features(weft_options INTERFACE cxx_std_20)
target_include_directories(weft_options INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>)
# Flags are the C++ compiler's; those of CUDA files are in kernels/cuda/CMakeLists.txt.
set(cxx $<COMPILE_LANGUAGE:CXX>)
# Sums have a fixed order and fused multiply-adds are written out, so contraction by the compiler stays off.
target_compile_options(weft_options INTERFACE
  "$<BUILD_INTERFACE:$<${cxx}:-Wall;-Wextra;-Wpedantic;-Wshadow;-Wconversion;-Wno-sign-conversion>>"
  $<BUILD_INTERFACE:$<${cxx}:-ffp-contract=off>>
  # GCC 12 sees overlapping copies inside std::string's own operator+ (GCC bug 105651).
  $<BUILD_INTERFACE:$<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-restrict>>
  $<BUILD_INTERFACE:$<${cxx}:-ffile-prefix-map=${PROJECT_SOURCE_DIR}/=>>)

if(WEFT_SANITIZE STREQUAL "address")
  target_compile_options(weft_options INTERFACE
    "$<BUILD_INTERFACE:$<${cxx}:-fsanitize=address,undefined;-fno-sanitize-recover=all;-fno-omit-frame-pointer>>")
  target_link_options(weft_options INTERFACE $<BUILD_INTERFACE:-fsanitize=address,undefined>)
elseif(WEFT_SANITIZE STREQUAL "thread")
  target_compile_options(weft_options INTERFACE $<BUILD_INTERFACE:$<${cxx}:-fsanitize=thread>>)
  target_link_options(weft_options INTERFACE $<BUILD_INTERFACE:-fsanitize=thread>)
elseif(WEFT_SANITIZE)
  message(FATAL_ERROR "WEFT_SANITIZE is '${WEFT_SANITIZE}'; give nothing, address or thread")
endif()

if(WEFT_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "WEFT_FUZZ needs clang's libFuzzer; configure with -D CMAKE_CXX_COMPILER=clang++")
  endif()
  target_compile_options(weft_options INTERFACE $<BUILD_INTERFACE:-fsanitize=fuzzer-no-link>)
  target_link_options(weft_options INTERFACE $<BUILD_INTERFACE:-fsanitize=fuzzer-no-link>)
endif()
