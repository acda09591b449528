# `cmake --install` installs two components. `rekey`: the program, its manual page and completions, the templates of mails, pages and
# accounts, alert rules and dashboard. `dev`: the CMake package `rekey` for programs that embed the origin (README.md, "Embed it"). The
# installed tree may be moved. Included by origin/CMakeLists.txt.
include(CMakePackageConfigHelpers)

set_target_properties(rekey_origin_lib PROPERTIES EXPORT_NAME origin)
set_target_properties(rekey_shared PROPERTIES EXPORT_NAME shared)
set_target_properties(rekey_templates PROPERTIES EXPORT_NAME templates)

install(TARGETS rekey-origin RUNTIME DESTINATION bin COMPONENT rekey)
install(DIRECTORY ${REKEY_SHARE}/man ${REKEY_SHARE}/bash-completion ${REKEY_SHARE}/fish DESTINATION share COMPONENT rekey)
if(NOT REKEY_PACKAGE) # Debian's zsh looks elsewhere (debian.cmake)
  install(DIRECTORY ${REKEY_SHARE}/zsh DESTINATION share COMPONENT rekey)
endif()
# All but the sources of the program and of the site's parts.
install(DIRECTORY ${PROJECT_SOURCE_DIR}/templates/ DESTINATION share/rekey/templates COMPONENT rekey
  PATTERN brand EXCLUDE PATTERN site EXCLUDE PATTERN *.cpp EXCLUDE PATTERN *.h EXCLUDE PATTERN CMakeLists.txt EXCLUDE PATTERN *.cmake EXCLUDE)
# What `rekey-origin site` takes from other builds; `scripts/build site` puts it there.
install(DIRECTORY ${PROJECT_SOURCE_DIR}/build/site/parts/ DESTINATION share/rekey/site COMPONENT rekey OPTIONAL)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/origin/watch DESTINATION share/rekey COMPONENT rekey)

install(TARGETS rekey_origin_lib rekey_shared rekey_templates EXPORT rekey ARCHIVE DESTINATION lib COMPONENT dev INCLUDES DESTINATION include/rekey)
install(SCRIPT ${CMAKE_CURRENT_LIST_DIR}/install_headers.cmake COMPONENT dev)
install(EXPORT rekey NAMESPACE rekey:: FILE rekeyTargets.cmake DESTINATION lib/cmake/rekey COMPONENT dev)

list(JOIN REKEY_ORIGIN_MODULES " " modules)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/rekeyConfig.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/rekeyConfig.cmake
  INSTALL_DESTINATION lib/cmake/rekey NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/rekeyConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/rekeyConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/rekeyConfigVersion.cmake
  DESTINATION lib/cmake/rekey COMPONENT dev)

if(REKEY_PACKAGE)
  include(${CMAKE_CURRENT_LIST_DIR}/debian/debian.cmake)
endif()
