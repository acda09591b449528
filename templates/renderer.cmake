# rekey_templates: the one library over kainjow-mustache. Native only.
add_library(rekey_templates STATIC ${CMAKE_CURRENT_LIST_DIR}/renderer.cpp)
# Where templates are read from when the setting TEMPLATES_DIR is empty.
target_compile_definitions(rekey_templates INTERFACE REKEY_TEMPLATES_DIR="${CMAKE_CURRENT_LIST_DIR}")
