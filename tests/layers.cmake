# Checks who includes whom: every include of the layers against the table below, as README.md and the READMEs of data
# and engine tell it. The test passes when it prints nothing.
#   cmake -D SOURCE=<source tree> -P tests/layers.cmake
cmake_minimum_required(VERSION 3.25)

# A file belongs to the longest prefix of its path, and so does what it includes. "kernels" is the folder's own files:
# the contract that everyone sees, not the backends below it. The rooms of data and engine form no cycle;
# "data" and "engine" are the few files outside the rooms.
set(folders
  engine/cli engine/include engine/config engine/input engine/report engine/run engine/api engine
  models
  data/base data/csv data/containers data/graph data/store data/raw data/cache data/synth data/fetch data/metrics data
  kernels/base kernels/cpu kernels/cuda kernels/simt kernels/comm kernels)

set(data_rooms data data/base data/csv data/containers data/graph data/store data/raw data/cache data/synth data/fetch
  data/metrics)

set(may_engine/include engine/include kernels/base)
set(below_engine engine/include models ${data_rooms} kernels kernels/base)
set(may_engine/config engine/config ${below_engine})
set(may_engine engine ${may_engine/config})
set(may_engine/input engine/input ${may_engine})
set(may_engine/report engine/report ${may_engine})
set(may_engine/run engine/run engine/input engine/report ${may_engine})
set(may_engine/api engine/api ${may_engine/run})
set(may_engine/cli engine/cli engine/include kernels/base)
set(may_models models kernels kernels/base)
set(may_data data kernels/base)
set(may_data/base data/base ${may_data})
set(may_data/csv data/csv ${may_data/base})
set(may_data/containers data/containers ${may_data/base})
set(may_data/graph data/graph ${may_data/base})
set(may_data/store data/store ${may_data/base})
set(may_data/raw data/raw data/csv data/containers data/graph data/store ${may_data/base})
set(may_data/cache data/cache ${may_data/raw})
set(may_data/synth data/synth ${may_data/cache})
set(may_data/fetch data/fetch data/cache data/raw data/containers ${may_data/base})
set(may_data/metrics data/metrics data/csv data/containers ${may_data/base})
set(may_kernels/base kernels/base)
set(may_kernels/cpu kernels/cpu kernels kernels/base)
set(may_kernels/cuda kernels/cuda kernels/simt kernels kernels/base)
set(may_kernels/simt kernels/simt kernels/cuda kernels kernels/base)
set(may_kernels/comm kernels/comm kernels kernels/base)
set(may_kernels kernels kernels/base)

# Headers of devices and clusters, and the only folders that may name them.
set(vendor_headers "^(cuda|cublas|cusparse|cub/|thrust/|nccl|mpi)")
set(vendor_folders kernels/cuda kernels/simt kernels/comm)

function(folder_of path result)
  foreach(folder IN LISTS folders)
    string(FIND "${path}" "${folder}/" at)
    if(at EQUAL 0)
      set(${result} "${folder}" PARENT_SCOPE)
      return()
    endif()
  endforeach()
  set(${result} "" PARENT_SCOPE)
endfunction()

# Sets `problem` to what is wrong with `file` including `header`, empty when nothing is.
function(judge file header quoted)
  set(problem "" PARENT_SCOPE)
  folder_of("${file}" from)
  if(NOT quoted)
    if(header MATCHES "${vendor_headers}" AND NOT from IN_LIST vendor_folders)
      list(JOIN vendor_folders " and " where)
      set(problem "only ${where} may name it" PARENT_SCOPE)
    endif()
    return()
  endif()
  if(header MATCHES "^weft/")
    string(PREPEND header "engine/include/")  # as an installed program spells it
  elseif(NOT header MATCHES "/")
    get_filename_component(own "${file}" DIRECTORY)
    string(PREPEND header "${own}/")
  endif()
  folder_of("${header}" to)
  if(NOT to)
    set(problem "give the path from the root of the tree" PARENT_SCOPE)
  elseif(NOT to IN_LIST may_${from})
    list(JOIN may_${from} ", " allowed)
    set(problem "${from} may include ${allowed}" PARENT_SCOPE)
  endif()
endfunction()

execute_process(
  COMMAND grep -rnE "^[ \t]*#[ \t]*include" kernels data models engine
          --include=*.hpp --include=*.cpp --include=*.h --include=*.in --include=*.cu --include=*.cuh
  WORKING_DIRECTORY ${SOURCE} OUTPUT_VARIABLE found RESULT_VARIABLE status)
if(status)
  message(FATAL_ERROR "layers: no include found under ${SOURCE}; give the source tree as SOURCE")
endif()

string(REPLACE ";" "," found "${found}")
string(STRIP "${found}" found)
string(REPLACE "\n" ";" found "${found}")
set(broken "")
foreach(line IN LISTS found)
  if(NOT line MATCHES "^([^:]+):([0-9]+):[ \t]*#[ \t]*include[ \t]*([<\"])([^>\"]+)[>\"]")
    string(APPEND broken "  ${line}: an include that cannot be read; name a header between <> or \"\"\n")
    continue()
  endif()
  set(place "${CMAKE_MATCH_1}:${CMAKE_MATCH_2}")
  set(header "${CMAKE_MATCH_4}")
  string(COMPARE EQUAL "${CMAKE_MATCH_3}" "\"" quoted)
  judge("${CMAKE_MATCH_1}" "${header}" ${quoted})
  if(problem)
    string(APPEND broken "  ${place}: includes ${header}; ${problem}\n")
  endif()
endforeach()
if(broken)
  message(FATAL_ERROR "layers:\n${broken}")
endif()
