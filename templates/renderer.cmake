# rekey_templates: the one library over kainjow-mustache. Native only.
add_library(rekey_templates STATIC ${CMAKE_CURRENT_LIST_DIR}/renderer.cpp)
target_link_libraries(rekey_templates PUBLIC rekey_shared)
