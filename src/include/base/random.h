/*
 * random.h - random numbers: fast ones (xoshiro256**) and strong ones (the kernel's)
 */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include "base/base.h"

typedef struct pg_prng_state
{
    uint64 s[4];
} pg_prng_state;

/* Seeded from the kernel in each process by random_init(). */
extern pg_prng_state pg_global_prng_state;

void random_init(void);
void pg_prng_seed(pg_prng_state *state, uint64 seed);
uint64 pg_prng_uint64(pg_prng_state *state);
uint32 pg_prng_uint32(pg_prng_state *state);
/* Uniform in [min, max]; min when the range is empty. */
uint64 pg_prng_uint64_range(pg_prng_state *state, uint64 min, uint64 max);
int64 pg_prng_int64_range(pg_prng_state *state, int64 min, int64 max);
/* Uniform in [0, 1). */
double pg_prng_double(pg_prng_state *state);
double pg_prng_double_normal(pg_prng_state *state);
bool pg_prng_bool(pg_prng_state *state);

/* For secrets; false when the kernel gives none. */
bool pg_strong_random(void *to, Size len);

#endif
