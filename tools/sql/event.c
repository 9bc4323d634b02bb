/*
 * event.c - the client's event loop: descriptors and SIGINT
 *
 * Why        a client waits for its socket or for the terminal, and must see Ctrl-C in both
 *            states. libuv turns the signal into an event, so that nothing runs in a handler.
 * Invariants E1. An interrupt is seen exactly once, by event_take_interrupt.
 */
#include <fcntl.h>
#include <uv.h>

#include "wire.h"

struct Watch {
    uv_poll_t poll;
    bool ready;
};

static struct {
    uv_loop_t *loop;
    uv_signal_t interrupt;
    uv_timer_t timer;
    bool interrupted, expired;
} event;

static void
on_interrupt(uv_signal_t *handle, int signal_number)
{
    event.interrupted = true;
}

static void
on_timer(uv_timer_t *handle)
{
    event.expired = true;
}

static void
on_poll(uv_poll_t *handle, int status, int events)
{
    ((Watch *)handle)->ready = true;
}

static void
on_close(uv_handle_t *handle)
{
    free(handle);
}

void
event_start(void)
{
    event.loop = uv_default_loop();
    uv_signal_init(event.loop, &event.interrupt);
    uv_signal_start(&event.interrupt, on_interrupt, SIGINT);
    uv_unref((uv_handle_t *)&event.interrupt);
    uv_timer_init(event.loop, &event.timer);
}

/*
 * NULL where the descriptor cannot be waited for, as a regular file: it is always ready. libuv
 * makes the descriptor non-blocking; it is put back, for a terminal is shared with other programs.
 */
Watch *
event_watch(int fd)
{
    Watch *watch = need(calloc(1, sizeof(*watch)));
    int flags = fcntl(fd, F_GETFL);

    if (uv_poll_init(event.loop, &watch->poll, fd) != 0) {
        free(watch);
        watch = NULL;
    }
    if (flags >= 0)
        fcntl(fd, F_SETFL, flags);
    return watch;
}

void
event_unwatch(Watch *watch)
{
    if (watch == NULL)
        return;
    uv_poll_stop(&watch->poll);
    uv_close((uv_handle_t *)&watch->poll, on_close);
    uv_run(event.loop, UV_RUN_NOWAIT);
}

bool
event_wait(Watch *watch, int events, int timeout_ms)
{
    int wanted = (events & EVENT_READABLE ? UV_READABLE : 0) |
                 (events & EVENT_WRITABLE ? UV_WRITABLE : 0);

    if (watch == NULL)
        return true;
    watch->ready = event.expired = false;
    if (uv_poll_start(&watch->poll, wanted, on_poll) != 0)
        return true;
    if (timeout_ms >= 0)
        uv_timer_start(&event.timer, on_timer, (uint64_t)timeout_ms, 0);
    while (!watch->ready && !event.interrupted && !event.expired)
        uv_run(event.loop, UV_RUN_ONCE);
    uv_timer_stop(&event.timer);
    uv_poll_stop(&watch->poll);
    return watch->ready;
}

bool
event_take_interrupt(void)
{
    bool was;

    uv_run(event.loop, UV_RUN_NOWAIT);
    was = event.interrupted;
    event.interrupted = false;
    return was;
}
