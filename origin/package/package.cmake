# `cmake --install` installs the program, its manual page and completions, the templates of its mails, alert rules and dashboard, and the
# CMake package `rekey` for programs that embed the origin (README.md, "Embed it"). The installed tree may be moved. Included by
# origin/CMakeLists.txt.
include(CMakePackageConfigHelpers)

set_target_properties(rekey_origin_lib PROPERTIES EXPORT_NAME origin)
set_target_properties(rekey_shared PROPERTIES EXPORT_NAME shared)
set_target_properties(rekey_templates PROPERTIES EXPORT_NAME templates)

install(TARGETS rekey-origin RUNTIME DESTINATION bin)
install(DIRECTORY ${REKEY_SHARE}/man ${REKEY_SHARE}/bash-completion ${REKEY_SHARE}/fish ${REKEY_SHARE}/zsh DESTINATION share)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/templates/email ${PROJECT_SOURCE_DIR}/templates/languages DESTINATION share/rekey/templates)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/origin/watch DESTINATION share/rekey)

install(TARGETS rekey_origin_lib rekey_shared rekey_templates EXPORT rekey ARCHIVE DESTINATION lib INCLUDES DESTINATION include/rekey)
install(SCRIPT ${CMAKE_CURRENT_LIST_DIR}/install_headers.cmake)
install(EXPORT rekey NAMESPACE rekey:: FILE rekeyTargets.cmake DESTINATION lib/cmake/rekey)

list(JOIN REKEY_ORIGIN_MODULES " " modules)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/rekeyConfig.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/rekeyConfig.cmake
  INSTALL_DESTINATION lib/cmake/rekey NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/rekeyConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/rekeyConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/rekeyConfigVersion.cmake
  DESTINATION lib/cmake/rekey)
