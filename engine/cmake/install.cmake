# What `cmake --install` puts where: the program, the libraries with a package for find_package(weft), the headers, and
# under share/weft the embedded dataset and the recipes.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/weft)
install(TARGETS weft RUNTIME)
install(TARGETS weft_engine weft_data weft_models weft_kernels weft_base weft_options EXPORT weft-targets)
install(EXPORT weft-targets NAMESPACE weft:: DESTINATION ${package_dir})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/weft-config.cmake.in weft-config.cmake
  INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(weft-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/weft-config.cmake ${CMAKE_CURRENT_BINARY_DIR}/weft-config-version.cmake
  DESTINATION ${package_dir})

install(FILES include/weft/weft.hpp ${CMAKE_CURRENT_BINARY_DIR}/include/weft/version.h
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/weft)
# weft.hpp names them by this path, which a compiler looks up beside weft.hpp first.
install(FILES ${PROJECT_SOURCE_DIR}/kernels/base/error.hpp ${PROJECT_SOURCE_DIR}/kernels/base/types.hpp
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/weft/kernels/base)

install(DIRECTORY ${PROJECT_SOURCE_DIR}/data/debian DESTINATION ${CMAKE_INSTALL_DATADIR}/weft
  PATTERN "*.py" EXCLUDE)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/models/recipes DESTINATION ${CMAKE_INSTALL_DATADIR}/weft)
