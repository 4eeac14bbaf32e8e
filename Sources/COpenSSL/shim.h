// The C library's declarations belong to Swift's Glibc module; without this line every module that includes a header of
// it owns a copy, and which one Swift finds depends on the order in which the modules were built.
#pragma clang module import SwiftGlibc
// SHA256_CTX is a value that can be copied; what OpenSSL 3.0 has in its stead takes an allocation for each copy.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/ssl.h>
#include <openssl/evp.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <openssl/crypto.h>
#include <openssl/x509.h>
#include <openssl/core_names.h>
#include <openssl/params.h>
