# Products on other libraries, for weft-bench spmm. Each is left out, with a word, where its library is not found.
#   libxsmm       Debian: libxsmm-dev
#   GraphBLAS     Debian: libgraphblas-dev (SuiteSparse)
#   MKL           PyPI: mkl mkl-include mkl-devel; WEFT_MKL_ROOT or the environment's MKLROOT names the folder that has
#                 include/mkl.h and lib

# weft_bench_library(NAME SOURCE INCLUDE_FOLDER LIBRARIES...): all of it found, or left out.
function(weft_bench_library name source include)
  foreach(found IN LISTS include ARGN)
    if(NOT found)
      message(STATUS "weft-bench spmm: without ${name}")
      return()
    endif()
  endforeach()
  message(STATUS "weft-bench spmm: with ${name}")
  target_sources(weft_bench PRIVATE spmm/libraries/${source})
  set_source_files_properties(spmm/libraries/${source} PROPERTIES COMPILE_OPTIONS "-O3;-march=native")
  if(NOT include IN_LIST CMAKE_CXX_IMPLICIT_INCLUDE_DIRECTORIES) # given again, the compiler's own come too early
    set_source_files_properties(spmm/libraries/${source} PROPERTIES INCLUDE_DIRECTORIES "${include}")
  endif()
  target_link_libraries(weft_bench PRIVATE ${ARGN})
endfunction()

find_path(WEFT_XSMM_INCLUDE libxsmm.h)
find_library(WEFT_XSMM_LIBRARY xsmm)
find_library(WEFT_XSMM_NOBLAS xsmmnoblas) # in place of a BLAS, which the sparse product does not call
find_path(WEFT_GRAPHBLAS_INCLUDE GraphBLAS.h PATH_SUFFIXES suitesparse)
find_library(WEFT_GRAPHBLAS_LIBRARY graphblas)
set(WEFT_MKL_ROOT "$ENV{MKLROOT}" CACHE PATH "Folder with MKL's include and lib, for weft-bench spmm")
find_path(WEFT_MKL_INCLUDE mkl_spblas.h HINTS ${WEFT_MKL_ROOT}/include PATH_SUFFIXES mkl)
foreach(part intel_lp64 gnu_thread core)
  find_library(WEFT_MKL_${part} NAMES mkl_${part} libmkl_${part}.so.2 libmkl_${part}.so.3 HINTS ${WEFT_MKL_ROOT}/lib)
  mark_as_advanced(WEFT_MKL_${part})
endforeach()
mark_as_advanced(WEFT_XSMM_INCLUDE WEFT_XSMM_LIBRARY WEFT_XSMM_NOBLAS WEFT_GRAPHBLAS_INCLUDE WEFT_GRAPHBLAS_LIBRARY WEFT_MKL_INCLUDE)

weft_bench_library(libxsmm xsmm.cpp "${WEFT_XSMM_INCLUDE}" "${WEFT_XSMM_LIBRARY}" "${WEFT_XSMM_NOBLAS}")
weft_bench_library(GraphBLAS graphblas.cpp "${WEFT_GRAPHBLAS_INCLUDE}" "${WEFT_GRAPHBLAS_LIBRARY}")
weft_bench_library(MKL mkl.cpp "${WEFT_MKL_INCLUDE}"
  "${WEFT_MKL_intel_lp64}" "${WEFT_MKL_gnu_thread}" "${WEFT_MKL_core}")
