/*
 * resowner.c - who must give back what
 *
 * Why        an error may strike between taking a resource and giving it back. Each is remembered
 *            with its owner; the most recent ones in a small array searched backwards, since most
 *            are forgotten soon, older ones in a hash table.
 * Invariants O1. array_count <= ARRAY_SIZE; after ResourceOwnerEnlarge() it is less.
 *            O2. the hash table has room for all its entries and a full array, so that moving the
 *                array into it, also at release, allocates nothing.
 *            O3. once releasing, hash[0 .. hash_count-1] is a plain array sorted so that what goes
 *                first stands last; nothing is remembered or forgotten any more.
 * Errors     Enlarge and Create throw 53200; Remember cannot fail.
 */
#include "error/resowner.h"

#include "base/bytes.h"
#include "base/hash.h"
#include "error/error.h"

#define ARRAY_SIZE 32
#define HASH_SIZE_MIN 128 /* holds ARRAY_SIZE entries and more */

typedef struct Resource
{
    Datum item;
    const ResourceOwnerDesc *kind; /* NULL: an empty slot */
} Resource;

typedef struct ResourceOwnerData
{
    ResourceOwner parent;
    ResourceOwner firstchild;
    ResourceOwner nextchild;
    const char *name;
    bool releasing;
    uint32 array_count;
    uint32 hash_count;
    uint32 hash_size; /* 0 or a power of two */
    Resource *hash;
    void *lock_list;
    Resource array[ARRAY_SIZE];
} ResourceOwnerData;

typedef struct ReleaseCallback
{
    struct ReleaseCallback *next;
    ResourceReleaseCallback callback;
    void *arg;
} ReleaseCallback;

ResourceOwner CurrentResourceOwner;
ResourceOwner CurTransactionResourceOwner;
ResourceOwner TopTransactionResourceOwner;
ResourceOwner AuxProcessResourceOwner;
void (*resource_owner_release_locks_hook)(ResourceOwner owner, bool isCommit, bool isTopLevel);

static struct
{
    ReleaseCallback *callbacks;
    ResourceOwner spare; /* one deleted owner, since each statement makes and deletes one */
} resowner;

static void release_all_of_phase(ResourceOwner owner, ResourceReleasePhase phase, bool isCommit);

/* ---- the tree ---- */

ResourceOwner
ResourceOwnerCreate(ResourceOwner parent, const char *name)
{
    ResourceOwner owner = resowner.spare;
    if (owner != NULL)
        resowner.spare = NULL;
    else
        owner = MemoryContextAllocZero(TopMemoryContext, sizeof(*owner));
    owner->name = name;
    ResourceOwnerNewParent(owner, parent);
    return owner;
}

ResourceOwner
ResourceOwnerGetParent(ResourceOwner owner)
{
    return owner->parent;
}

void
ResourceOwnerNewParent(ResourceOwner owner, ResourceOwner newparent)
{
    if (owner->parent != NULL)
    {
        ResourceOwner *link = &owner->parent->firstchild;
        while (*link != owner)
            link = &(*link)->nextchild;
        *link = owner->nextchild;
    }
    owner->parent = newparent;
    owner->nextchild = NULL;
    if (newparent != NULL)
    {
        Assert(owner != newparent);
        owner->nextchild = newparent->firstchild;
        newparent->firstchild = owner;
    }
}

/* The owner must be empty: released, or never used. */
void
ResourceOwnerDelete(ResourceOwner owner)
{
    Assert(owner != CurrentResourceOwner);
    Assert(owner->array_count == 0 && owner->hash_count == 0);
    while (owner->firstchild != NULL)
        ResourceOwnerDelete(owner->firstchild);
    ResourceOwnerNewParent(owner, NULL);
    if (owner->hash != NULL)
        pfree(owner->hash);
    if (resowner.spare == NULL)
    {
        memset(owner, 0, offsetof(ResourceOwnerData, array));
        resowner.spare = owner;
    }
    else
        pfree(owner);
}

/* ---- remembering ---- */

static inline uint32
home_slot(const ResourceOwnerData *owner, Datum item, const ResourceOwnerDesc *kind)
{
    return (uint32) hash_mix64(item ^ ((uint64) (uintptr_t) kind << 7)) & (owner->hash_size - 1);
}

static void
hash_insert(ResourceOwner owner, Resource resource)
{
    uint32 slot = home_slot(owner, resource.item, resource.kind);
    Assert(owner->hash_count < owner->hash_size); /* O2 */
    while (owner->hash[slot].kind != NULL)
        slot = (slot + 1) & (owner->hash_size - 1);
    owner->hash[slot] = resource;
    owner->hash_count++;
}

/* Fill the hole by what may move into it, so that searches may stop at an empty slot. */
static void
hash_delete(ResourceOwner owner, uint32 hole)
{
    uint32 mask = owner->hash_size - 1;
    for (uint32 i = (hole + 1) & mask; owner->hash[i].kind != NULL; i = (i + 1) & mask)
    {
        uint32 home = home_slot(owner, owner->hash[i].item, owner->hash[i].kind);
        if (((i - home) & mask) < ((i - hole) & mask))
            continue;
        owner->hash[hole] = owner->hash[i];
        hole = i;
    }
    owner->hash[hole].kind = NULL;
    owner->hash_count--;
}

static void
grow_hash(ResourceOwner owner, uint32 size)
{
    Resource *old = owner->hash;
    uint32 old_size = owner->hash_size;
    Resource *hash = MemoryContextAllocZero(TopMemoryContext, size * sizeof(Resource));
    owner->hash = hash;
    owner->hash_size = size;
    owner->hash_count = 0;
    for (uint32 i = 0; i < old_size; i++)
        if (old[i].kind != NULL)
            hash_insert(owner, old[i]);
    if (old != NULL)
        pfree(old);
}

void
ResourceOwnerEnlarge(ResourceOwner owner)
{
    if (unlikely(owner->releasing))
        elog(ERROR, "ResourceOwnerEnlarge called after release started");
    if (likely(owner->array_count < ARRAY_SIZE))
        return;
    /* At most half full after the move, with a further array to come. */
    if (owner->hash_count + 2 * ARRAY_SIZE > owner->hash_size / 2)
        grow_hash(owner, Max(HASH_SIZE_MIN, owner->hash_size * 2));
    for (uint32 i = 0; i < owner->array_count; i++)
        hash_insert(owner, owner->array[i]);
    owner->array_count = 0;
}

void
ResourceOwnerRemember(ResourceOwner owner, Datum res, const ResourceOwnerDesc *kind)
{
    Assert(kind->release_phase != 0 && kind->release_priority != 0);
    if (unlikely(owner->releasing))
        elog(ERROR, "ResourceOwnerRemember called but array was full or release started");
    Assert(owner->array_count < ARRAY_SIZE); /* O1 */
    owner->array[owner->array_count++] = (Resource){.item = res, .kind = kind};
}

void
ResourceOwnerForget(ResourceOwner owner, Datum res, const ResourceOwnerDesc *kind)
{
    if (unlikely(owner->releasing))
        elog(ERROR, "ResourceOwnerForget called for %s after release started", kind->name);
    for (int i = (int) owner->array_count - 1; i >= 0; i--)
        if (owner->array[i].item == res && owner->array[i].kind == kind)
        {
            owner->array[i] = owner->array[--owner->array_count];
            return;
        }
    if (owner->hash_count > 0)
        for (uint32 slot = home_slot(owner, res, kind); owner->hash[slot].kind != NULL;
             slot = (slot + 1) & (owner->hash_size - 1))
            if (owner->hash[slot].item == res && owner->hash[slot].kind == kind)
            {
                hash_delete(owner, slot);
                return;
            }
    elog(ERROR, "%s %p is not owned by resource owner %s", kind->name, (void *) res, owner->name);
}

/* ---- releasing ---- */

/* Later phases and priorities first, so that taking from the end gives the order of release. */
static int
compare_release_order(const void *a, const void *b)
{
    const ResourceOwnerDesc *x = ((const Resource *) a)->kind, *y = ((const Resource *) b)->kind;
    if (x->release_phase != y->release_phase)
        return x->release_phase > y->release_phase ? -1 : 1;
    if (x->release_priority != y->release_priority)
        return x->release_priority > y->release_priority ? -1 : 1;
    return 0;
}

/* The resources as one sorted array: in the hash table's memory, or in the array's. */
static Resource *
sort_resources(ResourceOwner owner)
{
    Resource *all = owner->array;
    uint32 count = owner->array_count;
    if (owner->hash_count > 0)
    {
        all = owner->hash;
        count = 0;
        for (uint32 i = 0; i < owner->hash_size; i++)
            if (owner->hash[i].kind != NULL)
                all[count++] = owner->hash[i];
        memcpy(&all[count], owner->array, owner->array_count * sizeof(Resource));
        count += owner->array_count;
        owner->array_count = 0;
        owner->hash_count = count;
    }
    qsort(all, count, sizeof(Resource), compare_release_order);
    return all;
}

static void
release_all_of_phase(ResourceOwner owner, ResourceReleasePhase phase, bool isCommit)
{
    bool in_hash = owner->hash_count > 0;
    Resource *all = in_hash ? owner->hash : owner->array;
    uint32 *count = in_hash ? &owner->hash_count : &owner->array_count;
    while (*count > 0 && all[*count - 1].kind->release_phase == phase)
    {
        Resource resource = all[--*count];
        if (isCommit)
        {
            char *text = resource.kind->DebugPrint
                             ? resource.kind->DebugPrint(resource.item)
                             : psprintf("%s %p", resource.kind->name, (void *) resource.item);
            elog(WARNING, "resource was not closed: %s", text);
            pfree(text);
        }
        resource.kind->ReleaseResource(resource.item);
    }
}

void
ResourceOwnerRelease(ResourceOwner owner, ResourceReleasePhase phase, bool isCommit,
                     bool isTopLevel)
{
    for (ResourceOwner child = owner->firstchild; child != NULL; child = child->nextchild)
        ResourceOwnerRelease(child, phase, isCommit, isTopLevel);
    if (!owner->releasing)
    {
        owner->releasing = true;
        sort_resources(owner);
    }
    /* Callbacks may look at CurrentResourceOwner. */
    ResourceOwner saved = CurrentResourceOwner;
    CurrentResourceOwner = owner;
    if (phase == RESOURCE_RELEASE_LOCKS && resource_owner_release_locks_hook != NULL)
        resource_owner_release_locks_hook(owner, isCommit, isTopLevel);
    release_all_of_phase(owner, phase, isCommit);
    for (ReleaseCallback *item = resowner.callbacks, *next; item != NULL; item = next)
    {
        next = item->next; /* it may take itself off */
        item->callback(phase, isCommit, isTopLevel, item->arg);
    }
    CurrentResourceOwner = saved;
    if (phase == RESOURCE_RELEASE_AFTER_LOCKS)
    {
        Assert(owner->array_count == 0 && owner->hash_count == 0);
        owner->releasing = false; /* empty: may serve again */
        if (owner->hash != NULL)
            memset(owner->hash, 0, owner->hash_size * sizeof(Resource));
    }
}

void
ResourceOwnerReleaseAllOfKind(ResourceOwner owner, const ResourceOwnerDesc *kind)
{
    Assert(!owner->releasing);
    for (uint32 i = 0; i < owner->array_count;)
    {
        if (owner->array[i].kind != kind)
        {
            i++;
            continue;
        }
        Datum item = owner->array[i].item;
        owner->array[i] = owner->array[--owner->array_count];
        kind->ReleaseResource(item);
    }
    for (uint32 i = 0; i < owner->hash_size;)
    {
        if (owner->hash[i].kind != kind)
        {
            i++;
            continue;
        }
        Datum item = owner->hash[i].item;
        hash_delete(owner, i);
        kind->ReleaseResource(item);
    }
}

void
RegisterResourceReleaseCallback(ResourceReleaseCallback callback, void *arg)
{
    ReleaseCallback *item = MemoryContextAlloc(TopMemoryContext, sizeof(*item));
    *item = (ReleaseCallback){.next = resowner.callbacks, .callback = callback, .arg = arg};
    resowner.callbacks = item;
}

void
UnregisterResourceReleaseCallback(ResourceReleaseCallback callback, void *arg)
{
    for (ReleaseCallback **link = &resowner.callbacks; *link != NULL; link = &(*link)->next)
    {
        ReleaseCallback *item = *link;
        if (item->callback != callback || item->arg != arg)
            continue;
        *link = item->next;
        pfree(item);
        return;
    }
}

/* ---- auxiliary processes, which have no transactions ---- */

void
CreateAuxProcessResourceOwner(void)
{
    Assert(AuxProcessResourceOwner == NULL && CurrentResourceOwner == NULL);
    AuxProcessResourceOwner = ResourceOwnerCreate(NULL, "AuxiliaryProcess");
    CurrentResourceOwner = AuxProcessResourceOwner;
}

void
ReleaseAuxProcessResources(bool isCommit)
{
    ResourceOwner owner = AuxProcessResourceOwner;
    ResourceOwnerRelease(owner, RESOURCE_RELEASE_BEFORE_LOCKS, isCommit, true);
    ResourceOwnerRelease(owner, RESOURCE_RELEASE_LOCKS, isCommit, true);
    ResourceOwnerRelease(owner, RESOURCE_RELEASE_AFTER_LOCKS, isCommit, true);
}

void *
ResourceOwnerGetLockList(ResourceOwner owner)
{
    return owner->lock_list;
}

void
ResourceOwnerSetLockList(ResourceOwner owner, void *list)
{
    owner->lock_list = list;
}
