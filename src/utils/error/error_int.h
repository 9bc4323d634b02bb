/*
 * error_int.h - what the files of this room share
 */
#ifndef ERROR_INT_H
#define ERROR_INT_H

#include "error/error.h"
#include "error/log.h"
#include "memory/stringinfo.h"

/* Does a message of elevel reach a log that takes min_level and up? LOG ranks above ERROR there. */
bool error__reaches_log(int elevel, int min_level);
/* errno as it was when the report under construction began. */
int error__saved_errno(void);
/* Write one message, all its lines, to the server log. Does not throw. */
void error__write_log(ErrorData *edata);
/* Sets the hooks of base and memory. */
void error__install_hooks(void);

#endif
