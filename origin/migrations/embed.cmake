# Turns origin/migrations/*.sql into one C++ source, so that the binary holds its schema. Included by origin/CMakeLists.txt, which
# adds ${REKEY_MIGRATIONS_SOURCE} to its library. A changed or new file regenerates it.
set(REKEY_MIGRATIONS_SOURCE ${CMAKE_CURRENT_BINARY_DIR}/embedded_migrations.cpp)
set(REKEY_MIGRATIONS_DIR ${CMAKE_CURRENT_LIST_DIR})
file(GLOB REKEY_MIGRATIONS CONFIGURE_DEPENDS ${REKEY_MIGRATIONS_DIR}/[0-9][0-9][0-9][0-9]_*.sql)
list(SORT REKEY_MIGRATIONS)

add_custom_command(
  OUTPUT ${REKEY_MIGRATIONS_SOURCE}
  COMMAND ${CMAKE_COMMAND} -DOUT=${REKEY_MIGRATIONS_SOURCE} -DDIR=${REKEY_MIGRATIONS_DIR} -P ${REKEY_MIGRATIONS_DIR}/write_source.cmake
  DEPENDS ${REKEY_MIGRATIONS} ${REKEY_MIGRATIONS_DIR}/write_source.cmake
  COMMENT "Embedding the migrations"
  VERBATIM)
