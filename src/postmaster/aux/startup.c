/*
 * startup.c - the process that brings the cluster to a consistent state, then ends
 */
#include "aux/aux.h"

#include "heap/relation.h"
#include "recovery/recovery.h"
#include "sync/backend_status.h"
#include "sync/proc.h"
#include "xact/xact.h"

void
aux_startup_main(void)
{
    aux_attach(PROC_AUXILIARY, B_STARTUP, "startup");
    recovery_startup();
}
