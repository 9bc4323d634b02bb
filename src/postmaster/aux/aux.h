/*
 * aux.h - main functions of the auxiliary processes
 *
 * Each is called in a fresh child with all signals blocked and returns when its work is over.
 */
#ifndef POSTMASTER_AUX_H
#define POSTMASTER_AUX_H

void aux_startup_main(void);
void aux_checkpointer_main(void);
void aux_bgwriter_main(void);
void aux_walwriter_main(void);

/* What every process of the server does once it has a slot: caches, locks, buffers. */
void aux_attach(int proc_kind, int backend_type, const char *log_name);

#endif
