# Installs the build, then builds and runs a project that knows only the installation.
#   cmake -D BUILD=<build tree> -D WORK=<scratch> -D CXX=<compiler> -D FLAGS=<flags> -P install.cmake
function(step)
  execute_process(COMMAND ${ARGV} OUTPUT_VARIABLE out ERROR_VARIABLE out RESULT_VARIABLE failed)
  if(failed)
    list(JOIN ARGV " " command)
    message(FATAL_ERROR "${command}\n${out}")
  endif()
endfunction()

file(REMOVE_RECURSE ${WORK})
step(${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/prefix)
foreach(file bin/weft include/weft/weft.hpp share/weft/debian/raw/edge.csv.gz share/weft/recipes/dgl-gcn.toml)
  if(NOT EXISTS ${WORK}/prefix/${file})
    message(FATAL_ERROR "the installation lacks ${file}")
  endif()
endforeach()
step(${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR}/consumer -B ${WORK}/consumer
  -D CMAKE_PREFIX_PATH=${WORK}/prefix -D CMAKE_CXX_COMPILER=${CXX} "-DCMAKE_CXX_FLAGS=${FLAGS}")
step(${CMAKE_COMMAND} --build ${WORK}/consumer)
step(${CMAKE_COMMAND} -E chdir ${WORK} ${WORK}/consumer/consumer)
step(${WORK}/prefix/bin/weft --version)
