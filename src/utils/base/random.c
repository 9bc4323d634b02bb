/*
 * random.c - xoshiro256** (Blackman and Vigna, 2018), and the kernel's generator for secrets
 */
#include "base/random.h"

#include <math.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/clock.h"

pg_prng_state pg_global_prng_state = {{1, 2, 3, 4}};

static uint64
splitmix64(uint64 *state)
{
    uint64 z = *state += UINT64CONST(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64CONST(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64CONST(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static inline uint64
rotate_left(uint64 v, int n)
{
    return (v << n) | (v >> (64 - n));
}

void
pg_prng_seed(pg_prng_state *state, uint64 seed)
{
    for (int i = 0; i < 4; i++)
        state->s[i] = splitmix64(&seed);
}

/* Each process calls this after its fork; a kernel without randomness leaves pid and time. */
void
random_init(void)
{
    uint64 seed;
    if (!pg_strong_random(&seed, sizeof(seed)))
        seed = clock_monotonic_ns() ^ ((uint64) getpid() << 32);
    pg_prng_seed(&pg_global_prng_state, seed);
}

uint64
pg_prng_uint64(pg_prng_state *state)
{
    uint64 *s = state->s;
    uint64 result = rotate_left(s[1] * 5, 7) * 9;
    uint64 t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 45);
    return result;
}

uint32
pg_prng_uint32(pg_prng_state *state)
{
    return (uint32) (pg_prng_uint64(state) >> 32);
}

/* Without bias: draw as many bits as the range needs, again while outside it. */
uint64
pg_prng_uint64_range(pg_prng_state *state, uint64 min, uint64 max)
{
    if (max <= min)
        return min;
    uint64 range = max - min;
    int shift = 63 - pg_leftmost_one_pos64(range);
    uint64 value;
    do
        value = pg_prng_uint64(state) >> shift;
    while (value > range);
    return min + value;
}

int64
pg_prng_int64_range(pg_prng_state *state, int64 min, int64 max)
{
    const uint64 flip = UINT64CONST(1) << 63;
    if (max <= min)
        return min;
    return (int64) (pg_prng_uint64_range(state, (uint64) min ^ flip, (uint64) max ^ flip) ^ flip);
}

double
pg_prng_double(pg_prng_state *state)
{
    return ldexp((double) (pg_prng_uint64(state) >> 11), -53);
}

/* Box and Muller. */
double
pg_prng_double_normal(pg_prng_state *state)
{
    double u1 = 1.0 - pg_prng_double(state);
    double u2 = pg_prng_double(state);
    return sqrt(-2.0 * log(u1)) * sin(2.0 * M_PI * u2);
}

bool
pg_prng_bool(pg_prng_state *state)
{
    return pg_prng_uint64(state) >> 63;
}

bool
pg_strong_random(void *to, Size len)
{
    char *p = to;
    while (len > 0)
    {
        ssize_t got = getrandom(p, len, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        p += got;
        len -= (Size) got;
    }
    return true;
}
