# The programs of the mail part of scripts/bench: the relay that takes everything, and bare libcurl.
find_package(CURL REQUIRED)
find_package(Threads REQUIRED)

add_executable(smtp_sink ${CMAKE_CURRENT_LIST_DIR}/smtp_sink.cpp)

add_executable(bare_curl ${CMAKE_CURRENT_LIST_DIR}/bare_curl.cpp)
target_link_libraries(bare_curl PRIVATE CURL::libcurl Threads::Threads)

add_dependencies(instruments smtp_sink bare_curl)
