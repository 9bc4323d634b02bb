/*
 * spin.h - spinlocks, for a few instructions without calls or loops
 *
 * A holder may be preempted, so waiting yields the CPU after a short spin, and sleeps after a
 * longer one. A spinlock that cannot be had for two minutes is a PANIC.
 */
#ifndef SYNC_SPIN_H
#define SYNC_SPIN_H

#include <stdatomic.h>

#include "base/base.h"

typedef _Atomic uint32 slock_t;

/* Slow path of SpinLockAcquire(). */
void spin_acquire_slow(slock_t *lock, const char *file, int line);

static inline void
spin_pause(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ __volatile__("isb" ::: "memory");
#endif
}

static inline void
SpinLockInit(slock_t *lock)
{
    atomic_init(lock, 0);
}

static inline bool
spin_try_acquire(slock_t *lock)
{
    return atomic_exchange_explicit(lock, 1, memory_order_acquire) == 0;
}

static inline void
SpinLockRelease(slock_t *lock)
{
    atomic_store_explicit(lock, 0, memory_order_release);
}

static inline void
spin_acquire_at(slock_t *lock, const char *file, int line)
{
    if (unlikely(!spin_try_acquire(lock)))
        spin_acquire_slow(lock, file, line);
}

#define SpinLockAcquire(lock) spin_acquire_at((lock), __FILE__, __LINE__)
#define SpinLockFree(lock) (atomic_load_explicit((lock), memory_order_relaxed) == 0)

#endif
