# rekey_templates: the one library over kainjow-mustache, the site's rendering and the operator's brand. Native only.
file(GLOB rekey_templates_sources CONFIGURE_DEPENDS
  ${CMAKE_CURRENT_LIST_DIR}/*.cpp ${CMAKE_CURRENT_LIST_DIR}/brand/*.cpp ${CMAKE_CURRENT_LIST_DIR}/site/*.cpp)
add_library(rekey_templates STATIC ${rekey_templates_sources})
target_link_libraries(rekey_templates PUBLIC rekey_shared)
