/*
 * options.c - where to connect: conninfo strings, URIs, the environment, the password file
 */
#include <ctype.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wire.h"

static const struct {
    const char *name, *variable;
} names[OPTION_COUNT] = {
    [OPTION_HOST] = {"host", "PGHOST"},
    [OPTION_HOSTADDR] = {"hostaddr", "PGHOSTADDR"},
    [OPTION_PORT] = {"port", "PGPORT"},
    [OPTION_USER] = {"user", "PGUSER"},
    [OPTION_DBNAME] = {"dbname", "PGDATABASE"},
    [OPTION_PASSWORD] = {"password", "PGPASSWORD"},
    [OPTION_APPLICATION_NAME] = {"application_name", "PGAPPNAME"},
    [OPTION_OPTIONS] = {"options", "PGOPTIONS"},
    [OPTION_CLIENT_ENCODING] = {"client_encoding", "PGCLIENTENCODING"},
    [OPTION_CONNECT_TIMEOUT] = {"connect_timeout", "PGCONNECT_TIMEOUT"},
    [OPTION_SSLMODE] = {"sslmode", "PGSSLMODE"},
    [OPTION_PASSFILE] = {"passfile", "PGPASSFILE"},
    [OPTION_REPLICATION] = {"replication", NULL},
};

/* Understood by libpq; they change nothing in a connection without TLS or GSSAPI. */
static const char *const without_effect[] = {
    "channel_binding", "fallback_application_name", "gssencmode", "keepalives", "keepalives_idle",
    "keepalives_interval", "keepalives_count", "tcp_user_timeout", "sslcert", "sslkey",
    "sslrootcert", "sslcrl", "sslcompression", "krbsrvname", "target_session_attrs"};

static bool
set_option(ConnectOptions *options, const char *name, const char *value, Text *ret_error)
{
    for (int i = 0; i < OPTION_COUNT; i++)
        if (strcmp(names[i].name, name) == 0) {
            replace_string(&options->value[i], value);
            return true;
        }
    for (size_t i = 0; i < lengthof(without_effect); i++)
        if (strcmp(without_effect[i], name) == 0)
            return true;
    text_format(ret_error, "invalid connection option \"%s\"", name);
    return false;
}

static const char *
uri_rest(const char *text)
{
    if (strncmp(text, "postgresql://", 13) == 0)
        return text + 13;
    return strncmp(text, "postgres://", 11) == 0 ? text + 11 : NULL;
}

bool
options_is_conninfo(const char *text)
{
    return uri_rest(text) != NULL || strchr(text, '=') != NULL;
}

static char *
decode_percent(const char *from, size_t length, Text *ret_error)
{
    Text result = {0};

    text_add(&result, "");
    for (size_t i = 0; i < length; i++) {
        char digits[3] = {0};
        if (from[i] != '%') {
            text_char(&result, from[i]);
            continue;
        }
        if (i + 2 >= length || !isxdigit((unsigned char)from[i + 1]) ||
            !isxdigit((unsigned char)from[i + 2])) {
            text_format(ret_error, "invalid percent-encoded token: \"%.*s\"", (int)length, from);
            text_free(&result);
            return NULL;
        }
        memcpy(digits, from + i + 1, 2);
        text_char(&result, (char)strtol(digits, NULL, 16));
        i += 2;
    }
    return result.data;
}

static bool
set_decoded(ConnectOptions *options, const char *name, const char *from, size_t length,
            Text *ret_error)
{
    char *value = decode_percent(from, length, ret_error);
    bool ok = value != NULL && (value[0] == '\0' || set_option(options, name, value, ret_error));

    free(value);
    return ok;
}

static bool
parse_uri_parameters(ConnectOptions *options, const char *at, Text *ret_error)
{
    while (*at != '\0') {
        size_t length = strcspn(at, "&"), name_length = strcspn(at, "=&");
        char *name;
        bool ok;
        if (name_length >= length) {
            text_format(ret_error, "missing key/value separator \"=\" in URI query parameter: "
                        "\"%.*s\"", (int)length, at);
            return false;
        }
        name = copy_bytes(at, name_length);
        ok = set_decoded(options, name, at + name_length + 1, length - name_length - 1, ret_error);
        free(name);
        if (!ok)
            return false;
        at += length + (at[length] == '&');
    }
    return true;
}

/* user:password@host:port/dbname?name=value */
static bool
parse_uri(ConnectOptions *options, const char *at, Text *ret_error)
{
    size_t authority = strcspn(at, "/?");
    const char *sign = memchr(at, '@', authority), *end = at + authority, *colon;

    if (sign != NULL) {
        const char *split = memchr(at, ':', (size_t)(sign - at));
        if (!set_decoded(options, "user", at, (size_t)((split ? split : sign) - at), ret_error))
            return false;
        if (split != NULL && !set_decoded(options, "password", split + 1,
                                          (size_t)(sign - split - 1), ret_error))
            return false;
        at = sign + 1;
    }
    if (*at == '[') {
        const char *bracket = memchr(at, ']', (size_t)(end - at));
        if (bracket == NULL) {
            text_add(ret_error, "end of string reached when looking for matching \"]\" in IPv6 "
                     "host address in URI");
            return false;
        }
        if (!set_decoded(options, "host", at + 1, (size_t)(bracket - at - 1), ret_error))
            return false;
        at = bracket + 1;
        colon = at < end && *at == ':' ? at : NULL;
    } else {
        colon = memchr(at, ':', (size_t)(end - at));
        if (!set_decoded(options, "host", at, (size_t)((colon ? colon : end) - at), ret_error))
            return false;
    }
    if (colon != NULL &&
        !set_decoded(options, "port", colon + 1, (size_t)(end - colon - 1), ret_error))
        return false;
    at = end;
    if (*at == '/') {
        size_t length = strcspn(++at, "?");
        if (!set_decoded(options, "dbname", at, length, ret_error))
            return false;
        at += length;
    }
    return *at != '?' || parse_uri_parameters(options, at + 1, ret_error);
}

static bool
parse_value(const char **at, Text *value, Text *ret_error)
{
    bool quoted = **at == '\'';

    text_clear(value);
    text_add(value, "");
    for (*at += quoted; **at != '\0'; (*at)++) {
        if (quoted ? **at == '\'' : isspace((unsigned char)**at))
            break;
        if (**at == '\\' && (*at)[1] != '\0')
            (*at)++;
        text_char(value, **at);
    }
    if (quoted && **at != '\'') {
        text_add(ret_error, "unterminated quoted string in connection info string");
        return false;
    }
    *at += quoted;
    return true;
}

static bool
parse_pairs(ConnectOptions *options, const char *at, Text *ret_error)
{
    Text value = {0};
    bool ok = true;

    while (ok && *(at += strspn(at, " \t\r\n")) != '\0') {
        size_t length = strcspn(at, "= \t\r\n");
        char *name = copy_bytes(at, length);
        at += length;
        at += strspn(at, " \t\r\n");
        if (*at != '=') {
            text_format(ret_error, "missing \"=\" after \"%s\" in connection info string", name);
            ok = false;
        } else {
            at++;
            at += strspn(at, " \t\r\n");
            ok = parse_value(&at, &value, ret_error) &&
                 set_option(options, name, value.data, ret_error);
        }
        free(name);
    }
    text_free(&value);
    return ok;
}

bool
options_parse(ConnectOptions *options, const char *text, Text *ret_error)
{
    const char *rest = uri_rest(text);

    return rest != NULL ? parse_uri(options, rest, ret_error)
                        : parse_pairs(options, text, ret_error);
}

void
options_from_environment(ConnectOptions *options)
{
    struct passwd *account;

    for (int i = 0; i < OPTION_COUNT; i++) {
        const char *value = names[i].variable == NULL ? NULL : getenv(names[i].variable);
        if (options->value[i] == NULL && value != NULL && value[0] != '\0')
            options->value[i] = copy_string(value);
    }
    if (options->value[OPTION_PORT] == NULL)
        options->value[OPTION_PORT] = copy_string("5432");
    if (options->value[OPTION_USER] == NULL && (account = getpwuid(geteuid())) != NULL)
        options->value[OPTION_USER] = copy_string(account->pw_name);
    if (options->value[OPTION_DBNAME] == NULL && options->value[OPTION_USER] != NULL)
        options->value[OPTION_DBNAME] = copy_string(options->value[OPTION_USER]);
    if (options->value[OPTION_APPLICATION_NAME] == NULL)
        options->value[OPTION_APPLICATION_NAME] = copy_string("sengisql");
}

void
options_free(ConnectOptions *options)
{
    for (int i = 0; i < OPTION_COUNT; i++)
        replace_string(&options->value[i], NULL);
}

/* One field of a password file's line, its escapes taken away; ret_at behind the colon. */
static char *
passfile_field(const char **at, bool last)
{
    Text field = {0};

    text_add(&field, "");
    while (**at != '\0' && **at != '\n' && (last || **at != ':')) {
        if (**at == '\\' && (*at)[1] != '\0')
            (*at)++;
        text_char(&field, *(*at)++);
    }
    if (**at == ':')
        (*at)++;
    return field.data;
}

static bool
passfile_line_matches(const char **at, const char *const wanted[4])
{
    bool matches = true;

    for (int i = 0; i < 4; i++) {
        char *field = passfile_field(at, false);
        matches = matches && (strcmp(field, "*") == 0 || strcmp(field, wanted[i]) == 0);
        free(field);
    }
    return matches;
}

char *
options_passfile_lookup(const ConnectOptions *options)
{
    const char *host = options->value[OPTION_HOST];
    const char *const wanted[4] = {host == NULL || host[0] == '/' ? "localhost" : host,
                                   options->value[OPTION_PORT], options->value[OPTION_DBNAME],
                                   options->value[OPTION_USER]};
    const char *home = getenv("HOME");
    char *path = options->value[OPTION_PASSFILE] != NULL
                     ? copy_string(options->value[OPTION_PASSFILE])
                     : format_string("%s/.pgpass", home == NULL ? "" : home);
    FILE *file = fopen(path, "re");
    char *line = NULL, *password = NULL;
    size_t capacity = 0;
    struct stat status;

    free(path);
    if (file == NULL)
        return NULL;
    if (fstat(fileno(file), &status) == 0 && S_ISREG(status.st_mode) &&
        (status.st_mode & (S_IRWXG | S_IRWXO)) == 0) {
        while (password == NULL && getline(&line, &capacity, file) > 0) {
            const char *at = line;
            if (line[0] != '#' && passfile_line_matches(&at, wanted))
                password = passfile_field(&at, true);
        }
    }
    free(line);
    fclose(file);
    return password;
}
