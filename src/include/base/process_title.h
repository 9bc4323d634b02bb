/*
 * process_title.h - what ps shows of a process
 *
 * The title is written over the memory of argv and the environment, as the kernel shows it.
 */
#ifndef BASE_PROCESS_TITLE_H
#define BASE_PROCESS_TITLE_H

#include "base/base.h"

/* In main, before anything keeps a pointer into argv or environ. Returns the copied argv. */
char **process_title_save_args(int argc, char **argv);
/* The part that stays: "sengi: checkpointer", "sengi: user database host". */
void process_title_set_fixed(const char *fixed);
/* What follows it; "" for nothing. Cheap: one copy of few bytes. */
void process_title_set_activity(const char *activity);

#endif
