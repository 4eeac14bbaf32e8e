#include "kernels.h"

#include <pthread.h>
#include <string.h>

// CRC-64/NVME: reflected polynomial 0x9a6c9329ac4bc9b5, initial value and final xor all ones. Check value of
// "123456789" is ae8b14860a799888 (NVM Express NVM Command Set Specification 1.0, section 5.2.1.3.4).

#define POLYNOMIAL 0x9a6c9329ac4bc9b5ULL

static uint64_t table[16][256];
static uint64_t fold_1024[2], fold_128[2];
static int has_carryless_multiplication;
static pthread_once_t once = PTHREAD_ONCE_INIT;

// x^n mod P in the reflected domain, where bit 63 stands for x^0.
static uint64_t power_of_x(unsigned n) {
    uint64_t value = 1ULL << 63;
    for (unsigned i = 0; i < n; i++) value = (value & 1) ? (value >> 1) ^ POLYNOMIAL : value >> 1;
    return value;
}

static void prepare(void) {
    for (int i = 0; i < 256; i++) {
        uint64_t crc = (uint64_t)i;
        for (int bit = 0; bit < 8; bit++) crc = (crc & 1) ? (crc >> 1) ^ POLYNOMIAL : crc >> 1;
        table[0][i] = crc;
    }
    for (int i = 0; i < 256; i++)
        for (int j = 1; j < 16; j++) table[j][i] = (table[j - 1][i] >> 8) ^ table[0][table[j - 1][i] & 255];
    fold_1024[0] = power_of_x(1024 + 63);
    fold_1024[1] = power_of_x(1024 - 1);
    fold_128[0] = power_of_x(128 + 63);
    fold_128[1] = power_of_x(128 - 1);
#if defined(__x86_64__)
    has_carryless_multiplication = __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1");
#endif
}

// Slicing by 16; `state` is the inverted CRC.
static uint64_t by_table(uint64_t state, const uint8_t *p, size_t n) {
    while (n >= 16) {
        uint64_t a, b;
        memcpy(&a, p, 8);
        memcpy(&b, p + 8, 8);
        a ^= state;
        state = 0;
        for (int i = 0; i < 8; i++) state ^= table[15 - i][(a >> (8 * i)) & 255] ^ table[7 - i][(b >> (8 * i)) & 255];
        p += 16;
        n -= 16;
    }
    while (n--) state = (state >> 8) ^ table[0][(state ^ *p++) & 255];
    return state;
}

#if defined(__x86_64__)
#include <immintrin.h>

// Eight 128-bit accumulators are folded over the input, then into one, whose 16 bytes go through the tables
// (Gopal et al., "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ Instruction", Intel 2009).
__attribute__((target("pclmul,sse4.1"))) static uint64_t by_folding(uint64_t state, const uint8_t *p, size_t n) {
    __m128i lane[8];
    for (int i = 0; i < 8; i++) lane[i] = _mm_loadu_si128((const void *)(p + 16 * i));
    lane[0] = _mm_xor_si128(lane[0], _mm_set_epi64x(0, (long long)state));
    p += 128;
    n -= 128;
    __m128i k = _mm_set_epi64x((long long)fold_1024[1], (long long)fold_1024[0]);
    while (n >= 128) {
        for (int i = 0; i < 8; i++) {
            __m128i low = _mm_clmulepi64_si128(lane[i], k, 0x00), high = _mm_clmulepi64_si128(lane[i], k, 0x11);
            lane[i] = _mm_xor_si128(_mm_xor_si128(low, high), _mm_loadu_si128((const void *)(p + 16 * i)));
        }
        p += 128;
        n -= 128;
    }
    k = _mm_set_epi64x((long long)fold_128[1], (long long)fold_128[0]);
    __m128i sum = lane[0];
    for (int i = 1; i < 8; i++) {
        __m128i low = _mm_clmulepi64_si128(sum, k, 0x00), high = _mm_clmulepi64_si128(sum, k, 0x11);
        sum = _mm_xor_si128(_mm_xor_si128(low, high), lane[i]);
    }
    uint8_t last[16];
    _mm_storeu_si128((void *)last, sum);
    return by_table(by_table(0, last, 16), p, n);
}
#endif

uint64_t roost_crc64nvme_table(uint64_t crc, const void *bytes, size_t count) {
    pthread_once(&once, prepare);
    return ~by_table(~crc, bytes, count);
}

uint64_t roost_crc64nvme(uint64_t crc, const void *bytes, size_t count) {
    pthread_once(&once, prepare);
#if defined(__x86_64__)
    if (has_carryless_multiplication && count >= 256) return ~by_folding(~crc, bytes, count);
#endif
    return ~by_table(~crc, bytes, count);
}
