#ifndef ROOST_SYSTEM_H
#define ROOST_SYSTEM_H

// Calls and constants that the Glibc module does not show to Swift. Definitions in system.c, where _GNU_SOURCE is set.

#endif
