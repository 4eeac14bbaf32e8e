#pragma clang module import SwiftGlibc
#include <libstemmer.h>
