# The programs of the origin part of scripts/bench: a generator of signed calls, and bare Argon2id.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
pkg_check_modules(REKEY_BENCH_ARGON2 REQUIRED IMPORTED_TARGET libargon2)

add_executable(origin_load ${CMAKE_CURRENT_LIST_DIR}/origin_load.cpp ${CMAKE_CURRENT_LIST_DIR}/origin_call.cpp)
target_link_libraries(origin_load PRIVATE rekey_shared timing_lib Threads::Threads)

add_executable(bare_argon2id ${CMAKE_CURRENT_LIST_DIR}/bare_argon2id.cpp)
target_link_libraries(bare_argon2id PRIVATE PkgConfig::REKEY_BENCH_ARGON2 Threads::Threads)

add_dependencies(instruments origin_load bare_argon2id)
