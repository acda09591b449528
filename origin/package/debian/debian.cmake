# The Debian packages, made by cpack: `rekey` (the origin, the edge's bundle, both units), `rekey-workerd` (the edge's runtime) and
# `rekey-dev` (for programs that embed the origin). Included by package.cmake for scripts/package.
set(debian ${CMAKE_CURRENT_LIST_DIR})
set(edge ${PROJECT_SOURCE_DIR}/build/workerd)
set(program_mode OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

install(FILES ${debian}/rekey-origin.service ${debian}/rekey-edge.service DESTINATION lib/systemd/system COMPONENT rekey)
install(PROGRAMS ${debian}/rekey DESTINATION sbin COMPONENT rekey)
install(FILES ${debian}/rekey.env DESTINATION /etc/rekey PERMISSIONS OWNER_READ OWNER_WRITE COMPONENT rekey)
# The licences of what is compiled in, as the packages and sources on this machine give them.
set(copyright ${CMAKE_CURRENT_BINARY_DIR}/copyright)
file(READ ${debian}/copyright text)
foreach(licence ${REKEY_THIRD_PARTY}/cpp-httplib/LICENSE ${REKEY_THIRD_PARTY}/bearssl/LICENSE.txt /usr/share/doc/libcli11-dev/copyright
        /usr/share/doc/libkainjow-mustache-dev/copyright /usr/share/doc/prometheus-cpp-dev/copyright /usr/share/doc/wasi-libc/copyright
        /usr/share/doc/libc++-19-dev-wasm32/copyright /usr/share/doc/libclang-rt-19-dev-wasm32/copyright /usr/share/doc/emscripten/copyright)
  file(READ ${licence} licence_text)
  string(APPEND text "\n--- ${licence}\n\n${licence_text}")
endforeach()
file(WRITE ${copyright} "${text}")

install(FILES ${copyright} ${PROJECT_SOURCE_DIR}/README.md ${PROJECT_SOURCE_DIR}/DESIGN.md ${PROJECT_SOURCE_DIR}/CHANGELOG.md
        DESTINATION share/doc/rekey COMPONENT rekey)
install(FILES ${REKEY_SHARE}/zsh/site-functions/_rekey-origin DESTINATION share/zsh/vendor-completions COMPONENT rekey)

install(PROGRAMS ${edge}/start ${edge}/watch DESTINATION lib/rekey/edge COMPONENT rekey)
install(FILES ${edge}/rekey.capnp ${edge}/rekey.wasm ${edge}/worker.js DESTINATION lib/rekey/edge COMPONENT rekey)
install(DIRECTORY ${edge}/site DESTINATION lib/rekey/edge COMPONENT rekey)

# `start` finds the program beside itself.
install(PROGRAMS ${PROJECT_SOURCE_DIR}/node_modules/workerd/bin/workerd DESTINATION lib/rekey/edge COMPONENT workerd)
install(FILES ${debian}/copyright.workerd RENAME copyright DESTINATION share/doc/rekey-workerd COMPONENT workerd)
install(FILES ${copyright} DESTINATION share/doc/rekey-dev COMPONENT dev)

file(READ ${PROJECT_SOURCE_DIR}/node_modules/workerd/package.json manifest)
string(JSON workerd_version GET ${manifest} version)

# With --ignore-scripts npm leaves a script in the program's place.
file(READ ${PROJECT_SOURCE_DIR}/node_modules/workerd/bin/workerd workerd_magic LIMIT 4 HEX)
if(NOT workerd_magic STREQUAL 7f454c46)
  message(FATAL_ERROR "node_modules/workerd/bin/workerd is no program: run scripts/install")
endif()

# A package is for one Debian: the libraries' names and versions differ.
file(STRINGS /etc/os-release debian_version REGEX "^VERSION_ID=")
string(REGEX REPLACE "[^0-9]" "" debian_version "${debian_version}")
set(release 1~deb${debian_version})

# A package of a later commit is a newer one: scripts/package adds the commit's time.
set(version ${PROJECT_VERSION}${REKEY_PACKAGE_COMMIT})
set(CPACK_PACKAGE_VERSION ${version})
set(CPACK_DEBIAN_PACKAGE_VERSION ${version})

set(CPACK_GENERATOR DEB)
set(CPACK_COMPONENTS_ALL rekey dev workerd)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_PACKAGE_NAME rekey)
set(CPACK_PACKAGE_CONTACT "The Rekey authors <rekey@example.com>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS ${program_mode})
set(CPACK_OUTPUT_FILE_PREFIX ${PROJECT_BINARY_DIR}/packages)
set(CPACK_THREADS 0)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE ${release})
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)

set(CPACK_DEBIAN_REKEY_PACKAGE_NAME rekey)
set(CPACK_DEBIAN_REKEY_PACKAGE_SECTION net)
set(CPACK_COMPONENT_REKEY_DESCRIPTION "Self-hosted password recovery
The mail with a link, the new password, and what is needed to use it:
accounts, log-in, sessions, pages and API. Holds the origin, the bundle of the
edge, and a systemd unit for each.")
set(CPACK_DEBIAN_REKEY_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_REKEY_PACKAGE_DEPENDS "ca-certificates")
set(CPACK_DEBIAN_REKEY_PACKAGE_RECOMMENDS "rekey-workerd (= ${version}-${release}), systemd, dbus, libnss-systemd")
set(CPACK_DEBIAN_REKEY_PACKAGE_BREAKS "rekey-workerd (<< ${version}-${release})")
set(CPACK_DEBIAN_REKEY_PACKAGE_SUGGESTS "postgresql")
set(CPACK_DEBIAN_REKEY_PACKAGE_CONTROL_EXTRA ${debian}/postinst ${debian}/prerm ${debian}/postrm ${debian}/conffiles)
set(CPACK_DEBIAN_REKEY_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(CPACK_DEBIAN_WORKERD_PACKAGE_NAME rekey-workerd)
set(CPACK_DEBIAN_WORKERD_PACKAGE_SECTION net)
set(CPACK_COMPONENT_WORKERD_DESCRIPTION "Runtime of Rekey's edge
The program workerd ${workerd_version}, which serves Rekey's edge on machines of one's own.")
set(CPACK_DEBIAN_WORKERD_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_WORKERD_PACKAGE_CONTROL_EXTRA ${debian}/workerd/postinst)
set(CPACK_DEBIAN_WORKERD_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(CPACK_DEBIAN_DEV_PACKAGE_NAME rekey-dev)
set(CPACK_DEBIAN_DEV_PACKAGE_SECTION libdevel)
set(CPACK_COMPONENT_DEV_DESCRIPTION "Rekey's origin as a library
Headers, static libraries and the CMake package for programs that embed the
origin with a store, password hashing or mails of their own.")
set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS "rekey (= ${version}-${release}), libargon2-dev, libbearssl-dev, libcrypt-dev, libcurl4-openssl-dev, libpq-dev, libpqxx-dev, libssl-dev, libutf8proc-dev, pkgconf, prometheus-cpp-dev, zlib1g-dev")

include(CPack)
