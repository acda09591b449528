# Run by embed.cmake: writes DIR/*.sql as raw string literals into OUT.
file(GLOB files ${DIR}/[0-9][0-9][0-9][0-9]_*.sql)
list(SORT files)
set(entries "")
foreach(file IN LISTS files)
  get_filename_component(name ${file} NAME)
  file(READ ${file} sql)
  string(APPEND entries "    {\"${name}\", R\"rekey_sql(${sql})rekey_sql\"},\n")
endforeach()
file(WRITE ${OUT} "// Written by origin/migrations/write_source.cmake.
#include \"origin/postgres/migration_runner.h\"

namespace rekey {

std::span<const Migration> embedded_migrations() {
  static constexpr Migration kMigrations[] = {
${entries}  };
  return kMigrations;
}

}  // namespace rekey
")
