#ifndef ROOST_KERNELS_H
#define ROOST_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/// CRC-64/NVME over `count` bytes, continuing from `crc` (0 at the start).
uint64_t roost_crc64nvme(uint64_t crc, const void *bytes, size_t count);
/// The same by tables only, for tests and processors without carry-less multiplication.
uint64_t roost_crc64nvme_table(uint64_t crc, const void *bytes, size_t count);

#endif
