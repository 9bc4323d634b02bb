/*
 * pset.c - how rows are printed: \pset, \a, \f, \t, \x
 */
#include "client.h"

static const char *const format_names[] = {"aligned", "unaligned", "csv", "wrapped"};
static const char *const settings[] = {
    "border", "columns", "csv_fieldsep", "expanded", "fieldsep", "fieldsep_zero", "footer",
    "format", "linestyle", "null", "numericlocale", "pager", "pager_min_lines", "recordsep", "recordsep_zero", "title", "tuples_only"};

static bool
set_switch(bool *where, const char *option, const char *value)
{
    if (value == NULL)
        *where = !*where;
    else if (!parse_boolean(value, where)) {
        say_error("unrecognized value \"%s\" for \"%s\": Boolean expected", value, option);
        return false;
    }
    return true;
}

static bool
set_format(const char *value)
{
    int found = -1;

    for (size_t i = 0; value != NULL && i < lengthof(format_names); i++)
        if (strncmp(format_names[i], value, strlen(value)) == 0) {
            found = (int)i;
            break;
        }
    if (value != NULL && found < 0) {
        say_error("\\pset: allowed formats are aligned, csv, unaligned, wrapped");
        return false;
    }
    if (found >= 0)
        client.print.format = (PrintFormat)found;
    return true;
}

static bool
set_expanded(const char *value)
{
    bool on = client.print.expanded == 0;

    if (value != NULL && strcasecmp(value, "auto") == 0) {
        client.print.expanded = 2;
        return true;
    }
    if (value != NULL && !parse_boolean(value, &on)) {
        say_error("unrecognized value \"%s\" for \"expanded\": Boolean or auto expected", value);
        return false;
    }
    client.print.expanded = on;
    return true;
}

static void
print_setting(const char *option)
{
    const PrintOptions *p = &client.print;

    if (strcmp(option, "border") == 0)
        printf("Border style is %d.\n", p->border);
    else if (strcmp(option, "columns") == 0)
        p->columns == 0 ? puts("Target width is unset.")
                        : printf("Target width is %d.\n", p->columns);
    else if (strcmp(option, "csv_fieldsep") == 0)
        printf("Field separator for CSV is \"%s\".\n", p->csv_separator);
    else if (strcmp(option, "expanded") == 0)
        puts(p->expanded == 1   ? "Expanded display is on."
             : p->expanded == 2 ? "Expanded display is used automatically."
                                : "Expanded display is off.");
    else if (strcmp(option, "fieldsep") == 0)
        p->field_zero ? puts("Field separator is zero byte.")
                      : printf("Field separator is \"%s\".\n", p->field_separator);
    else if (strcmp(option, "recordsep") == 0)
        p->record_zero ? puts("Record separator is zero byte.")
        : strcmp(p->record_separator, "\n") == 0
            ? puts("Record separator is <newline>.")
            : printf("Record separator is \"%s\".\n", p->record_separator);
    else if (strcmp(option, "fieldsep_zero") == 0)
        puts("Field separator is zero byte.");
    else if (strcmp(option, "recordsep_zero") == 0)
        puts("Record separator is zero byte.");
    else if (strcmp(option, "footer") == 0)
        printf("Default footer is %s.\n", p->footer ? "on" : "off");
    else if (strcmp(option, "format") == 0)
        printf("Output format is %s.\n", format_names[p->format]);
    else if (strcmp(option, "linestyle") == 0)
        puts("Line style is ascii.");
    else if (strcmp(option, "pager") == 0)
        puts("Pager usage is off.");
    else if (strcmp(option, "null") == 0)
        printf("Null display is \"%s\".\n", p->null == NULL ? "" : p->null);
    else if (strcmp(option, "numericlocale") == 0)
        printf("Locale-adjusted numeric output is %s.\n", p->numeric_locale ? "on" : "off");
    else if (strcmp(option, "title") == 0)
        p->title == NULL ? puts("Title is unset.") : printf("Title is \"%s\".\n", p->title);
    else if (strcmp(option, "tuples_only") == 0)
        printf("Tuples only is %s.\n", p->tuples_only ? "on" : "off");
}

static bool
set_separator(const char *value)
{
    if (value == NULL)
        return true;
    if (strlen(value) != 1 || strchr("\"\r\n", value[0]) != NULL) {
        say_error(strlen(value) != 1 ? "\\pset: csv_fieldsep must be a single one-byte character"
                                     : "\\pset: csv_fieldsep cannot be a double quote, a newline, "
                                       "or a carriage return");
        return false;
    }
    replace_string(&client.print.csv_separator, value);
    return true;
}

static bool
apply(const char *option, const char *value)
{
    PrintOptions *p = &client.print;

    if (strcmp(option, "border") == 0) {
        if (value != NULL)
            p->border = Max(atoi(value), 0);
    } else if (strcmp(option, "columns") == 0) {
        if (value != NULL)
            p->columns = atoi(value);
    } else if (strcmp(option, "csv_fieldsep") == 0)
        return set_separator(value);
    else if (strcmp(option, "expanded") == 0)
        return set_expanded(value);
    else if (strcmp(option, "fieldsep") == 0) {
        if (value != NULL) {
            replace_string(&p->field_separator, value);
            p->field_zero = false;
        }
    } else if (strcmp(option, "recordsep") == 0) {
        if (value != NULL) {
            replace_string(&p->record_separator, value);
            p->record_zero = false;
        }
    } else if (strcmp(option, "fieldsep_zero") == 0)
        p->field_zero = true;
    else if (strcmp(option, "recordsep_zero") == 0)
        p->record_zero = true;
    else if (strcmp(option, "footer") == 0)
        return set_switch(&p->footer, option, value);
    else if (strcmp(option, "format") == 0)
        return set_format(value);
    else if (strcmp(option, "null") == 0) {
        if (value != NULL)
            replace_string(&p->null, value);
    } else if (strcmp(option, "numericlocale") == 0)
        return set_switch(&p->numeric_locale, option, value);
    else if (strcmp(option, "title") == 0)
        replace_string(&p->title, value);
    else if (strcmp(option, "linestyle") == 0) {
        if (value != NULL && strcmp(value, "ascii") != 0) {
            say_error("\\pset: allowed line styles are ascii");
            return false;
        }
    } else if (strncmp(option, "pager", 5) == 0)
        return true; /* there is no pager to use */
    else
        return set_switch(&p->tuples_only, option, value);
    return true;
}

/* psql tells the new state of these only when they are toggled. */
static bool
is_silent(const char *name)
{
    return strcmp(name, "tuples_only") == 0 || strcmp(name, "footer") == 0 ||
           strcmp(name, "numericlocale") == 0;
}

bool
pset_command(const char *option, const char *value, bool quiet)
{
    const char *name = NULL;

    if (strcmp(option, "x") == 0 || strcmp(option, "vertical") == 0)
        option = "expanded";
    if (strcmp(option, "t") == 0)
        option = "tuples_only";
    if (strcmp(option, "C") == 0)
        option = "title";
    for (size_t i = 0; i < lengthof(settings); i++)
        if (strcmp(settings[i], option) == 0)
            name = settings[i];
    if (name == NULL) {
        say_error("\\pset: unknown option: %s", option);
        return false;
    }
    if (!apply(name, value))
        return false;
    if (!quiet && !(value != NULL && is_silent(name)))
        print_setting(name);
    return true;
}

void
pset_show_all(void)
{
    const PrintOptions *p = &client.print;

    printf("border                   %d\n", p->border);
    printf("columns                  %d\n", p->columns);
    printf("csv_fieldsep             '%s'\n", p->csv_separator);
    printf("expanded                 %s\n",
           p->expanded == 2 ? "auto" : p->expanded == 1 ? "on" : "off");
    printf("fieldsep                 '%s'\n", p->field_separator);
    printf("fieldsep_zero            %s\n", p->field_zero ? "on" : "off");
    printf("footer                   %s\n", p->footer ? "on" : "off");
    printf("format                   %s\n", format_names[p->format]);
    puts("linestyle                ascii");
    printf("null                     '%s'\n", p->null == NULL ? "" : p->null);
    printf("numericlocale            %s\n", p->numeric_locale ? "on" : "off");
    printf("recordsep                '%s'\n",
           strcmp(p->record_separator, "\n") == 0 ? "\\n" : p->record_separator);
    printf("recordsep_zero           %s\n", p->record_zero ? "on" : "off");
    if (p->title == NULL)
        puts("title                    ");
    else
        printf("title                    '%s'\n", p->title);
    printf("tuples_only              %s\n", p->tuples_only ? "on" : "off");
}
