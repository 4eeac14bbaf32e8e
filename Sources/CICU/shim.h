// The C library's declarations belong to Swift's Glibc module; without this line every module that includes a header of
// it owns a copy, and which one Swift finds depends on the order in which the modules were built.
#pragma clang module import SwiftGlibc
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/uscript.h>

// ICU renames its functions by macros that carry its version, which Swift does not import.
static inline const UNormalizer2 *roost_icu_nfkc_casefold(UErrorCode *error) {
    return unorm2_getNFKCCasefoldInstance(error);
}

static inline const UNormalizer2 *roost_icu_nfd(UErrorCode *error) { return unorm2_getNFDInstance(error); }

static inline const UNormalizer2 *roost_icu_nfc(UErrorCode *error) { return unorm2_getNFCInstance(error); }

/// The length of the result, also when it does not fit; then `error` says so.
static inline int32_t roost_icu_normalize(
    const UNormalizer2 *form, const uint16_t *source, int32_t length, uint16_t *result, int32_t capacity,
    UErrorCode *error) {
    return unorm2_normalize(form, (const UChar *)source, length, (UChar *)result, capacity, error);
}

/// A `UCharCategory`.
static inline int8_t roost_icu_category(uint32_t character) { return u_charType((UChar32)character); }

static inline int32_t roost_icu_digit(uint32_t character) { return u_charDigitValue((UChar32)character); }

/// A `UScriptCode`; USCRIPT_INVALID_CODE for what is no character.
static inline int32_t roost_icu_script(uint32_t character) {
    UErrorCode error = U_ZERO_ERROR;
    UScriptCode script = uscript_getScript((UChar32)character, &error);
    return U_SUCCESS(error) ? (int32_t)script : (int32_t)USCRIPT_INVALID_CODE;
}

static inline _Bool roost_icu_is_white_space(uint32_t character) {
    return u_hasBinaryProperty((UChar32)character, UCHAR_WHITE_SPACE);
}

static inline _Bool roost_icu_is_pictographic(uint32_t character) {
    return u_hasBinaryProperty((UChar32)character, UCHAR_EXTENDED_PICTOGRAPHIC);
}
