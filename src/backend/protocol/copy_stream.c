/*
 * copy_stream.c - COPY's data on the wire
 *
 * Errors     throws 57014 for CopyFail, FATAL 08P01 and 08006 for a client that breaks off
 */
#include "commands/commands.h"
#include "error/error.h"
#include "protocol_int.h"

static void
put_formats(char type, int format, int column_count)
{
    wire_begin(type);
    wire_put_byte(format);
    wire_put_int16((uint16) column_count);
    for (int i = 0; i < column_count; i++)
        wire_put_int16((uint16) format);
    wire_end();
}

static void
begin_in(int format, int column_count)
{
    put_formats('G', format, column_count);
    wire_flush();
}

static bool
read_data(const char **ret_bytes, Size *ret_length)
{
    WireMessage message;

    for (;;) {
        if (!wire_read_message(&message))
            ereport(FATAL, (errcode(ERRCODE_CONNECTION_FAILURE),
                            errmsg("unexpected EOF on client connection with an open "
                                   "transaction")));
        switch (message.type) {
        case 'd':
            *ret_bytes = message.body;
            *ret_length = message.length;
            return true;
        case 'c':
            return false;
        case 'f':
            ereport(ERROR, (errcode(ERRCODE_QUERY_CANCELED),
                            errmsg("COPY from stdin failed: %s", wire_get_string(&message))));
            break;
        case 'H':
        case 'S':
            break; /* the extended protocol's: they mean nothing here */
        default:
            ereport(ERROR, (errcode(ERRCODE_PROTOCOL_VIOLATION),
                            errmsg("unexpected message type 0x%02X during COPY from stdin",
                                   (unsigned char) message.type)));
        }
    }
}

static void
begin_out(int format, int column_count)
{
    put_formats('H', format, column_count);
}

static void
write_data(const char *bytes, Size length)
{
    wire_begin('d');
    wire_put_bytes(bytes, length);
    wire_end();
}

static void
end_out(void)
{
    wire_begin('c');
    wire_end();
}

void
copy_stream_register(void)
{
    static const CopyStream stream = {
        .begin_in = begin_in,
        .read = read_data,
        .begin_out = begin_out,
        .write = write_data,
        .end_out = end_out,
    };

    commands_set_copy_stream(&stream);
}
