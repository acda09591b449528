# Run by embed.cmake: writes the files that LIST names as raw string literals into OUT, by their names.
file(READ ${LIST} files)
list(SORT files COMPARE FILE_BASENAME)
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
