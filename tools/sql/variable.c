/*
 * variable.c - the client's variables: \set, -v, and :name in queries
 *
 * Invariants V1. The list is sorted by name.
 */
#include <ctype.h>

#include "client.h"

typedef struct Variable {
    char *name, *value;
    struct Variable *next;
} Variable;

static Variable *variables;

static const char *const booleans[] = {"AUTOCOMMIT", "ON_ERROR_STOP", "QUIET", "SINGLELINE",
                                       "SINGLESTEP", "HIDE_TABLEAM", "HIDE_TOAST_COMPRESSION",
                                       "SHOW_ALL_RESULTS"};

bool
parse_boolean(const char *value, bool *ret_value)
{
    static const char *const yes[] = {"true", "yes", "on", "1"};
    static const char *const no[] = {"false", "no", "off", "0"};
    size_t length = strlen(value);

    for (size_t i = 0; i < lengthof(yes) && length > 0; i++) {
        if (strncasecmp(value, yes[i], length) == 0 && !(i == 2 && length < 2)) {
            *ret_value = true;
            return true;
        }
        if (strncasecmp(value, no[i], length) == 0 && !(i == 2 && length < 2)) {
            *ret_value = false;
            return true;
        }
    }
    return false;
}

bool
variable_name_is_valid(const char *name, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!isalnum((unsigned char)name[i]) && name[i] != '_' && !(name[i] & 0x80))
            return false;
    return length > 0;
}

static Variable **
find(const char *name)
{
    Variable **at = &variables;

    while (*at != NULL && strcmp((*at)->name, name) < 0)
        at = &(*at)->next;
    return at;
}

const char *
variable_get(const char *name)
{
    Variable **at = find(name);

    return *at != NULL && strcmp((*at)->name, name) == 0 ? (*at)->value : NULL;
}

bool
variable_is_on(const char *name)
{
    const char *value = variable_get(name);
    bool on = false;

    return value != NULL && (!parse_boolean(value, &on) || on);
}

static bool
is_boolean(const char *name)
{
    for (size_t i = 0; i < lengthof(booleans); i++)
        if (strcmp(booleans[i], name) == 0)
            return true;
    return false;
}

/* The variables that are also fields of the client. */
static void
follow(const char *name)
{
    if (strcmp(name, "QUIET") == 0)
        client.quiet = variable_is_on(name);
    else if (strcmp(name, "SINGLELINE") == 0)
        client.single_line = variable_is_on(name);
    else if (strcmp(name, "SINGLESTEP") == 0)
        client.single_step = variable_is_on(name);
}

bool
variable_set(const char *name, const char *value)
{
    Variable **at;
    bool on;

    if (!variable_name_is_valid(name, strlen(name))) {
        say_error("invalid variable name: \"%s\"", name);
        return false;
    }
    if (is_boolean(name)) {
        if (value == NULL)
            value = "off";
        else if (value[0] == '\0')
            value = "on";
        else if (!parse_boolean(value, &on)) {
            say_error("unrecognized value \"%s\" for \"%s\": Boolean expected", value, name);
            return false;
        }
    }
    at = find(name);
    if (value == NULL) {
        if (*at != NULL && strcmp((*at)->name, name) == 0) {
            Variable *gone = *at;
            *at = gone->next;
            free(gone->name);
            free(gone->value);
            free(gone);
        }
        return true;
    }
    if (*at == NULL || strcmp((*at)->name, name) != 0) {
        Variable *added = need(calloc(1, sizeof(*added)));
        added->name = copy_string(name);
        added->next = *at;
        *at = added;
    }
    replace_string(&(*at)->value, value);
    follow(name);
    return true;
}

void
variable_print_all(FILE *out)
{
    for (Variable *at = variables; at != NULL; at = at->next)
        fprintf(out, "%s = '%s'\n", at->name, at->value);
}

bool
variable_interpolate(const char **at, Text *text)
{
    const char *name = *at + 1;
    char quote = *name == '\'' || *name == '"' ? *name : '\0';
    bool test = name[0] == '{' && name[1] == '?';
    size_t length = 0;
    const char *value;
    char *copy;

    name += test ? 2 : quote != '\0';
    while (isalnum((unsigned char)name[length]) || name[length] == '_' || (name[length] & 0x80))
        length++;
    if (length == 0 || (quote != '\0' && name[length] != quote) || (test && name[length] != '}'))
        return false;
    copy = copy_bytes(name, length);
    value = variable_get(copy);
    free(copy);
    if (value == NULL && !test)
        return false;
    if (test)
        text_add(text, value != NULL ? "TRUE" : "FALSE");
    else if (quote == '\'')
        text_literal(text, value);
    else if (quote == '"')
        text_name(text, value);
    else
        text_add(text, value);
    *at = name + length + (test || quote != '\0');
    return true;
}
