/*
 * resowner.h - who must give back what: buffers pinned, files opened, locks held
 *
 * The order is: ResourceOwnerEnlarge (may throw), acquire the resource, ResourceOwnerRemember
 * (cannot fail). At the end of a transaction or portal the owner releases, phase by phase, all
 * that is still remembered, in itself and its children.
 */
#ifndef ERROR_RESOWNER_H
#define ERROR_RESOWNER_H

#include "base/base.h"

typedef struct ResourceOwnerData *ResourceOwner;

extern ResourceOwner CurrentResourceOwner;
extern ResourceOwner CurTransactionResourceOwner;
extern ResourceOwner TopTransactionResourceOwner;
extern ResourceOwner AuxProcessResourceOwner;

typedef enum ResourceReleasePhase
{
    RESOURCE_RELEASE_BEFORE_LOCKS = 1,
    RESOURCE_RELEASE_LOCKS,
    RESOURCE_RELEASE_AFTER_LOCKS,
} ResourceReleasePhase;

/* Within a phase, lower numbers are released first. */
typedef uint32 ResourceReleasePriority;
#define RELEASE_PRIO_BUFFER_IOS 100
#define RELEASE_PRIO_BUFFER_PINS 200
#define RELEASE_PRIO_RELCACHE_REFS 300
#define RELEASE_PRIO_DSMS 400
#define RELEASE_PRIO_CATCACHE_REFS 100
#define RELEASE_PRIO_PLANCACHE_REFS 300
#define RELEASE_PRIO_TUPDESC_REFS 400
#define RELEASE_PRIO_SNAPSHOT_REFS 500
#define RELEASE_PRIO_FILES 600
#define RELEASE_PRIO_WAITEVENTSETS 700
#define RELEASE_PRIO_FIRST 1
#define RELEASE_PRIO_LAST UINT32_MAX

typedef struct ResourceOwnerDesc
{
    const char *name; /* for the leak warning */
    ResourceReleasePhase release_phase;
    ResourceReleasePriority release_priority;
    void (*ReleaseResource)(Datum res); /* must not throw and must not call Forget */
    char *(*DebugPrint)(Datum res);     /* may be NULL; palloc'd */
} ResourceOwnerDesc;

ResourceOwner ResourceOwnerCreate(ResourceOwner parent, const char *name);
void ResourceOwnerRelease(ResourceOwner owner, ResourceReleasePhase phase, bool isCommit,
                          bool isTopLevel);
void ResourceOwnerDelete(ResourceOwner owner);
ResourceOwner ResourceOwnerGetParent(ResourceOwner owner);
void ResourceOwnerNewParent(ResourceOwner owner, ResourceOwner newparent);

void ResourceOwnerEnlarge(ResourceOwner owner);
void ResourceOwnerRemember(ResourceOwner owner, Datum res, const ResourceOwnerDesc *kind);
void ResourceOwnerForget(ResourceOwner owner, Datum res, const ResourceOwnerDesc *kind);
void ResourceOwnerReleaseAllOfKind(ResourceOwner owner, const ResourceOwnerDesc *kind);

/* Called for every owner in every phase, after its own resources of the phase. */
typedef void (*ResourceReleaseCallback)(ResourceReleasePhase phase, bool isCommit, bool isTopLevel,
                                        void *arg);
void RegisterResourceReleaseCallback(ResourceReleaseCallback callback, void *arg);
void UnregisterResourceReleaseCallback(ResourceReleaseCallback callback, void *arg);

void CreateAuxProcessResourceOwner(void);
void ReleaseAuxProcessResources(bool isCommit);

/* The lock room's per-owner list, opaque here: set it and read it back. */
void *ResourceOwnerGetLockList(ResourceOwner owner);
void ResourceOwnerSetLockList(ResourceOwner owner, void *list);
/* Releases an owner's locks in the locks phase; set by the lock room. */
extern void (*resource_owner_release_locks_hook)(ResourceOwner owner, bool isCommit,
                                                 bool isTopLevel);

#endif
