/*
 * password.h - what is stored of a password
 */
#ifndef COMMANDS_PASSWORD_INT_H
#define COMMANDS_PASSWORD_INT_H

#include "base/base.h"

/* palloc'd verifier with a new random salt; a verifier comes back as it is. */
extern char *password_make_verifier(const char *password);
extern bool password_is_verifier(const char *text);

#endif
