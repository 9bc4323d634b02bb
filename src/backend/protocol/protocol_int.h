/*
 * protocol_int.h - shared by the files of this room
 */
#ifndef PROTOCOL_INT_H
#define PROTOCOL_INT_H

#include "base/base.h"
#include "executor/dest.h"
#include "heap/tupdesc.h"
#include "memory/list.h"
#include "protocol/wire.h"

#define PROTOCOL_VERSION_MAJOR 3
#define PROTOCOL_VERSION_MINOR 0
#define STARTUP_PACKET_BYTES_MAX 10000

/* What the start-up packet said. Strings live in TopMemoryContext. */
typedef struct StartupParameters {
    char *user;
    char *database;
    char *options;
    List *settings; /* name, value, name, value ... */
} StartupParameters;

/*
 * startup.c: false when there is nothing to serve (a cancel request, a port scan). Throws FATAL
 * for what PostgreSQL refuses.
 */
bool startup_read(StartupParameters *ret_parameters);

/* auth.c: proves the client's name by pg_hba.conf, or FATAL 28000 / 28P01. */
void auth_check(const StartupParameters *parameters);

/* scram.c */
bool scram_authenticate(const char *user, const char *verifier_text);
bool scram_password_matches(const char *password, const char *verifier_text);

/* 32 random bytes, made before the first fork; see scram.c. */
const unsigned char *protocol_mock_secret(void);
/* Ends the process without a word to the client, who has gone. */
_Noreturn void proc_exit_quietly(void);

/* report.c */
void report_register(void);
void report_parameter_status(const char *name, const char *value);

/* printer.c */
void printer_row_description(TupleDesc desc, List *targetlist, const int16 *formats);
DestReceiver *printer_make_receiver(const int16 *formats);

/* copy_stream.c */
void copy_stream_register(void);
/* After an error in COPY FROM STDIN the client goes on sending: its data is dropped. */
bool copy_stream_is_ours(char message_type);

/* fastpath.c */
void fastpath_call(WireMessage *message);

#endif
