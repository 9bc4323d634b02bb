/*
 * hba.c - reads pg_hba.conf and pg_ident.conf, finds the line for a client
 *
 * Why        The rules are read once in the postmaster; a backend inherits them by fork and only
 *            walks a list. A file with one bad line is refused whole, so that a typing error
 *            never opens a door.
 * Locks      none
 * Errors     hba_load() logs and returns false; the rest cannot fail
 */
#include "protocol/hba.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <netinet/in.h>
#include <regex.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include "config/settings.h"
#include "error/error.h"
#include "memory/list.h"
#include "memory/memory.h"
#include "memory/stringinfo.h"

#define INCLUDE_DEPTH_MAX 10

typedef enum ConnectionType { CONNECT_LOCAL, CONNECT_HOST, CONNECT_NEVER } ConnectionType;
typedef enum AddressKind { ADDRESS_ALL, ADDRESS_NETWORK, ADDRESS_NAME, ADDRESS_SAMEHOST,
                           ADDRESS_SAMENET } AddressKind;

typedef struct Token {
    char *text;
    bool quoted; /* a quoted keyword is a plain name */
} Token;

typedef struct HbaLine {
    int line_number;
    ConnectionType type;
    List *databases; /* of Token */
    List *roles;     /* of Token */
    AddressKind address_kind;
    struct sockaddr_storage address, mask;
    char *host_name;
    AuthMethod method;
    char *ident_map;
} HbaLine;

typedef struct IdentLine {
    char *map, *system_user, *role;
} IdentLine;

static struct {
    MemoryContext context; /* replaced whole at each load */
    List *lines;           /* of HbaLine */
    List *idents;          /* of IdentLine */
    HbaMemberCheck is_member;
} hba;

/* The place of an error: the file being read, and how bad errors are. */
typedef struct HbaReader {
    const char *file_name;
    int line_number;
    int elevel;
    bool failed;
} HbaReader;

#define HBA_ERROR(reader, ...)                                                                     \
    do {                                                                                           \
        ereport(LOG, (errcode(ERRCODE_CONFIG_FILE_ERROR), __VA_ARGS__,                             \
                      errcontext("line %d of configuration file \"%s\"", (reader)->line_number,    \
                                 (reader)->file_name)));                                           \
        (reader)->failed = true;                                                                   \
    } while (0)

/* ---- from bytes to tokens ---- */

/* The next token of a line, with its following comma noted; NULL at the end or at a comment. */
static Token *
next_token(char **cursor, bool *ret_comma)
{
    char *at = *cursor;
    StringInfoData text;
    bool quoted = false, in_quotes = false, any = false;

    *ret_comma = false;
    while (*at == ' ' || *at == '\t' || *at == '\r')
        at++;
    if (*at == '\0' || *at == '#') {
        *cursor = at;
        return NULL;
    }
    initStringInfo(&text);
    for (; *at && (in_quotes || !strchr(" \t\r,#", *at)); at++) {
        any = true;
        if (*at != '"')
            appendStringInfoChar(&text, *at);
        else if (in_quotes && at[1] == '"')
            appendStringInfoChar(&text, *at++);
        else {
            in_quotes = !in_quotes;
            quoted = quoted || text.len == 0;
        }
    }
    (void) any;
    if (*at == ',') {
        *ret_comma = true;
        at++;
    }
    *cursor = at;

    Token *token = palloc(sizeof *token);

    token->text = text.data;
    token->quoted = quoted;
    return token;
}

static char *
read_file(const char *path)
{
    FILE *file = fopen(path, "re");
    StringInfoData text;
    char chunk[4096];
    size_t got;

    if (!file)
        return NULL;
    initStringInfo(&text);
    while ((got = fread(chunk, 1, sizeof chunk, file)) > 0)
        appendBinaryStringInfo(&text, chunk, (int) got);
    fclose(file);
    return text.data;
}

static List *tokens_of_included_file(HbaReader *reader, const char *name, int depth);

/* One field: tokens joined by commas; "@file" is replaced by the file's tokens. */
static List *
next_field(HbaReader *reader, char **cursor, int depth)
{
    List *field = NIL;
    bool comma = true;

    while (comma) {
        Token *token = next_token(cursor, &comma);

        if (!token)
            break;
        if (!token->quoted && token->text[0] == '@' && token->text[1])
            field = list_concat(field, tokens_of_included_file(reader, token->text + 1, depth));
        else
            field = lappend(field, token);
    }
    return field;
}

static char *
path_beside(const char *file_name, const char *name)
{
    const char *slash = strrchr(file_name, '/');

    if (name[0] == '/' || !slash)
        return pstrdup(name);
    return psprintf("%.*s/%s", (int) (slash - file_name), file_name, name);
}

static List *
tokens_of_included_file(HbaReader *reader, const char *name, int depth)
{
    char *path = path_beside(reader->file_name, name);
    char *text = depth < INCLUDE_DEPTH_MAX ? read_file(path) : NULL;
    List *tokens = NIL;

    if (!text) {
        HBA_ERROR(reader, errmsg("could not open secondary authentication file \"@%s\" as \"%s\": %m",
                                 name, path));
        return NIL;
    }
    for (char *save, *line = strtok_r(text, "\n", &save); line;
         line = strtok_r(NULL, "\n", &save)) {
        List *field;

        while ((field = next_field(reader, &line, depth + 1)) != NIL)
            tokens = list_concat(tokens, field);
    }
    return tokens;
}

/* Calls handle for each line that is not empty; a backslash at its end continues a line. */
static bool
read_lines(const char *path, int elevel, bool missing_ok,
           void (*handle)(HbaReader *reader, List *fields))
{
    HbaReader reader = {.file_name = path, .elevel = elevel};
    char *text = read_file(path);

    if (!text) {
        if (missing_ok && errno == ENOENT)
            return true;
        ereport(LOG, (errcode_for_file_access(),
                      errmsg("could not open configuration file \"%s\": %m", path)));
        return false;
    }
    for (char *line = text; line && *line;) {
        char *end = strchrnul(line, '\n');
        char *next = *end ? end + 1 : NULL;
        int extra = 0;

        while (*end && end > line && end[-1] == '\\') {
            end[-1] = ' ';
            *end = ' ';
            end = strchrnul(end, '\n');
            next = *end ? end + 1 : NULL;
            extra++;
        }
        *end = '\0';
        reader.line_number++;

        List *fields = NIL, *field;
        char *cursor = line;

        while ((field = next_field(&reader, &cursor, 0)) != NIL)
            fields = lappend(fields, field);
        if (fields != NIL)
            handle(&reader, fields);
        reader.line_number += extra;
        line = next;
    }
    return !reader.failed;
}

/* ---- pg_hba.conf ---- */

static bool
parse_type(HbaReader *reader, const char *word, ConnectionType *ret_type)
{
    static const struct {
        const char *word;
        ConnectionType type;
    } types[] = {
        {"local", CONNECT_LOCAL},      {"host", CONNECT_HOST},
        {"hostnossl", CONNECT_HOST},   {"hostnogssenc", CONNECT_HOST},
        {"hostssl", CONNECT_NEVER},    {"hostgssenc", CONNECT_NEVER},
    };

    for (size_t i = 0; i < lengthof(types); i++)
        if (strcmp(types[i].word, word) == 0) {
            *ret_type = types[i].type;
            return true;
        }
    HBA_ERROR(reader, errmsg("invalid connection type \"%s\"", word));
    return false;
}

static bool
parse_method(HbaReader *reader, const char *word, ConnectionType type, AuthMethod *ret_method)
{
    static const struct {
        const char *word;
        AuthMethod method;
    } methods[] = {
        {"trust", AUTH_TRUST}, {"reject", AUTH_REJECT},     {"scram-sha-256", AUTH_SCRAM},
        {"md5", AUTH_SCRAM},   {"password", AUTH_PASSWORD}, {"peer", AUTH_PEER},
    };
    static const char *const others[] = {"ident", "gss", "sspi", "pam",   "bsd",
                                         "ldap",  "cert", "radius"};

    for (size_t i = 0; i < lengthof(methods); i++)
        if (strcmp(methods[i].word, word) == 0) {
            *ret_method = methods[i].method;
            if (*ret_method == AUTH_PEER && type != CONNECT_LOCAL) {
                HBA_ERROR(reader,
                          errmsg("peer authentication is only supported on local sockets"));
                return false;
            }
            return true;
        }
    for (size_t i = 0; i < lengthof(others); i++)
        if (strcmp(others[i], word) == 0) {
            HBA_ERROR(reader,
                      errmsg("invalid authentication method \"%s\": not supported by this build",
                             word));
            return false;
        }
    HBA_ERROR(reader, errmsg("invalid authentication method \"%s\"", word));
    return false;
}

/* Sets the mask of a family to its first bits ones. */
static bool
mask_from_bits(struct sockaddr_storage *mask, int family, const char *text)
{
    char *end;
    long bits = strtol(text, &end, 10);
    int bits_max = family == AF_INET ? 32 : 128;
    unsigned char *bytes = family == AF_INET
                               ? (unsigned char *) &((struct sockaddr_in *) mask)->sin_addr
                               : (unsigned char *) &((struct sockaddr_in6 *) mask)->sin6_addr;

    if (!*text || *end || bits < 0 || bits > bits_max)
        return false;
    memset(mask, 0, sizeof *mask);
    mask->ss_family = (sa_family_t) family;
    for (int i = 0; i < bits; i++)
        bytes[i / 8] |= (unsigned char) (0x80 >> (i % 8));
    return true;
}

static bool
parse_ip(const char *text, struct sockaddr_storage *ret_address)
{
    memset(ret_address, 0, sizeof *ret_address);
    if (inet_pton(AF_INET, text, &((struct sockaddr_in *) ret_address)->sin_addr) == 1)
        ret_address->ss_family = AF_INET;
    else if (inet_pton(AF_INET6, text, &((struct sockaddr_in6 *) ret_address)->sin6_addr) == 1)
        ret_address->ss_family = AF_INET6;
    else
        return false;
    return true;
}

/* The address field of a host line, and the mask field when the address has no "/bits". */
static bool
parse_address(HbaReader *reader, HbaLine *line, List *fields, int *field_index)
{
    if (*field_index >= list_length(fields)) {
        HBA_ERROR(reader, errmsg("end-of-line before IP address specification"));
        return false;
    }

    List *field = list_nth(fields, (*field_index)++);
    Token *token = linitial(field);

    if (list_length(field) > 1) {
        HBA_ERROR(reader, errmsg("multiple values specified for host address"),
                  errhint("Specify one address range per line."));
        return false;
    }
    if (!token->quoted && strcmp(token->text, "all") == 0) {
        line->address_kind = ADDRESS_ALL;
        return true;
    }
    if (!token->quoted && strcmp(token->text, "samehost") == 0) {
        line->address_kind = ADDRESS_SAMEHOST;
        return true;
    }
    if (!token->quoted && strcmp(token->text, "samenet") == 0) {
        line->address_kind = ADDRESS_SAMENET;
        return true;
    }

    char *slash = strchr(token->text, '/');

    if (slash)
        *slash = '\0';
    if (!parse_ip(token->text, &line->address)) {
        if (slash) {
            HBA_ERROR(reader,
                      errmsg("specifying both host name and CIDR mask is invalid: \"%s/%s\"",
                             token->text, slash + 1));
            return false;
        }
        line->address_kind = ADDRESS_NAME;
        line->host_name = token->text;
        return true;
    }
    line->address_kind = ADDRESS_NETWORK;
    if (slash) {
        if (mask_from_bits(&line->mask, line->address.ss_family, slash + 1))
            return true;
        HBA_ERROR(reader, errmsg("invalid CIDR mask in address \"%s/%s\"", token->text, slash + 1));
        return false;
    }
    if (*field_index >= list_length(fields)) {
        HBA_ERROR(reader, errmsg("end-of-line before netmask specification"),
                  errhint("Specify an address range in CIDR notation, or provide a separate "
                          "netmask."));
        return false;
    }

    Token *mask = linitial((List *) list_nth(fields, (*field_index)++));

    if (!parse_ip(mask->text, &line->mask)) {
        HBA_ERROR(reader, errmsg("invalid IP mask \"%s\"", mask->text));
        return false;
    }
    if (line->mask.ss_family != line->address.ss_family) {
        HBA_ERROR(reader, errmsg("IP address and mask do not match"));
        return false;
    }
    return true;
}

static void
parse_option(HbaReader *reader, HbaLine *line, const char *option)
{
    const char *equals = strchr(option, '=');

    if (!equals)
        HBA_ERROR(reader, errmsg("authentication option not in name=value format: %s", option));
    else if (strncmp(option, "map=", 4) == 0 && line->method == AUTH_PEER)
        line->ident_map = pstrdup(equals + 1);
    else if (strncmp(option, "map=", 4) == 0)
        HBA_ERROR(reader, errmsg("authentication option \"%s\" is only valid for authentication "
                                 "methods %s", "map", "ident, peer, gssapi, sspi, and cert"));
    else
        HBA_ERROR(reader, errmsg("unrecognized authentication option name: \"%.*s\"",
                                 (int) (equals - option), option));
}

static void
parse_hba_line(HbaReader *reader, List *fields)
{
    HbaLine *line = palloc0(sizeof *line);
    int at = 0;

    line->line_number = reader->line_number;
    if (!parse_type(reader, ((Token *) linitial((List *) list_nth(fields, at++)))->text,
                    &line->type))
        return;
    if (list_length(fields) < 2) {
        HBA_ERROR(reader, errmsg("end-of-line before database specification"));
        return;
    }
    line->databases = list_nth(fields, at++);
    if (list_length(fields) < 3) {
        HBA_ERROR(reader, errmsg("end-of-line before role specification"));
        return;
    }
    line->roles = list_nth(fields, at++);
    if (line->type != CONNECT_LOCAL && !parse_address(reader, line, fields, &at))
        return;
    if (at >= list_length(fields)) {
        HBA_ERROR(reader, errmsg("end-of-line before authentication method"));
        return;
    }
    if (!parse_method(reader, ((Token *) linitial((List *) list_nth(fields, at++)))->text,
                      line->type, &line->method))
        return;
    for (; at < list_length(fields); at++) {
        ListCell *cell;

        foreach (cell, (List *) list_nth(fields, at))
            parse_option(reader, line, ((Token *) lfirst(cell))->text);
    }
    hba.lines = lappend(hba.lines, line);
}

static void
parse_ident_line(HbaReader *reader, List *fields)
{
    if (list_length(fields) < 3) {
        HBA_ERROR(reader, errmsg("missing entry at end of line"));
        return;
    }

    IdentLine *line = palloc(sizeof *line);

    line->map = ((Token *) linitial((List *) linitial(fields)))->text;
    line->system_user = ((Token *) linitial((List *) lsecond(fields)))->text;
    line->role = ((Token *) linitial((List *) lthird(fields)))->text;
    hba.idents = lappend(hba.idents, line);
}

bool
hba_load(int elevel)
{
    MemoryContext context = AllocSetContextCreate(TopMemoryContext, "pg_hba.conf",
                                                  ALLOCSET_SMALL_SIZES); /* until the next load */
    MemoryContext caller = MemoryContextSwitchTo(context);
    List *old_lines = hba.lines, *old_idents = hba.idents;

    hba.lines = hba.idents = NIL;

    bool loaded = read_lines(HbaFileName, elevel, false, parse_hba_line);

    if (loaded && hba.lines == NIL) {
        ereport(LOG, (errcode(ERRCODE_CONFIG_FILE_ERROR),
                      errmsg("configuration file \"%s\" contains no entries", HbaFileName)));
        loaded = false;
    }
    loaded = loaded && read_lines(IdentFileName, elevel, true, parse_ident_line);
    MemoryContextSwitchTo(caller);

    if (!loaded) {
        hba.lines = old_lines;
        hba.idents = old_idents;
        MemoryContextDelete(context);
        if (elevel >= FATAL)
            ereport(FATAL, (errmsg("could not load %s", HbaFileName)));
        return false;
    }
    if (hba.context)
        MemoryContextDelete(hba.context);
    hba.context = context;
    return true;
}

/* ---- matching ---- */

void
hba_set_member_check(HbaMemberCheck check)
{
    hba.is_member = check;
}

static bool
database_matches(List *tokens, const char *database, const char *user)
{
    ListCell *cell;

    foreach (cell, tokens) {
        Token *token = lfirst(cell);

        if (token->quoted ? strcmp(token->text, database) == 0
                          : strcmp(token->text, "all") == 0 ||
                                (strcmp(token->text, "sameuser") == 0
                                     ? strcmp(database, user) == 0
                                 : strcmp(token->text, "samerole") == 0 ||
                                         strcmp(token->text, "samegroup") == 0
                                     ? hba.is_member && hba.is_member(user, database)
                                 : strcmp(token->text, "replication") == 0
                                     ? false
                                     : strcmp(token->text, database) == 0))
            return true;
    }
    return false;
}

static bool
role_matches(List *tokens, const char *user)
{
    ListCell *cell;

    foreach (cell, tokens) {
        Token *token = lfirst(cell);

        if (!token->quoted && token->text[0] == '+') {
            if (hba.is_member && hba.is_member(user, token->text + 1))
                return true;
        } else if ((!token->quoted && strcmp(token->text, "all") == 0) ||
                   strcmp(token->text, user) == 0) {
            return true;
        }
    }
    return false;
}

/* The bytes of an address that a mask applies to; an IPv4 address mapped into IPv6 as IPv4. */
static int
address_bytes(const struct sockaddr_storage *address, const unsigned char **ret_bytes)
{
    if (address->ss_family == AF_INET) {
        *ret_bytes = (const unsigned char *) &((const struct sockaddr_in *) address)->sin_addr;
        return 4;
    }
    *ret_bytes = (const unsigned char *) &((const struct sockaddr_in6 *) address)->sin6_addr;
    if (IN6_IS_ADDR_V4MAPPED(&((const struct sockaddr_in6 *) address)->sin6_addr)) {
        *ret_bytes += 12;
        return 4;
    }
    return 16;
}

static bool
network_matches(const struct sockaddr_storage *client, const struct sockaddr_storage *address,
                const struct sockaddr_storage *mask)
{
    const unsigned char *c, *a, *m;
    int length = address_bytes(client, &c);

    if (address_bytes(address, &a) != length || address_bytes(mask, &m) != length)
        return false;
    for (int i = 0; i < length; i++)
        if ((c[i] ^ a[i]) & m[i])
            return false;
    return true;
}

/* Whether the client's address is one of this machine's, or in one of its networks. */
static bool
own_network_matches(const struct sockaddr_storage *client, bool whole_network)
{
    struct ifaddrs *list;
    bool found = false;

    if (getifaddrs(&list) != 0)
        return false;
    for (struct ifaddrs *one = list; one && !found; one = one->ifa_next) {
        struct sockaddr_storage mask, address = {0};
        int family = one->ifa_addr ? one->ifa_addr->sa_family : AF_UNSPEC;

        if ((family != AF_INET && family != AF_INET6) || !one->ifa_netmask)
            continue;
        size_t size = family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);

        memset(&mask, 0, sizeof mask);
        memcpy(&address, one->ifa_addr, size);
        memcpy(&mask, one->ifa_netmask, size);
        if (!whole_network)
            mask_from_bits(&mask, family, family == AF_INET ? "32" : "128");
        mask.ss_family = (sa_family_t) family;
        found = network_matches(client, &address, &mask);
    }
    freeifaddrs(list);
    return found;
}

/* A host name matches when the client's address has that name and the name that address. */
static bool
name_matches(const struct sockaddr_storage *client, const char *wanted)
{
    char name[NI_MAXHOST];
    struct addrinfo *list;
    bool found = false;

    if (getnameinfo((const struct sockaddr *) client, sizeof *client, name, sizeof name, NULL, 0,
                    NI_NAMEREQD) != 0)
        return false;
    if (wanted[0] == '.') {
        size_t length = strlen(name), suffix = strlen(wanted);

        if (length < suffix || strcasecmp(name + length - suffix, wanted) != 0)
            return false;
    } else if (strcasecmp(name, wanted) != 0) {
        return false;
    }
    if (getaddrinfo(name, NULL, NULL, &list) != 0)
        return false;
    for (struct addrinfo *one = list; one && !found; one = one->ai_next) {
        struct sockaddr_storage address = {0}, mask;

        if (one->ai_family != AF_INET && one->ai_family != AF_INET6)
            continue;
        memcpy(&address, one->ai_addr, one->ai_addrlen);
        mask_from_bits(&mask, one->ai_family, one->ai_family == AF_INET ? "32" : "128");
        found = network_matches(client, &address, &mask);
    }
    freeaddrinfo(list);
    return found;
}

static bool
address_matches(const HbaLine *line, const struct sockaddr_storage *client)
{
    switch (line->address_kind) {
    case ADDRESS_ALL:
        return true;
    case ADDRESS_NETWORK:
        return network_matches(client, &line->address, &line->mask);
    case ADDRESS_NAME:
        return name_matches(client, line->host_name);
    case ADDRESS_SAMEHOST:
        return own_network_matches(client, false);
    case ADDRESS_SAMENET:
        return own_network_matches(client, true);
    }
    return false;
}

HbaMatch
hba_find(const struct sockaddr_storage *client, const char *database, const char *user)
{
    bool local = client->ss_family == AF_UNIX;
    ListCell *cell;

    foreach (cell, hba.lines) {
        const HbaLine *line = lfirst(cell);

        if (line->type == CONNECT_NEVER || (line->type == CONNECT_LOCAL) != local)
            continue;
        if (!local && !address_matches(line, client))
            continue;
        if (database_matches(line->databases, database, user) && role_matches(line->roles, user))
            return (HbaMatch){line->method, line->ident_map, line->line_number};
    }
    return (HbaMatch){.method = AUTH_IMPLICIT_REJECT};
}

/* One line of a map; a system user that begins with a slash is a regular expression. */
static bool
ident_line_allows(const IdentLine *line, const char *system_user, const char *role)
{
    if (line->system_user[0] != '/')
        return strcmp(line->system_user, system_user) == 0 && strcmp(line->role, role) == 0;

    regex_t regex;
    regmatch_t groups[2];
    bool allowed = false;

    if (regcomp(&regex, line->system_user + 1, REG_EXTENDED) != 0) {
        ereport(LOG, (errcode(ERRCODE_INVALID_REGULAR_EXPRESSION),
                      errmsg("invalid regular expression \"%s\"", line->system_user + 1)));
        return false;
    }
    if (regexec(&regex, system_user, 2, groups, 0) == 0) {
        const char *slot = strstr(line->role, "\\1");

        if (slot && groups[1].rm_so >= 0) {
            char *expected =
                psprintf("%.*s%.*s%s", (int) (slot - line->role), line->role,
                         (int) (groups[1].rm_eo - groups[1].rm_so),
                         system_user + groups[1].rm_so, slot + 2);
            allowed = strcmp(expected, role) == 0;
        } else {
            allowed = strcmp(line->role, role) == 0;
        }
    }
    regfree(&regex);
    return allowed;
}

bool
hba_ident_allows(const char *map, const char *system_user, const char *role)
{
    ListCell *cell;

    if (!map || !map[0])
        return strcmp(system_user, role) == 0;
    foreach (cell, hba.idents) {
        const IdentLine *line = lfirst(cell);

        if (strcmp(line->map, map) == 0 && ident_line_allows(line, system_user, role))
            return true;
    }
    return false;
}
