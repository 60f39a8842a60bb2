# A library that is opened next to the program must show one function, and must not take the program's in its place; and
# the program itself must not need CUDA.
#   cmake -D LIBRARY=libweft_cuda.so -D PROGRAM=weft -P plugin_symbols.cmake
find_program(nm nm REQUIRED)
find_program(readelf readelf REQUIRED)

function(run result)
  execute_process(COMMAND ${ARGN} OUTPUT_VARIABLE output COMMAND_ERROR_IS_FATAL ANY)
  set(${result} "${output}" PARENT_SCOPE)
endfunction()

run(defined ${nm} -D --defined-only ${LIBRARY})
string(STRIP "${defined}" defined)
if(NOT defined MATCHES "^[0-9a-f]+ T weft_cuda_plugin$")
  message(FATAL_ERROR "${LIBRARY} shows more or less than weft_cuda_plugin:\n${defined}")
endif()
run(undefined ${nm} -D --undefined-only ${LIBRARY})
if(undefined MATCHES "[^\n]*weft[^\n]*")
  message(FATAL_ERROR "${LIBRARY} wants to be given: ${CMAKE_MATCH_0}")
endif()
run(needed ${readelf} -d ${PROGRAM})
if(needed MATCHES "NEEDED[^\n]*lib(cuda|cublas|cusparse|weft_cuda)[^\n]*")
  message(FATAL_ERROR "${PROGRAM} does not start without CUDA: ${CMAKE_MATCH_0}")
endif()
