# Turns migrations into one C++ source, so that a program holds its schema. origin/CMakeLists.txt adds ${REKEY_MIGRATIONS_SOURCE} to
# its library. A changed or new file regenerates it.
# Sets `variable` to a source with the migrations of the folders that follow.
function(rekey_embed_migrations variable name)
  set(source ${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp)
  set(files "")
  foreach(folder IN LISTS ARGN)
    file(GLOB found CONFIGURE_DEPENDS ${folder}/[0-9][0-9][0-9][0-9]_*.sql)
    list(APPEND files ${found})
  endforeach()
  set(list_file ${CMAKE_CURRENT_BINARY_DIR}/${name}.list)
  file(GENERATE OUTPUT ${list_file} CONTENT "${files}")
  add_custom_command(
    OUTPUT ${source}
    COMMAND ${CMAKE_COMMAND} -DOUT=${source} -DLIST=${list_file} -P ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/write_source.cmake
    DEPENDS ${files} ${list_file} ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/write_source.cmake
    COMMENT "Embedding the migrations"
    VERBATIM)
  set(${variable} ${source} PARENT_SCOPE)
endfunction()

rekey_embed_migrations(REKEY_MIGRATIONS_SOURCE embedded_migrations ${CMAKE_CURRENT_LIST_DIR})
