/*
 * deadlock.c - finding cycles of waiters, and breaking them without an error where that is possible
 *
 * Why        Waiters wait for holders (hard edges) and, since queues are served in order, for
 *            those who stand before them with a conflicting request (soft edges). A cycle with a
 *            soft edge is broken by letting that edge's waiter stand before the other. The search
 *            tries to reverse soft edges of cycles through the starting process until no cycle is
 *            left, or there is a cycle of hard edges only.
 * Invariants D1. all partitions are locked exclusively throughout: nothing moves.
 *            D2. constraints are reversed soft edges: waiter before blocker in object's queue.
 *            D3. every proposed order is made by topological sort of the queue under the
 *                constraints, else keeping the present order.
 * Errors     the search cannot fail; it gives up at DEADLOCK_CONSTRAINTS_MAX as a hard deadlock
 *            would be, since one victim always breaks the cycle.
 * Algorithm  PostgreSQL's (storage/lmgr/README, "The Deadlock Detection Algorithm"), without lock
 *            groups.
 */
#include <string.h>

#include "error/error.h"
#include "lock_int.h"
#include "memory/memory.h"
#include "memory/stringinfo.h"
#include "sync/backend_status.h"

typedef struct SoftEdge {
    PGPROC *waiter;
    PGPROC *blocker;
    LockObject *object;
    int pred; /* work of the topological sort */
    int link;
} SoftEdge;

typedef struct QueueOrder {
    LockObject *object;
    PGPROC **procs;
    int count;
} QueueOrder;

typedef struct CycleMember {
    LOCKTAG tag;
    LOCKMODE mode;
    int pid;
} CycleMember;

/* Sized for all slots, made before a process's first wait: the check itself must not allocate. */
static struct {
    int proc_max;
    PGPROC **visited;
    int visited_count;
    CycleMember *cycle; /* what the report shows */
    int cycle_count;
    SoftEdge *constraints; /* D2: the ones in force */
    int constraint_count;
    int constraint_max;
    SoftEdge *possible;    /* soft edges found, in use as a stack by levels of the search */
    int possible_count;
    int possible_max;
    QueueOrder *orders;
    int order_count;
    PGPROC **order_procs;
    PGPROC **sort_input;
    int *before_count;
    int *after_first;
} dl;

static bool find_cycle_from(PGPROC *check, PGPROC *start, int depth, SoftEdge *soft,
                            int *soft_count);

void
lock__deadlock_prepare(void)
{
    int n = (int)ProcGlobal->allProcCount;
    MemoryContext old;

    if (dl.proc_max > 0)
        return;
    old = MemoryContextSwitchTo(TopMemoryContext);
    dl.visited = palloc((Size)n * sizeof(PGPROC *));
    dl.cycle = palloc((Size)n * sizeof(CycleMember));
    dl.constraint_max = n;
    dl.constraints = palloc((Size)n * sizeof(SoftEdge));
    dl.possible_max = 4 * n;
    dl.possible = palloc((Size)dl.possible_max * sizeof(SoftEdge));
    dl.orders = palloc((Size)n * sizeof(QueueOrder));
    dl.order_procs = palloc((Size)n * sizeof(PGPROC *));
    dl.sort_input = palloc((Size)n * sizeof(PGPROC *));
    dl.before_count = palloc((Size)n * sizeof(int));
    dl.after_first = palloc((Size)n * sizeof(int));
    MemoryContextSwitchTo(old);
    dl.proc_max = n;
}

/* ---------- the graph ---------- */

static void
note_member(int depth, PGPROC *proc)
{
    LockObject *object = proc->waitLock;

    dl.cycle[depth] =
        (CycleMember){object->tag, proc->waitLockMode, (int)atomic_load(&proc->pid)};
}

/* The order in which an object's waiters stand: a proposed one, else the real one. */
static int
queue_of(LockObject *object, PGPROC ***ret_procs, PGPROC **scratch)
{
    dlist_iter it;
    int count = 0;

    for (int i = 0; i < dl.order_count; i++) {
        if (dl.orders[i].object == object) {
            *ret_procs = dl.orders[i].procs;
            return dl.orders[i].count;
        }
    }
    dlist_foreach(it, &object->waiters)
        scratch[count++] = dlist_container(PGPROC, lockLinks, it.cur);
    *ret_procs = scratch;
    return count;
}

static bool
follow_hard_edges(PGPROC *check, PGPROC *start, int depth, SoftEdge *soft, int *soft_count)
{
    LockObject *object = check->waitLock;
    LOCKMASK conflicts = lock__conflicts[check->waitLockMode];
    dlist_iter it;

    dlist_foreach(it, &object->holds) {
        LockHold *hold = dlist_container(LockHold, object_link, it.cur);

        if (hold->proc == check || (hold->hold_mask & conflicts) == 0)
            continue;
        if (find_cycle_from(hold->proc, start, depth + 1, soft, soft_count)) {
            note_member(depth, check);
            return true;
        }
    }
    return false;
}

static bool
follow_soft_edges(PGPROC *check, PGPROC *start, int depth, SoftEdge *soft, int *soft_count)
{
    LockObject *object = check->waitLock;
    LOCKMASK conflicts = lock__conflicts[check->waitLockMode];
    dlist_iter it;

    for (int i = 0; i < dl.order_count; i++) {
        QueueOrder *order = &dl.orders[i];
        if (order->object != object)
            continue;
        for (int k = 0; k < order->count && order->procs[k] != check; k++) {
            PGPROC *ahead = order->procs[k];
            if ((LOCKBIT_ON(ahead->waitLockMode) & conflicts) &&
                find_cycle_from(ahead, start, depth + 1, soft, soft_count)) {
                note_member(depth, check);
                soft[(*soft_count)++] = (SoftEdge){check, ahead, object, 0, 0};
                return true;
            }
        }
        return false;
    }
    dlist_foreach(it, &object->waiters) {
        PGPROC *ahead = dlist_container(PGPROC, lockLinks, it.cur);
        if (ahead == check)
            break;
        if ((LOCKBIT_ON(ahead->waitLockMode) & conflicts) &&
            find_cycle_from(ahead, start, depth + 1, soft, soft_count)) {
            note_member(depth, check);
            soft[(*soft_count)++] = (SoftEdge){check, ahead, object, 0, 0};
            return true;
        }
    }
    return false;
}

/* Depth first from `check`; true if the way leads back to `start`. */
static bool
find_cycle_from(PGPROC *check, PGPROC *start, int depth, SoftEdge *soft, int *soft_count)
{
    for (int i = 0; i < dl.visited_count; i++) {
        if (dl.visited[i] == check) {
            if (i != 0)
                return false; /* a cycle without start is its own members' affair */
            dl.cycle_count = depth;
            return true;
        }
    }
    dl.visited[dl.visited_count++] = check;
    if (!check->lockQueued || check->waitLock == NULL)
        return false;
    return follow_hard_edges(check, start, depth, soft, soft_count) ||
           follow_soft_edges(check, start, depth, soft, soft_count);
}

static bool
find_cycle(PGPROC *start, SoftEdge *soft, int *soft_count)
{
    dl.visited_count = 0;
    dl.cycle_count = 0;
    *soft_count = 0;
    return find_cycle_from(start, start, 0, soft, soft_count);
}

/* ---------- proposed orders ---------- */

static int
index_in(PGPROC **procs, int count, PGPROC *proc)
{
    for (int i = 0; i < count; i++)
        if (procs[i] == proc)
            return i;
    return -1;
}

/*
 * Puts the queue in an order in which each constraint's waiter stands before its blocker, filling
 * from the end with the last process that nobody must still follow (D3). False: impossible.
 */
static bool
sort_queue(LockObject *object, SoftEdge *constraints, int constraint_count, PGPROC **ordering)
{
    PGPROC **procs;
    int count = queue_of(object, &procs, dl.sort_input);

    Assert(procs == dl.sort_input);
    for (int i = 0; i < count; i++) {
        dl.before_count[i] = 0;
        dl.after_first[i] = -1;
    }
    for (int c = 0; c < constraint_count; c++) {
        int waiter, blocker;
        if (constraints[c].object != object)
            continue;
        waiter = index_in(procs, count, constraints[c].waiter);
        blocker = index_in(procs, count, constraints[c].blocker);
        if (waiter < 0 || blocker < 0)
            continue;
        dl.before_count[waiter]++; /* so many must come after it */
        constraints[c].pred = waiter;
        constraints[c].link = dl.after_first[blocker];
        dl.after_first[blocker] = c;
    }
    for (int place = count - 1; place >= 0; place--) {
        int pick = count - 1;
        while (pick >= 0 && (procs[pick] == NULL || dl.before_count[pick] > 0))
            pick--;
        if (pick < 0)
            return false;
        ordering[place] = procs[pick];
        procs[pick] = NULL;
        for (int c = dl.after_first[pick]; c >= 0; c = constraints[c].link)
            dl.before_count[constraints[c].pred]--;
    }
    return true;
}

static bool
expand_constraints(SoftEdge *constraints, int count)
{
    PGPROC **at = dl.order_procs;

    dl.order_count = 0;
    for (int i = count - 1; i >= 0; i--) {
        LockObject *object = constraints[i].object;
        bool done = false;

        for (int k = 0; k < dl.order_count; k++)
            done |= dl.orders[k].object == object;
        if (done)
            continue;
        /* sorted from the real queue: the order becomes visible only after */
        if (!sort_queue(object, constraints, i + 1, at))
            return false;
        dl.orders[dl.order_count++] = (QueueOrder){object, at, object->waiter_count};
        at += object->waiter_count;
    }
    return true;
}

/*
 * The present constraints' outcome: -1 impossible or a hard cycle, 0 no cycle, else how many soft
 * edges the first cycle through a constrained process, or start, has.
 */
static int
test_configuration(PGPROC *start)
{
    SoftEdge *soft = dl.possible + dl.possible_count;
    int soft_found = 0, soft_count;

    if (dl.possible_count + dl.proc_max > dl.possible_max)
        return -1;
    if (!expand_constraints(dl.constraints, dl.constraint_count))
        return -1;
    for (int i = 0; i < dl.constraint_count; i++) {
        if (find_cycle(dl.constraints[i].waiter, soft, &soft_count)) {
            if (soft_count == 0)
                return -1;
            soft_found = soft_count;
        }
        if (find_cycle(dl.constraints[i].blocker, soft, &soft_count)) {
            if (soft_count == 0)
                return -1;
            soft_found = soft_count;
        }
    }
    if (find_cycle(start, soft, &soft_count)) {
        if (soft_count == 0)
            return -1;
        soft_found = soft_count;
    }
    return soft_found;
}

/* True: deadlock that no rearrangement breaks. Else dl.orders has what to do. */
static bool
search(PGPROC *start)
{
    int soft = test_configuration(start);
    int saved = dl.possible_count;

    if (soft < 0)
        return true;
    if (soft == 0)
        return false;
    if (dl.constraint_count >= dl.constraint_max)
        return true;
    dl.possible_count += soft;
    for (int i = 0; i < soft; i++) {
        dl.constraints[dl.constraint_count++] = dl.possible[saved + i];
        if (!search(start))
            return false;
        dl.constraint_count--;
    }
    dl.possible_count = saved;
    return true;
}

/* ---------- entry ---------- */

static void
apply_order(QueueOrder *order)
{
    LockObject *object = order->object;

    dlist_init(&object->waiters);
    for (int i = 0; i < order->count; i++)
        dlist_push_tail(&object->waiters, &order->procs[i]->lockLinks);
    lock__wake_waiters(object);
}

DeadlockState
lock__deadlock_check(PGPROC *proc)
{
    dl.constraint_count = 0;
    dl.possible_count = 0;
    dl.order_count = 0;
    if (search(proc)) {
        int soft_count;
        /* Once more without constraints, for the cycle as the user knows it. */
        dl.order_count = 0;
        if (!find_cycle(proc, dl.possible, &soft_count))
            elog(FATAL, "deadlock seems to have disappeared");
        return DEADLOCK_HARD;
    }
    for (int i = 0; i < dl.order_count; i++)
        apply_order(&dl.orders[i]);
    return dl.order_count > 0 ? DEADLOCK_SOFT : DEADLOCK_NONE;
}

void
lock__remember_simple_deadlock(PGPROC *first, LOCKMODE first_mode, LockObject *object,
                               PGPROC *second)
{
    LockObject *other = second->waitLock;

    dl.cycle[0] = (CycleMember){object->tag, first_mode, (int)atomic_load(&first->pid)};
    dl.cycle[1] =
        (CycleMember){other->tag, second->waitLockMode, (int)atomic_load(&second->pid)};
    dl.cycle_count = 2;
}

static void
append_query(StringInfo to, int pid)
{
    PGPROC *proc = proc_find_by_pid(pid);
    BackendStatusCopy copy;

    if (proc != NULL && backend_status_read(proc->pgprocno, &copy) && copy.query[0] != '\0')
        appendStringInfo(to, "\nProcess %d: %s", pid, copy.query);
    else
        appendStringInfo(to, "\nProcess %d: %s", pid, "<backend information not available>");
}

void
lock__deadlock_report(void)
{
    StringInfoData client, log;

    initStringInfo(&client);
    initStringInfo(&log);
    for (int i = 0; i < dl.cycle_count; i++) {
        CycleMember *member = &dl.cycle[i];
        int next = dl.cycle[(i + 1) % dl.cycle_count].pid;

        if (i > 0)
            appendStringInfoChar(&client, '\n');
        appendStringInfo(&client, "Process %d waits for %s on %s; blocked by process %d.",
                         member->pid, lock_mode_name(member->mode), lock_describe(&member->tag),
                         next);
    }
    appendStringInfoString(&log, client.data);
    for (int i = 0; i < dl.cycle_count; i++)
        append_query(&log, dl.cycle[i].pid);
    ereport(ERROR, (errcode(ERRCODE_T_R_DEADLOCK_DETECTED), errmsg("deadlock detected"),
                    errdetail_internal("%s", client.data), errdetail_log("%s", log.data),
                    errhint("See server log for query details.")));
    pg_unreachable();
}
