# The programs of the origin and accounts parts of scripts/bench: a generator of signed calls, bare Argon2id, and hashes of each form.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
pkg_check_modules(REKEY_BENCH_ARGON2 REQUIRED IMPORTED_TARGET libargon2)

add_executable(origin_load ${CMAKE_CURRENT_LIST_DIR}/origin_load.cpp ${CMAKE_CURRENT_LIST_DIR}/origin_call.cpp)
target_link_libraries(origin_load PRIVATE rekey_shared timing_lib Threads::Threads)

add_executable(bare_argon2id ${CMAKE_CURRENT_LIST_DIR}/bare_argon2id.cpp)
target_link_libraries(bare_argon2id PRIVATE PkgConfig::REKEY_BENCH_ARGON2 Threads::Threads)

add_executable(format_rate ${CMAKE_CURRENT_LIST_DIR}/format_rate.cpp)
target_link_libraries(format_rate PRIVATE rekey_origin_lib)

add_dependencies(instruments origin_load bare_argon2id format_rate)
