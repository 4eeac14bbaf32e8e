// The C library's declarations belong to Swift's Glibc module; without this line every module that includes a header of
// it owns a copy, and which one Swift finds depends on the order in which the modules were built.
#pragma clang module import SwiftGlibc
#include <unicode/ubrk.h>
#include <unicode/unorm2.h>

// ICU renames its functions by macros that carry its version, which Swift does not import.
static inline const UNormalizer2 *roost_icu_nfkc_casefold(UErrorCode *error) {
    return unorm2_getNFKCCasefoldInstance(error);
}
