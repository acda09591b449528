# Builds for the edge: clang and wasi-libc as Debian packages them, or a wasi-sdk by -DWASI_SDK_PATH (or the environment).
# A reactor module: JavaScript calls _initialize once, then the exports.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR wasm32)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES WASI_SDK_PATH)

set(WASI_SDK_PATH "$ENV{WASI_SDK_PATH}" CACHE PATH "Folder of a wasi-sdk; Debian's packages if empty") # kept for later runs
if(WASI_SDK_PATH)
  set(CMAKE_C_COMPILER ${WASI_SDK_PATH}/bin/clang)
  set(CMAKE_CXX_COMPILER ${WASI_SDK_PATH}/bin/clang++)
  set(CMAKE_AR ${WASI_SDK_PATH}/bin/llvm-ar)
  set(CMAKE_RANLIB ${WASI_SDK_PATH}/bin/llvm-ranlib)
  set(CMAKE_SYSROOT ${WASI_SDK_PATH}/share/wasi-sysroot)
else()
  set(CMAKE_C_COMPILER clang-19)
  set(CMAKE_CXX_COMPILER clang++-19)
endif()

set(CMAKE_C_COMPILER_TARGET wasm32-wasi)
set(CMAKE_CXX_COMPILER_TARGET wasm32-wasi)
set(CMAKE_EXECUTABLE_SUFFIX .wasm)
set(CMAKE_C_FLAGS_INIT "-ffunction-sections -fdata-sections -fvisibility=hidden")
set(CMAKE_CXX_FLAGS_INIT "-ffunction-sections -fdata-sections -fvisibility=hidden -fno-exceptions -fno-rtti")
set(CMAKE_EXE_LINKER_FLAGS_INIT "-mexec-model=reactor -Wl,--gc-sections -Wl,--strip-all")

# Archives have no symbol table: the linker doesn't need one, and an archiver of another version than the compiler can't read the
# objects for link time optimisation.
foreach(language C CXX)
  set(CMAKE_${language}_ARCHIVE_CREATE "<CMAKE_AR> qcS <TARGET> <LINK_FLAGS> <OBJECTS>")
  set(CMAKE_${language}_ARCHIVE_FINISH "")
endforeach()

# Optimised for size, which is bounded; little time is spent in the module.
foreach(language C CXX)
  set(CMAKE_${language}_FLAGS_RELWITHDEBINFO "-Os -DNDEBUG" CACHE STRING "")
  set(CMAKE_${language}_FLAGS_RELEASE "-Os -DNDEBUG" CACHE STRING "")
endforeach()

set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
