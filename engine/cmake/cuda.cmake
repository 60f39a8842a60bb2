# Looks for a CUDA compiler as WEFT_CUDA asks, and sets WEFT_CUDA_FOUND. Without one, nothing of CUDA is built or named.
include(CheckLanguage)

set(WEFT_CUDA_FOUND OFF)
if(NOT WEFT_CUDA MATCHES "^(AUTO|ON|OFF)$")
  message(FATAL_ERROR "WEFT_CUDA is '${WEFT_CUDA}'; give AUTO, ON or OFF")
endif()
if(NOT WEFT_CUDA STREQUAL "OFF")
  # Toolkits install there without putting it on the path.
  if(NOT CMAKE_CUDA_COMPILER AND NOT DEFINED ENV{CUDACXX})
    find_program(WEFT_NVCC nvcc PATHS /usr/local/cuda/bin)
    mark_as_advanced(WEFT_NVCC)
    if(WEFT_NVCC)
      set(ENV{CUDACXX} ${WEFT_NVCC})  # so that it is tried, not trusted
    endif()
  endif()
  # Real code for each generation since Turing, and intermediate code for those to come. CUDA 11.8 knows them all, and
  # CUDA 13 none before.
  if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES AND NOT DEFINED ENV{CUDAARCHS})
    set(CMAKE_CUDA_ARCHITECTURES 75-real 80-real 86-real 89-real 90)
  endif()
  check_language(CUDA)
  if(CMAKE_CUDA_COMPILER)
    enable_language(CUDA)
    find_package(CUDAToolkit 11.8 REQUIRED)
    set(WEFT_CUDA_FOUND ON)
    set(CMAKE_EXPORT_COMPILE_COMMANDS ON)  # bench/gpu/ptxas_report.py compiles kernels as they are compiled here
    message(STATUS "CUDA backend: toolkit ${CUDAToolkit_VERSION}, architectures ${CMAKE_CUDA_ARCHITECTURES}")
  elseif(WEFT_CUDA STREQUAL "ON")
    message(FATAL_ERROR "WEFT_CUDA is ON but there is no CUDA compiler that works; install a CUDA toolkit of 11.8 or later "
      "(Debian: nvidia-cuda-toolkit, in contrib and non-free) or name its nvcc in CMAKE_CUDA_COMPILER")
  else()
    message(STATUS "CPU only: no CUDA compiler found that works")
  endif()
endif()
if(WEFT_CUDA_FOUND AND CMAKE_CXX_COMPILER_LAUNCHER AND NOT CMAKE_CUDA_COMPILER_LAUNCHER)
  set(CMAKE_CUDA_COMPILER_LAUNCHER ${CMAKE_CXX_COMPILER_LAUNCHER})
endif()
