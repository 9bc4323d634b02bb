/*
 * smgr_int.h - shared inside the smgr room
 */
#ifndef SMGR_INT_H
#define SMGR_INT_H

#include "smgr/smgr.h"

extern const SmgrMethods md_methods;
void md__register(void); /* its fsync and unlink requests */
void smgr__format_path(char *ret_path, RelFileLocator locator, ForkNumber fork);

#endif
