/*
 * help.c - --help, \? and \h
 */
#include "client.h"

void
help_usage(FILE *out)
{
    fputs("sengisql is the command-line client of Sengi.\n\n"
          "Usage:\n  sengisql [OPTION]... [DBNAME [USERNAME]]\n\n"
          "General options:\n"
          "  -c, --command=COMMAND    run only single command (SQL or internal) and exit\n"
          "  -d, --dbname=DBNAME      database name, conninfo string or URI\n"
          "  -f, --file=FILENAME      execute commands from file, then exit\n"
          "  -l, --list               list available databases, then exit\n"
          "  -v, --set, --variable=NAME=VALUE  set variable NAME to VALUE\n"
          "  -V, --version            output version information, then exit\n"
          "  -X, --no-psqlrc          do not read startup file (~/.sengisqlrc)\n"
          "  -1, --single-transaction execute as a single transaction (with -c or -f)\n"
          "  -?, --help               show this help, then exit\n\n"
          "Input and output options:\n"
          "  -a, --echo-all           echo all input from script\n"
          "  -b, --echo-errors        echo failed commands\n"
          "  -e, --echo-queries       echo commands sent to server\n"
          "  -E, --echo-hidden        display queries that internal commands generate\n"
          "  -L, --log-file=FILENAME  send session log to file\n"
          "  -n, --no-readline        disable command line editing\n"
          "  -o, --output=FILENAME    send query results to file (or |pipe)\n"
          "  -q, --quiet              run quietly (no messages, only query output)\n"
          "  -s, --single-step        confirm each query\n"
          "  -S, --single-line        end of line terminates SQL command\n\n"
          "Output format options:\n"
          "  -A, --no-align           unaligned table output mode\n"
          "      --csv                comma-separated values\n"
          "  -F, --field-separator=STRING   field separator for unaligned output\n"
          "  -P, --pset=VAR[=ARG]     set printing option VAR to ARG\n"
          "  -R, --record-separator=STRING  record separator for unaligned output\n"
          "  -t, --tuples-only        print rows only\n"
          "  -x, --expanded           turn on expanded table output\n"
          "  -z, --field-separator-zero     zero byte between fields\n"
          "  -0, --record-separator-zero    zero byte between records\n\n"
          "Connection options:\n"
          "  -h, --host=HOSTNAME      database server host or socket directory\n"
          "  -p, --port=PORT          database server port\n"
          "  -U, --username=USERNAME  database user name\n"
          "  -w, --no-password        never prompt for password\n"
          "  -W, --password           force password prompt\n", out);
}

void
help_backslash(FILE *out)
{
    fputs("General\n"
          "  \\errverbose            show most recent error message at maximum verbosity\n"
          "  \\g [(OPTIONS)] [FILE]  execute query (and send result to file or |pipe)\n"
          "  \\gexec                 execute query, then execute each value in its result\n"
          "  \\gset [PREFIX]         execute query and store result in variables\n"
          "  \\gx [(OPTIONS)] [FILE] as \\g, but forces expanded output mode\n"
          "  \\q                     quit\n"
          "  \\watch [SEC]           execute query every SEC seconds\n\n"
          "Help\n"
          "  \\?                     this list\n"
          "  \\h [NAME]              SQL commands\n\n"
          "Query Buffer\n"
          "  \\e [FILE]              edit the query buffer (or file) with external editor\n"
          "  \\p                     show the contents of the query buffer\n"
          "  \\r                     reset (clear) the query buffer\n"
          "  \\s [FILE]              display history or save it to file\n"
          "  \\w FILE                write query buffer to file\n\n"
          "Input/Output\n"
          "  \\copy ...              perform SQL COPY with data stream to the client host\n"
          "  \\echo [-n] [STRING]    write string to standard output\n"
          "  \\i FILE, \\ir FILE      execute commands from file (\\ir: beside the current script)\n"
          "  \\o [FILE]              send all query results to file or |pipe\n"
          "  \\qecho, \\warn          as \\echo, to the query output or standard error\n\n"
          "Conditional\n"
          "  \\if EXPR  \\elif EXPR  \\else  \\endif\n\n"
          "Informational (+ = additional detail, S = show system objects)\n"
          "  \\d[S+] [NAME]          describe tables, views, sequences, indexes\n"
          "  \\df [PATTERN]          functions\n"
          "  \\di \\dm \\ds \\dt \\dv     indexes, materialized views, sequences, tables, views\n"
          "  \\dn  \\dT  \\dx          schemas, types, extensions\n"
          "  \\dp, \\z                access privileges\n"
          "  \\du, \\dg               roles\n"
          "  \\l                     databases\n\n"
          "Formatting\n"
          "  \\a                     toggle between unaligned and aligned output mode\n"
          "  \\C [STRING]            set table title, or unset if none\n"
          "  \\f [STRING]            show or set field separator\n"
          "  \\pset [NAME [VALUE]]   set table output option\n"
          "  \\t [on|off]            show only rows\n"
          "  \\x [on|off|auto]       toggle expanded output\n\n"
          "Connection\n"
          "  \\c [DBNAME|- USER|- HOST|- PORT|-] or conninfo\n"
          "  \\conninfo              display information about current connection\n"
          "  \\encoding [ENCODING]   show or set client encoding\n"
          "  \\password [USERNAME]   change the password for a user\n\n"
          "Operating System\n"
          "  \\cd [DIR]  \\getenv PSQLVAR ENVVAR  \\setenv NAME [VALUE]  \\timing [on|off]\n"
          "  \\! [COMMAND]           execute command in shell\n\n"
          "Variables\n"
          "  \\prompt [TEXT] NAME    prompt user to set internal variable\n"
          "  \\set [NAME [VALUE]]    set internal variable, or list all\n"
          "  \\unset NAME            unset (delete) internal variable\n", out);
}

static const char *const synopses[][2] = {
    {"ALTER TABLE", "ALTER TABLE [ IF EXISTS ] [ ONLY ] name [ * ] action [, ... ]"},
    {"ANALYZE", "ANALYZE [ ( option [, ...] ) ] [ table_name [ ( column_name [, ...] ) ] ]"},
    {"BEGIN", "BEGIN [ WORK | TRANSACTION ] [ transaction_mode [, ...] ]"},
    {"COMMIT", "COMMIT [ WORK | TRANSACTION ] [ AND [ NO ] CHAIN ]"},
    {"COPY", "COPY { table_name [ ( column_name [, ...] ) ] | ( query ) } { FROM | TO } "
             "{ 'filename' | PROGRAM 'command' | STDIN | STDOUT } [ WITH ( option [, ...] ) ]"},
    {"CREATE DATABASE", "CREATE DATABASE name [ WITH option ... ]"},
    {"CREATE INDEX", "CREATE [ UNIQUE ] INDEX [ CONCURRENTLY ] [ [ IF NOT EXISTS ] name ] ON "
                     "table_name [ USING method ] ( column [, ...] ) [ WHERE predicate ]"},
    {"CREATE TABLE", "CREATE [ TEMPORARY | UNLOGGED ] TABLE [ IF NOT EXISTS ] table_name "
                     "( column_name data_type [ constraint ... ] [, ...] )"},
    {"CREATE VIEW", "CREATE [ OR REPLACE ] VIEW name [ ( column_name [, ...] ) ] AS query"},
    {"DELETE", "DELETE FROM table_name [ USING from_item [, ...] ] [ WHERE condition ] "
               "[ RETURNING output_expression [, ...] ]"},
    {"DROP TABLE", "DROP TABLE [ IF EXISTS ] name [, ...] [ CASCADE | RESTRICT ]"},
    {"EXPLAIN", "EXPLAIN [ ( option [, ...] ) ] statement"},
    {"GRANT", "GRANT privilege [, ...] ON object TO role [, ...] [ WITH GRANT OPTION ]"},
    {"INSERT", "INSERT INTO table_name [ ( column_name [, ...] ) ] { VALUES (...) | query } "
               "[ ON CONFLICT ... ] [ RETURNING output_expression [, ...] ]"},
    {"ROLLBACK", "ROLLBACK [ WORK | TRANSACTION ] [ TO [ SAVEPOINT ] name ]"},
    {"SELECT", "SELECT [ DISTINCT ] expression [, ...] [ FROM from_item [, ...] ] "
               "[ WHERE condition ] [ GROUP BY ... ] [ HAVING ... ] [ ORDER BY ... ] "
               "[ LIMIT count ] [ OFFSET start ]"},
    {"SET", "SET [ SESSION | LOCAL ] parameter { TO | = } { value | DEFAULT }"},
    {"UPDATE", "UPDATE table_name SET column_name = expression [, ...] [ FROM from_item ] "
               "[ WHERE condition ] [ RETURNING output_expression [, ...] ]"},
    {"VACUUM", "VACUUM [ ( option [, ...] ) ] [ table_name [, ...] ]"},
};

void
help_sql(FILE *out, const char *topic)
{
    size_t length = topic == NULL ? 0 : strcspn(topic, ";");
    bool found = false;

    if (topic == NULL)
        fputs("Available help:\n", out);
    for (size_t i = 0; i < lengthof(synopses); i++) {
        if (topic == NULL)
            fprintf(out, "  %s\n", synopses[i][0]);
        else if (strncasecmp(synopses[i][0], topic, length) == 0) {
            fprintf(out, "Command:     %s\nSyntax:\n%s\n\n", synopses[i][0], synopses[i][1]);
            found = true;
        }
    }
    if (topic != NULL && !found)
        fprintf(out, "No help available for \"%s\".\nTry \\h with no arguments to see available "
                "help.\n", topic);
}
